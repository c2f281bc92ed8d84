import { type ByteString, compareBytes } from '../../core/bytes.ts';
import { SutureError } from '../../core/errors/error.ts';
import type { ReadyTarEntry } from '../tar/write.ts';
import type { Inode, MutableTree } from '../tree/types.ts';

export interface LayerEntriesOptions {
  /** Seconds since the epoch: the time stamp of white-outs, which have none of their own. */
  readonly sourceDate: number;
}

/**
 * The entries of the layer that turns the base of a tree into the tree: changed paths whole, in byte order, each below its
 * ancestor directories with the metadata they have in the tree (an applier that has to invent a parent invents its mode).
 * A group of hard links is there completely or not at all, as no link may lead into a lower layer; what was removed is
 * whited out by name, never by an opaque directory.
 * @throws SutureError PATH_UNSAFE for a name that would be read as a white-out
 */
export function* layerEntries(tree: MutableTree, options: LayerEntriesOptions): Generator<ReadyTarEntry> {
  const inodes = new Map<ByteString, Inode>();
  const whiteouts = new Set<ByteString>();
  const include = (path: ByteString, inode: Inode): void => {
    if (inodes.has(path)) return;
    inodes.set(path, inode);
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const directory = path.slice(0, slash);
      if (inodes.has(directory)) break;
      inodes.set(directory, existing(tree, directory));
    }
  };
  for (const change of tree.changes()) {
    if (change.kind === 'remove') {
      const slash = change.path.lastIndexOf('/');
      if (slash > 0) include(change.path.slice(0, slash), existing(tree, change.path.slice(0, slash)));
      whiteouts.add(`${change.path.slice(0, slash)}/.wh.${change.path.slice(slash + 1)}`);
    } else if (change.inode.type === 'directory') include(change.path, change.inode);
    else for (const path of tree.linksOf(change.inode)) include(path, change.inode);
  }
  const firstPaths = new Map<number, ByteString>();
  for (const path of [...inodes.keys(), ...whiteouts].sort(compareBytes)) {
    const inode = inodes.get(path);
    yield inode ? entryOf(tree, path, inode, firstPaths) : whiteout(path, options.sourceDate);
  }
}

function existing(tree: MutableTree, path: ByteString): Inode {
  const inode = tree.lstat(path);
  if (!inode) throw new SutureError('TREE_NO_PARENT', `The directory ${path} does not exist in the image`);
  return inode;
}

function whiteout(path: ByteString, mtime: number): ReadyTarEntry {
  return { name: path.slice(1), type: 'file', mode: 0, uid: 0, gid: 0, mtime, size: 0 };
}

function entryOf(
  tree: MutableTree,
  path: ByteString,
  inode: Inode,
  firstPaths: Map<number, ByteString>,
): ReadyTarEntry {
  const name = path === '/' ? './' : path.slice(1);
  if (name.startsWith('.wh.') || name.includes('/.wh.')) {
    throw new SutureError('PATH_UNSAFE', `${path} cannot be put into a layer: its name means a white-out there`);
  }
  const { mode, uid, gid, mtime } = inode;
  const common = { name, mode, uid, gid, mtime };
  const first = firstPaths.get(inode.ino);
  if (first !== undefined) return { ...common, type: 'hardlink', linkName: first };
  const described = { ...common, xattrs: layerXattrs(inode) };
  if (inode.type === 'directory') return { ...described, type: 'directory' };
  firstPaths.set(inode.ino, name);
  if (inode.type === 'file') {
    const body = (scratch?: Uint8Array) =>
      scratch === undefined ? [tree.readFile(path, Number.MAX_SAFE_INTEGER)] : tree.readPieces(path, scratch);
    return { ...described, type: 'file', size: inode.size, body };
  }
  if (inode.type === 'symlink') return { ...described, type: 'symlink', linkName: inode.target ?? '' };
  return { ...described, type: inode.type, ...(inode.device ? { device: inode.device } : {}) };
}

/** Attributes of the machine that made them, meaningless or harmful in an image. */
const MACHINE_XATTRS = /^(?:security\.(?:selinux|ima|evm)|(?:user|trusted)\.overlay\..*)$/;

function layerXattrs(inode: Inode): ReadonlyMap<string, Uint8Array> {
  if (inode.xattrs.size === 0) return inode.xattrs;
  const kept = [...inode.xattrs].filter(([key]) => !MACHINE_XATTRS.test(key));
  return new Map(kept.map(([key, value]) => [key, key === 'security.capability' ? capabilityV2(value) : value]));
}

/**
 * A file capability of revision 3 (24 bytes: linux/capability.h, vfs_ns_cap_data) names the root user of a user namespace;
 * in an image it has to be revision 2 (20 bytes), the same without that user. The effective bit is the lowest of the word.
 */
function capabilityV2(value: Uint8Array): Uint8Array {
  if (value.length !== 24 || value[3] !== 3) return value;
  const shortened = value.slice(0, 20);
  shortened[3] = 2;
  return shortened;
}
