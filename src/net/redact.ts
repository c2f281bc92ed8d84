/**
 * A URL for messages and logs: without userinfo and fragment, and with every query value hidden but those that only
 * locate things. Signed storage URLs carry their secret in the query (X-Amz-Signature, sig, Signature, token …); a list of
 * harmless names is safer than a list of secret ones.
 */
export function redactUrl(url: string | URL): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return (
      String(url)
        .replace(/\/\/[^/@]*@/, '//')
        .split('?')[0]
        ?.slice(0, 200) ?? ''
    );
  }
  parsed.username = '';
  parsed.password = '';
  parsed.hash = '';
  const query = [...parsed.searchParams].map(([name, value]) =>
    HARMLESS.has(name) ? `${encodeURIComponent(name)}=${encodeURIComponent(value)}` : `${encodeURIComponent(name)}=***`,
  );
  parsed.search = '';
  return parsed.href + (query.length === 0 ? '' : `?${query.join('&')}`);
}

const HARMLESS = new Set(['n', 'last', 'digest', 'mount', 'from', 'artifactType', 'service', 'scope']);
