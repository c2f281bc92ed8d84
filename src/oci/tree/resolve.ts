import type { ByteString } from '../../core/bytes.ts';
import type { InodeRecord } from './inode-record.ts';
import { type InodeTable, ROOT } from './inode-table.ts';

/** As Linux (MAXSYMLINKS): more links in one resolution mean a loop. */
const MAX_SYMLINKS = 40;

/** Where a path leads: an existing inode, or a free name in an existing directory. */
export interface Place {
  readonly directory: number;
  /** '' for the root. */
  readonly name: ByteString;
  readonly inode: InodeRecord | undefined;
}

/** What to do for a directory that is missing on the way; undefined gives up. */
export type MakeDirectory = (parent: number, name: ByteString) => number;

/**
 * Resolves a path as the kernel does inside a chroot: symlinks in parents are followed, absolute ones from the root, `..`
 * stops at the root. Undefined when a parent is missing or no directory, or after MAX_SYMLINKS links.
 * @param follow Whether a symlink in the last place is followed, too; a dangling one leads to the free name it points at.
 */
export function locate(
  table: InodeTable,
  path: ByteString,
  follow: boolean,
  makeDirectory?: MakeDirectory,
): Place | undefined {
  // A stack with the next component on top: a symlink's components go on top of what is left.
  const pending = components(path).reverse();
  let directory = ROOT;
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '..') {
      directory = table.links(directory)[0]?.parent ?? ROOT;
      continue;
    }
    const ino = table.child(directory, name);
    const inode = ino === undefined ? undefined : table.inode(ino);
    const last = pending.length === 0;
    if (inode?.type === 'symlink' && (!last || follow)) {
      if (++links > MAX_SYMLINKS || !inode.target) return undefined;
      if (inode.target.startsWith('/')) directory = ROOT;
      pending.push(...components(inode.target).reverse());
      continue;
    }
    if (last) return { directory, name, inode };
    if (!inode && makeDirectory) directory = makeDirectory(directory, name);
    else if (inode?.type === 'directory') directory = inode.ino;
    else return undefined;
  }
  const own = table.links(directory)[0];
  return { directory: own?.parent ?? ROOT, name: own?.name ?? '', inode: table.inode(directory) };
}

function components(path: ByteString): ByteString[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** The path of a directory, '' for the root: `${pathOfDirectory(…)}/${name}` is the path of an entry. */
export function pathOfDirectory(table: InodeTable, ino: number): ByteString {
  let path = '';
  for (let link = table.links(ino)[0]; link; link = table.links(link.parent)[0]) path = `/${link.name}${path}`;
  return path;
}
