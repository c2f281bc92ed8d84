import { SutureError } from '../core/errors/error.ts';
import { redactUrl } from './redact.ts';
import type { HeaderMap, HttpMethod } from './types.ts';

export const MOST_REDIRECTS = 10;

/** Never sent to another origin than the one they were made for. */
const CREDENTIAL_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization', 'x-registry-auth']);

/**
 * Where an answer sends the request, or undefined when it is not a redirect that may be followed as it is: 307 and 308 keep
 * the method, the others are followed for GET and HEAD only.
 * @throws SutureError REDIRECT_REFUSED from https to http, to another scheme, or to an address with userinfo
 */
export function redirectTarget(
  status: number,
  location: string | undefined,
  from: URL,
  method: HttpMethod,
): URL | undefined {
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  if (status < 307 && method !== 'GET' && method !== 'HEAD') return undefined;
  if (!URL.canParse(location, from.href)) {
    throw new SutureError('REDIRECT_REFUSED', `${redactUrl(from)} redirects to something that is not a URL`);
  }
  const target = new URL(location, from);
  const move = `${redactUrl(from)} redirects to ${redactUrl(target)}`;
  if (target.protocol !== 'https:' && target.protocol !== 'http:') {
    throw new SutureError('REDIRECT_REFUSED', `${move}, which is not HTTP`);
  }
  if (from.protocol === 'https:' && target.protocol === 'http:') {
    throw new SutureError('REDIRECT_REFUSED', `${move}: from https to http`);
  }
  if (target.username !== '' || target.password !== '') {
    throw new SutureError('REDIRECT_REFUSED', `${move} with a name and password in the address`);
  }
  target.hash ||= from.hash;
  return target;
}

/** The headers for the next hop: credentials stay with the origin (scheme, host and port) they were given for. */
export function redirectedHeaders(headers: HeaderMap, from: URL, to: URL): HeaderMap {
  if (from.origin === to.origin) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIAL_HEADERS.has(name)));
}
