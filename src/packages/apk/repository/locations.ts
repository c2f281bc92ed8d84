import { SutureError } from '../../../core/errors/error.ts';
import { withoutUserinfo } from './userinfo.ts';

export interface Redirect {
  readonly from: string;
  readonly to: string;
}

/** Where the files of a repository come from. Paths and URLs end with a slash. */
export type Location =
  | { readonly kind: 'http'; readonly url: string; readonly authorization?: string }
  | { readonly kind: 'directory'; readonly path: string }
  /** A directory inside the image. */
  | { readonly kind: 'image'; readonly path: string };

export function describeLocation(location: Location): string {
  return location.kind === 'http' ? location.url : location.path;
}

/**
 * The places to look for a repository, in order. The first redirect that matches counts: a URL prefix is replaced; a host
 * stands either for the host (the path is kept) or for the repository itself, and both are tried, which is safe because
 * the index is signed; a branch (`v3.19`) stands for the directory that holds its repositories, or for the repository.
 */
export function locate(
  { url, authorization }: { readonly url: string; readonly authorization?: string },
  redirects: readonly Redirect[],
): Location[] {
  for (const { from, to } of redirects) {
    const rest = restAfter(from, url);
    if (rest !== undefined) return rest.map((path) => target(to, path));
  }
  if (/^https?:\/\//i.test(url))
    return [{ kind: 'http', url: `${url}/`, ...(authorization === undefined ? {} : { authorization }) }];
  const path = url.replace(/^file:\/\//i, '');
  return path.startsWith('/') ? [{ kind: 'image', path: `${path}/` }] : [];
}

function restAfter(from: string, url: string): string[] | undefined {
  if (/^[a-z]+:\/\//i.test(from) || from.startsWith('/')) {
    const prefix = from.replace(/\/+$/, '');
    return url === prefix || url.startsWith(`${prefix}/`) ? [url.slice(prefix.length + 1)] : undefined;
  }
  const [, host = '', path = ''] = /^[a-z]+:\/\/([^/]*)\/?(.*)$/i.exec(url) ?? [];
  if (host.toLowerCase() === from.toLowerCase()) return [...new Set([path, lastOf(path), ''])];
  const parts = path.split('/');
  return parts.at(-2) === from ? [lastOf(path), ''] : undefined;
}

function lastOf(path: string): string {
  return path.split('/').at(-1) ?? '';
}

function target(to: string, rest: string): Location {
  const base = to.replace(/^file:(?:\/\/(?:localhost)?(?=\/))?/i, '').replace(/\/+$/, '');
  const whole = `${base}/${rest === '' ? '' : `${rest}/`}`;
  if (/^https?:\/\//i.test(whole)) return { kind: 'http', ...withoutUserinfo(whole) };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(whole)) {
    throw new SutureError(
      'CONFIGURATION',
      `the redirect target "${to.slice(0, 200)}" is neither an http(s) URL nor a local directory`,
    );
  }
  return { kind: 'directory', path: whole };
}
