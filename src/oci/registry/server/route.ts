/** What a request is about, from its path alone. */
export type Route =
  | { readonly kind: 'root' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'manifest'; readonly repository: string; readonly target: string }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: string }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: string };

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const UPLOAD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A repository name is what can be a path below `repositories` without harm: the grammar has no `..` and no empty part. */
export function isRepositoryName(name: string): boolean {
  return name.length <= 255 && NAME.test(name);
}

export function isTagName(tag: string): boolean {
  return TAG.test(tag);
}

/** `bad name` when the path has the form of the API but the repository name is not valid; undefined for any other path. */
export function parseRoute(path: string): Route | 'bad name' | undefined {
  if (path === '/v2' || path === '/v2/') return { kind: 'root' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  const match =
    /^\/v2\/(.+)\/(tags\/list|manifests\/[^/]+|blobs\/uploads\/?|blobs\/uploads\/[^/]+|blobs\/[^/]+|referrers\/[^/]+)$/.exec(
      path,
    );
  if (match === null) return undefined;
  const [, repository = '', rest = ''] = match;
  if (!isRepositoryName(repository)) return 'bad name';
  const last = rest.slice(rest.lastIndexOf('/') + 1);
  if (rest === 'tags/list') return { kind: 'tags', repository };
  if (rest.startsWith('manifests/')) return { kind: 'manifest', repository, target: last };
  if (rest.startsWith('referrers/')) return { kind: 'referrers', repository, digest: last };
  if (/^blobs\/uploads\/?$/.test(rest)) return { kind: 'uploads', repository };
  if (!rest.startsWith('blobs/uploads/')) return { kind: 'blob', repository, digest: last };
  return UPLOAD_ID.test(last) ? { kind: 'upload', repository, id: last } : undefined;
}
