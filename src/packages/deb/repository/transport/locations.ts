import type { VirtualTree } from '../../../../oci/tree/types.ts';
import { schemeOf } from '../configuration/read-sources.ts';
import type { AptSource } from '../configuration/source.ts';
import { type Location, localPath, type Redirect, redirected } from './redirects.ts';

const MAX_BYTES = 1024 * 1024;

export type Located =
  | { readonly kind: 'located'; readonly locations: readonly Location[] }
  | { readonly kind: 'unusable'; readonly reason: string };

/** Where to fetch a source from, in the order to try; a redirect also rescues sources of methods that are not supported. */
export function locate(source: AptSource, redirects: readonly Redirect[], tree: VirtualTree): Located {
  const elsewhere = source.suite === '' ? undefined : redirected(redirects, source.uri, source.suite);
  if (elsewhere !== undefined && (source.unusable === undefined || source.needsRedirect === true)) {
    return { kind: 'located', locations: elsewhere };
  }
  if (source.unusable !== undefined) return { kind: 'unusable', reason: source.unusable };
  switch (schemeOf(source.uri)) {
    case 'http':
    case 'https':
      return located(httpLocation(source));
    case 'file':
    case 'copy':
      return inImage(source, tree);
    default:
      return mirrorList(source, tree);
  }
}

function located(...locations: Location[]): Located {
  return { kind: 'located', locations };
}

function httpLocation({ uri, credentials }: AptSource): Location {
  return { kind: 'http', url: uri, ...(credentials === undefined ? {} : { credentials }) };
}

/** `file:` means the machine apt runs on, which for an image is the image. */
function inImage({ uri }: AptSource, tree: VirtualTree): Located {
  const path = localPath(uri);
  if (tree.stat(path)?.type === 'directory') return located({ kind: 'image', path });
  return { kind: 'unusable', reason: `it is the local directory ${path}, which the image does not have` };
}

/** apt-transport-mirror(1): one URI per line, optionally followed by a tab and `key:value` words; `priority:` orders them. */
function mirrorList({ uri }: AptSource, tree: VirtualTree): Located {
  const path = localPath(uri).replace(/\/$/, '');
  const text = tree.readText(path, MAX_BYTES);
  if (text === undefined) return { kind: 'unusable', reason: `the image has no mirror list ${path}` };
  const mirrors = text
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => /^https?:\/\//i.test(line))
    .map((line) => {
      const [url = '', ...words] = line.split(/\s+/);
      const priority = /(?:^|\s)priority:(\d+)/.exec(words.join(' '))?.[1];
      return { url, priority: priority === undefined ? Number.MAX_SAFE_INTEGER : Number(priority) };
    })
    .toSorted((a, b) => a.priority - b.priority);
  if (mirrors.length === 0) return { kind: 'unusable', reason: `the mirror list ${path} has no http(s) mirror` };
  return located(...mirrors.map(({ url }): Location => ({ kind: 'http', url: url.endsWith('/') ? url : `${url}/` })));
}
