/** An address without `user:password@`, and what to send in its place. */
export interface PublicUrl {
  readonly url: string;
  /** Value of an Authorization header (RFC 7617). */
  readonly authorization?: string;
}

/** Takes the credentials out of an address, as apk does before it sends them, so that it can be shown and written down. */
export function withoutUserinfo(address: string): PublicUrl {
  const match = /^(https?:\/\/)([^/@]*)@(.*)$/is.exec(address);
  if (match === null) return { url: address };
  const [, scheme = '', userinfo = '', rest = ''] = match;
  const colon = userinfo.indexOf(':');
  const login = percentDecoded(colon < 0 ? userinfo : userinfo.slice(0, colon));
  const password = colon < 0 ? '' : percentDecoded(userinfo.slice(colon + 1));
  const authorization = `Basic ${Buffer.from(`${login}:${password}`, 'utf8').toString('base64')}`;
  return { url: scheme + rest, authorization };
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
