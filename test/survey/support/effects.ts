import { createHash } from 'node:crypto';
import type { MutableTree, VirtualTree } from '../../../src/oci/tree/types.ts';
import type { Listed } from '../../differential/support/listing.ts';
import { treeOfTar } from '../../differential/support/tar-tree.ts';

/** Paths that differ from the root, each with what is there now; undefined where something was removed. */
export type Effects = ReadonlyMap<string, Listed | undefined>;

/** One path in the form of the differential tests; hard links are left out, an overlay breaks them. */
export function listPath(tree: VirtualTree, path: string): Listed | undefined {
  const inode = tree.lstat(path);
  if (inode === undefined) return undefined;
  const device = inode.device === undefined ? '' : `${inode.device.major}:${inode.device.minor}`;
  const isFile = inode.type === 'file';
  return {
    type: inode.type,
    mode: inode.type === 'symlink' ? 0o777 : inode.mode,
    owner: `${inode.uid}:${inode.gid}`,
    mtime: Math.floor(inode.mtime),
    target: inode.target ?? device,
    content: isFile ? createHash('sha256').update(tree.readFile(path)).digest('hex') : '',
    links: '',
    xattrs: [...inode.xattrs]
      .filter(([name]) => !name.startsWith('trusted.'))
      .map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`)
      .sort()
      .join(' '),
  };
}

/** Effects that an overlay collected, from its packed upper directory. */
export async function realEffects(upper: string, root: VirtualTree): Promise<Effects> {
  const tree = await treeOfTar(upper);
  const effects = new Map<string, Listed | undefined>();
  for (const { path, inode } of tree.walk('/')) {
    const isWhiteout = inode.type === 'character' && inode.device?.major === 0 && inode.device.minor === 0;
    if (isWhiteout) {
      for (const { path: below } of root.walk(path)) effects.set(below, undefined);
      effects.set(path, undefined);
      continue;
    }
    if (inode.xattrs.has('trusted.overlay.opaque')) {
      for (const { path: below } of root.walk(path)) effects.set(below, undefined);
    }
    effects.set(path, listPath(tree, path));
  }
  return effects;
}

export function treeEffects(tree: MutableTree, root: VirtualTree): Effects {
  const effects = new Map<string, Listed | undefined>();
  for (const change of tree.changes()) {
    if (change.kind === 'put') effects.set(change.path, listPath(tree, change.path));
    else {
      effects.set(change.path, undefined);
      for (const { path } of root.walk(change.path)) effects.set(path, undefined);
    }
  }
  return effects;
}

/** Both sides as listings of the paths that either changed. */
export function expandEffects(
  real: Effects,
  ours: Effects,
  root: VirtualTree,
): { readonly real: ReadonlyMap<string, Listed>; readonly ours: ReadonlyMap<string, Listed> } {
  const listings = { real: new Map<string, Listed>(), ours: new Map<string, Listed>() };
  for (const path of new Set([...real.keys(), ...ours.keys()])) {
    const before = listPath(root, path);
    const there = real.has(path) ? real.get(path) : before;
    const here = ours.has(path) ? ours.get(path) : before;
    if (there !== undefined) listings.real.set(path, there);
    if (here !== undefined) listings.ours.set(path, here);
  }
  return listings;
}
