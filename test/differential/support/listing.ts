import { createHash } from 'node:crypto';
import type { VirtualTree } from '../../../src/oci/tree/types.ts';

/** All that is compared of one path. */
export interface Listed {
  readonly type: string;
  readonly mode: number;
  readonly owner: string;
  readonly mtime: number;
  /** Target of a symlink, or device numbers. */
  readonly target: string;
  /** SHA-256 of a file's content. */
  readonly content: string;
  /** All paths of a file with several names. */
  readonly links: string;
  readonly xattrs: string;
}

/** A tree in comparable form, read in place: nothing is unpacked. */
export function listTree(tree: VirtualTree): ReadonlyMap<string, Listed> {
  const listing = new Map<string, Listed>();
  for (const { path, inode } of tree.walk('/')) {
    const isFile = inode.type === 'file';
    const links = isFile ? tree.linksOf(inode) : [];
    const device = inode.device === undefined ? '' : `${inode.device.major}:${inode.device.minor}`;
    listing.set(path, {
      type: inode.type,
      mode: inode.type === 'symlink' ? 0o777 : inode.mode,
      owner: `${inode.uid}:${inode.gid}`,
      mtime: Math.floor(inode.mtime),
      target: inode.target ?? device,
      content: isFile ? createHash('sha256').update(tree.readFile(path)).digest('hex') : '',
      links: links.length > 1 ? links.join(' ') : '',
      xattrs: [...inode.xattrs]
        .map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`)
        .sort()
        .join(' '),
    });
  }
  return listing;
}
