import { SutureError } from '../../../../core/errors/error.ts';
import { globMatch, parseGlob } from '../configuration/pin-expression.ts';
import { schemeOf, splitUri } from '../configuration/read-sources.ts';
import type { Credentials } from '../configuration/source.ts';

/**
 * Takes repositories from elsewhere than the image says. `from` is a URI prefix (`https://deb.example.org/debian`), a host
 * (`deb.example.org`, with its port if the URI has one) or a suite pattern (`*-security`, `bookworm`). `to` is an http(s) URL
 * or a local directory (a path or `file:`).
 */
export interface Redirect {
  readonly from: string;
  readonly to: string;
}

/** Where the files of a repository come from. Paths and URLs end with a slash. */
export type Location =
  | { readonly kind: 'http'; readonly url: string; readonly credentials?: Credentials }
  | { readonly kind: 'directory'; readonly path: string }
  /** A directory inside the image itself (`file:` and `copy:` sources). */
  | { readonly kind: 'image'; readonly path: string };

export function describeLocation(location: Location): string {
  return location.kind === 'http' ? location.url : location.path;
}

/** Whether a redirect or a pinned keyring is meant for a repository; see {@link Redirect} for the spellings. */
export function matchesRepository(pattern: string, uri: string, suite: string): boolean {
  return kindOfMatch(pattern, uri, suite) !== undefined;
}

type Match = 'prefix' | 'host' | 'suite';

function kindOfMatch(pattern: string, uri: string, suite: string): Match | undefined {
  if (/^[a-z][a-z0-9+.-]*:\//i.test(pattern)) {
    const prefix = splitUri(pattern).uri;
    return uri.startsWith(prefix) ? 'prefix' : undefined;
  }
  if (/^[a-z][a-z0-9+.-]*:\/\/([^/]*)/i.exec(uri)?.[1]?.toLowerCase() === pattern.toLowerCase()) return 'host';
  const glob = parseGlob(pattern);
  return globMatch(glob, suite.replace(/\/$/, '')) ? 'suite' : undefined;
}

/**
 * The places of a redirected repository in the order to try, or undefined when no redirect is meant for it; the first
 * redirect that matches counts. A prefix is replaced, a suite's redirect is the archive root. For a host both readings are
 * tried: `to` stands for the host (the path is kept), else `to` is the archive root. That is safe because the suite and the
 * signature are checked either way.
 */
export function redirected(redirects: readonly Redirect[], uri: string, suite: string): Location[] | undefined {
  for (const { from, to } of redirects) {
    const match = kindOfMatch(from, uri, suite);
    if (match === undefined) continue;
    if (match === 'suite') return [redirectTarget(to, '')];
    if (match === 'prefix') return [redirectTarget(to, uri.slice(splitUri(from).uri.length))];
    const path = uri.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*\//i, '');
    return path === '' ? [redirectTarget(to, '')] : [redirectTarget(to, path), redirectTarget(to, '')];
  }
  return undefined;
}

function redirectTarget(to: string, rest: string): Location {
  const scheme = schemeOf(to);
  if (scheme === 'http' || scheme === 'https') {
    const { uri, credentials } = splitUri(to);
    return { kind: 'http', url: uri + rest, ...(credentials === undefined ? {} : { credentials }) };
  }
  const path = scheme === 'file' ? localPath(to) : to;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) {
    throw new SutureError(
      'CONFIGURATION',
      `the redirect target "${to.slice(0, 200)}" is neither an http(s) URL nor a local directory`,
    );
  }
  return { kind: 'directory', path: `${path.endsWith('/') ? path : `${path}/`}${rest}` };
}

/** Path of a `file:` or `copy:` URI: `file:/srv/x` and `file:///srv/x`, percent-decoded. */
export function localPath(uri: string): string {
  const path = uri.replace(/^[a-z+]+:(?:\/\/(?:localhost)?(?=\/))?/i, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
