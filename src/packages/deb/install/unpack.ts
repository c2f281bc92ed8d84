import type { ByteString } from '../../../core/bytes.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';
import type { DataMember, DebArchive, InstalledDeb } from '../types.ts';
import type { Accounts } from './accounts.ts';
import type { ConffileList } from './conffile-list.ts';
import { md5Of } from './conffiles.ts';
import { compareShared, hasConflict } from './conflicts.ts';
import type { FileOwners, PackageKey } from './file-owners.ts';
import type { Diversions } from './placement.ts';

/** All that decides where and how the members of one package land. */
export interface UnpackContext {
  readonly tree: MutableTree;
  readonly key: PackageKey;
  readonly name: string;
  /** The package as its new control paragraph describes it. */
  readonly incoming: InstalledDeb;
  readonly records: ReadonlyMap<PackageKey, InstalledDeb>;
  readonly owners: FileOwners;
  readonly conffiles: ConffileList;
  readonly diversions: Diversions;
  readonly accounts: Accounts;
  /** Owner, group and mode that the administrator set for a path (dpkg-statoverride(1)). */
  override(path: ByteString): { readonly uid: number; readonly gid: number; readonly mode: number } | undefined;
  /** True for paths that dpkg.cfg excludes. */
  isExcluded(member: DataMember): boolean;
  /** Every other architecture of a `Multi-Arch: same` package already has the new version, so shared files must match. */
  readonly inSync: boolean;
  /** Called with the path on disk of every member, for file triggers. */
  touched(path: ByteString): void;
}

/** What unpacking found; the lists follow the order of the archive. */
export interface Unpacked {
  /** Paths of the new `.list`, excluded ones too. */
  readonly list: ByteString[];
  /** Paths that the new version ships and that are on disk (or would be). */
  readonly shipped: Set<ByteString>;
  readonly excluded: Set<ByteString>;
  /** Paths that were put on disk: other packages lose them from their lists. */
  readonly placed: Set<ByteString>;
  /** The member with the content of every regular file and hard link. */
  readonly contents: Map<ByteString, DataMember>;
  /** Other packages whose files were replaced, or that keep theirs. */
  readonly replaced: Map<PackageKey, 'taken-over' | 'kept'>;
  /** Paths that stay with a package that replaces this one. */
  readonly kept: Set<ByteString>;
}

/**
 * Puts the members of a package's data archive into the tree by dpkg's rules (src/main/archives.c, tarobject): existing
 * directories are never touched, a directory is never replaced by a symlink, conffiles are left beside as `.dpkg-new`.
 * @throws SutureError FILE_CONFLICT
 */
export function unpackMembers(archive: DebArchive, context: UnpackContext): Unpacked {
  const unpacked: Unpacked = {
    list: [],
    shipped: new Set(),
    excluded: new Set(),
    placed: new Set(),
    contents: new Map(),
    replaced: new Map(),
    kept: new Set(),
  };
  for (const member of archive.members) unpackMember(member, context, unpacked);
  return unpacked;
}

function unpackMember(member: DataMember, context: UnpackContext, unpacked: Unpacked): void {
  const { path } = member;
  const { tree } = context;
  context.diversions.refuseTarget(path, context.name);
  const place = context.diversions.place(path, context.name);
  context.touched(place);
  const isConffile = context.conffiles.shipped.has(path);
  const isExisting = existsAsDirectory(tree, member, place);
  const standing = isExisting ? 'free' : hasConflict(member, place, context, unpacked.replaced);
  if (standing === 'keep-existing') {
    unpacked.kept.add(path);
    return;
  }
  unpacked.list.push(path);
  if (context.isExcluded(member)) {
    unpacked.excluded.add(path);
    return;
  }
  unpacked.shipped.add(path);
  if (isExisting) return;
  recordContent(member, unpacked);
  if (standing === 'shared') {
    const content = unpacked.contents.get(path);
    compareShared(member, place, isConffile, content && md5Of(content.read()), context);
    return;
  }
  // Beside the path itself, also when that is a symlink: only the configuration follows it, and then finds nothing there.
  extract(member, isConffile ? `${place}.dpkg-new` : place, context);
  unpacked.placed.add(path);
}

/** Nothing is done to a directory that exists, be it as a symlink to one; a symlink never replaces a directory. */
function existsAsDirectory(tree: MutableTree, member: DataMember, path: ByteString): boolean {
  if (member.type === 'directory') return tree.stat(path)?.type === 'directory';
  if (member.type !== 'symlink') return false;
  const inode = tree.lstat(path);
  if (inode?.type === 'directory') return true;
  return inode?.type === 'symlink' && linksToSameDirectory(tree, path, member.target ?? '');
}

function linksToSameDirectory(tree: MutableTree, path: ByteString, target: ByteString): boolean {
  const present = tree.stat(path);
  if (present?.type !== 'directory') return false;
  const proposed = target.startsWith('/') ? target : `${path.slice(0, path.lastIndexOf('/') + 1)}${target}`;
  return tree.stat(proposed)?.ino === present.ino;
}

function recordContent(member: DataMember, { contents }: Unpacked): void {
  const content = member.type === 'hardlink' ? contents.get(member.target ?? '') : member;
  if (content?.type === 'file') contents.set(member.path, content);
}

function extract(member: DataMember, path: ByteString, context: UnpackContext): void {
  const { tree, accounts } = context;
  const existing = tree.lstat(path);
  // One of the two is a directory: moved aside and removed by dpkg.
  if (existing?.type === 'directory') tree.removeAll(path);
  else if (existing !== undefined && member.type === 'directory') tree.remove(path);
  const override = context.override(member.path);
  const ownership = {
    mode: override?.mode ?? member.mode,
    uid: override?.uid ?? accounts.user(member.uname) ?? member.uid,
    gid: override?.gid ?? accounts.group(member.gname) ?? member.gid,
    mtime: member.mtime,
    xattrs: member.xattrs,
  };
  switch (member.type) {
    case 'file':
      tree.writeFile(path, member, ownership);
      break;
    case 'directory':
      tree.mkdir(path, ownership);
      break;
    case 'symlink':
      tree.symlink(member.target ?? '', path, { ...ownership, mode: 0o777 });
      break;
    case 'hardlink':
      extractHardLink(member, path, context);
      break;
    case 'fifo':
    case 'character':
    case 'block':
      if (existing !== undefined && existing.type !== 'directory') tree.remove(path);
      tree.mknod(path, member.type, member.device ?? { major: 0, minor: 0 }, ownership);
      break;
  }
}

/** The target is a path of the same package: where it was diverted to, and still `.dpkg-new` when it is a conffile. */
function extractHardLink(member: DataMember, path: ByteString, context: UnpackContext): void {
  const { tree, diversions, conffiles } = context;
  const target = member.target ?? '';
  const place = diversions.place(target, context.name);
  const source = conffiles.shipped.has(target) ? `${place}.dpkg-new` : place;
  if (tree.lstat(path) !== undefined) tree.remove(path);
  tree.link(source, path);
}
