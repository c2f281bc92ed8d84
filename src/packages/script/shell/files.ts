import type { ByteString } from '../../../core/bytes.ts';
import type { Inode, MutableTree, Ownership, VirtualTree } from '../../../oci/tree/types.ts';

/** `path` made absolute against the working directory; `.` and `..` are left to the tree, which resolves them through links. */
export function absolutePath(cwd: ByteString, path: ByteString): ByteString {
  if (path.startsWith('/')) return path;
  return cwd === '/' ? `/${path}` : `${cwd}/${path}`;
}

/** Follows links. A path that ends in a slash must be a directory, as for the kernel; an empty path is never there. */
export function statPath(tree: VirtualTree, cwd: ByteString, path: ByteString): Inode | undefined {
  if (path === '') return undefined;
  const inode = tree.stat(absolutePath(cwd, path));
  return inode !== undefined && mustBeDirectory(path) && inode.type !== 'directory' ? undefined : inode;
}

/** As statPath, but the last link is not followed unless a slash ends the path. */
export function lstatPath(tree: VirtualTree, cwd: ByteString, path: ByteString): Inode | undefined {
  if (path === '') return undefined;
  if (mustBeDirectory(path)) return statPath(tree, cwd, path);
  return tree.lstat(absolutePath(cwd, path));
}

export function mustBeDirectory(path: ByteString): boolean {
  return path.endsWith('/') || path.endsWith('/.');
}

export function parentPath(path: ByteString): ByteString {
  const trimmed = path.replace(/\/+$/, '');
  const slash = trimmed.lastIndexOf('/');
  return slash <= 0 ? '/' : trimmed.slice(0, slash);
}

/** Owner of something root creates at `path`: a setgid directory passes its group on, and to directories the bit too. */
export function newOwnership(
  tree: VirtualTree,
  path: ByteString,
  mode: number,
  mtime: number,
  isDirectory = false,
): Ownership {
  const parent = tree.stat(parentPath(path));
  const inherits = parent !== undefined && (parent.mode & 0o2000) !== 0;
  return {
    mode: inherits && isDirectory ? mode | 0o2000 : mode,
    uid: 0,
    gid: inherits ? parent.gid : 0,
    mtime,
  };
}

/**
 * Replaces the content of an existing file as open(O_TRUNC) and write do: owner, mode and all hard links stay, and the
 * kernel drops file capabilities.
 */
export function writeInPlace(tree: MutableTree, path: ByteString, content: Uint8Array, mtime: number): void {
  const real = tree.realpath(path) ?? path;
  const inode = tree.lstat(real);
  if (inode === undefined) return;
  const xattrs = new Map(inode.xattrs);
  xattrs.delete('security.capability');
  const others = tree.linksOf(inode).filter((link) => link !== real);
  tree.writeFile(real, content, { mode: inode.mode, uid: inode.uid, gid: inode.gid, mtime, xattrs });
  for (const link of others) {
    tree.remove(link);
    tree.link(real, link);
  }
}

/** Users of the image, by name. */
export function readPasswd(
  tree: VirtualTree,
): { name: string; uid: number; gid: number; home: string; line: string }[] {
  return readColonFile(tree, '/etc/passwd', 7).map(({ fields, line }) => ({
    name: fields[0] ?? '',
    uid: Number(fields[2]),
    gid: Number(fields[3]),
    home: fields[5] ?? '',
    line,
  }));
}

export function readGroups(tree: VirtualTree): { name: string; gid: number; members: string[]; line: string }[] {
  return readColonFile(tree, '/etc/group', 4).map(({ fields, line }) => ({
    name: fields[0] ?? '',
    gid: Number(fields[2]),
    members: (fields[3] ?? '').split(',').filter((member) => member !== ''),
    line,
  }));
}

function readColonFile(tree: VirtualTree, path: ByteString, count: number): { fields: string[]; line: string }[] {
  const lines = (tree.readText(path, 16 * 1024 * 1024) ?? '').split('\n');
  return lines
    .map((line) => ({ fields: line.split(':'), line }))
    .filter(({ fields }) => fields.length === count && fields[0] !== '' && /^[0-9]+$/.test(fields[2] ?? ''));
}
