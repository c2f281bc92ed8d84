import type { ByteString } from '../../../core/bytes.ts';
import type { DataMember } from '../archive/data-members.ts';
import { xattrChecksum } from '../archive/data-members.ts';
import { matches, parseDependency, parseProvision } from '../resolve/dependency.ts';
import type { ApkAcl } from '../types.ts';
import { Accounts } from './accounts.ts';
import { applyOwner, DEFAULT_DIRECTORY, type DirectoryState, parentOf } from './directories.ts';
import { PackageProblem } from './package-problem.ts';
import { DEFAULT_FILE, type DirectoryRecord, type FileRecord, type PackageState, recordedAcl } from './packages.ts';
import type { ApkState } from './state.ts';

/** A file of the new package that is ready, but not in its place yet. */
export interface UnpackedFile {
  readonly record: FileRecord;
  readonly member: DataMember;
  readonly uid: number;
  readonly gid: number;
  /** The file that it is another name of. */
  readonly linkedTo?: UnpackedFile;
}

/**
 * Makes directories and records files, in the order of the package; files are put in their places afterwards.
 * @throws PackageProblem where apk would report an error
 */
export function unpackMembers(
  state: ApkState,
  next: PackageState,
  members: readonly DataMember[],
): ReadonlyMap<ByteString, UnpackedFile> {
  const accounts = new Accounts(state.tree);
  const unpacked = new Map<ByteString, UnpackedFile>();
  for (const member of members) {
    const uid = accounts.user(member.uname, member.uid);
    const gid = accounts.group(member.gname, member.gid);
    const xattrs = xattrChecksum(member.xattrs);
    const acl = { uid, gid, mode: member.mode, ...(xattrs === undefined ? {} : { xattrs }) };
    if (member.type === 'directory') makeDirectory(state, next, member.path, acl);
    else unpackFile(state, next, member, acl, unpacked);
  }
  return unpacked;
}

function makeDirectory(state: ApkState, next: PackageState, path: ByteString, acl: ApkAcl): void {
  const record = next.directories.get(path) ?? addDirectory(state, next, path);
  prepareDirectory(state, record.state, acl.mode);
  record.acl = recordedAcl(acl, DEFAULT_DIRECTORY);
  applyOwner(record.state, acl);
}

function addDirectory(state: ApkState, next: PackageState, path: ByteString): DirectoryRecord {
  const record: DirectoryRecord = { state: state.directories.reference(path), acl: undefined, files: new Set() };
  next.directories.set(path, record);
  return record;
}

/**
 * Makes a directory that is missing. Owner and mode of one that is there follow the packages from now on, if they are still
 * what the packages said: an administrator's choice is kept.
 * @param mode for a new one; undefined to make none
 */
export function prepareDirectory(
  { tree, sourceDate }: ApkState,
  directory: DirectoryState,
  mode: number | undefined,
): void {
  if (directory.path === '' || directory.created) return;
  const path = `/${directory.path}`;
  const present = tree.lstat(path);
  if (present !== undefined) {
    const { uid, gid, mode: common } = directory.owner;
    directory.created = true;
    directory.updatePermissions ||= present.mode === (common & 0o7777) && present.uid === uid && present.gid === gid;
  } else if (mode !== undefined) {
    if (tree.resolveParent(path) === undefined)
      throw new PackageProblem(`the directory that is to hold ${path} is missing`);
    tree.mkdir(path, { mode, uid: 0, gid: 0, mtime: sourceDate });
    directory.created = true;
    directory.updatePermissions = true;
  }
}

function unpackFile(
  state: ApkState,
  next: PackageState,
  member: DataMember,
  acl: ApkAcl,
  unpacked: Map<ByteString, UnpackedFile>,
): void {
  const parent = parentOf(member.path);
  let directory = next.directories.get(parent);
  if (directory === undefined) {
    if (parent !== '') throw new PackageProblem(`it has no entry for the directory of ${member.path}`);
    directory = addDirectory(state, next, '');
  }
  const linkedTo = member.type === 'hardlink' ? unpacked.get(member.target ?? '') : undefined;
  if (member.type === 'hardlink' && (linkedTo === undefined || !member.target?.includes('/'))) {
    throw new PackageProblem(`the target of the hard link ${member.path} is not in it`);
  }
  if (belongsToOther(state, next, member.path)) return;
  const checksum = linkedTo === undefined ? member.checksum : linkedTo.record.checksum;
  const name = member.path.slice(parent === '' ? 0 : parent.length + 1);
  const record: FileRecord = { name, owner: next, directory, acl: recordedAcl(acl, DEFAULT_FILE), checksum };
  directory.files.add(record);
  unpacked.set(member.path, {
    record,
    member,
    uid: acl.uid,
    gid: acl.gid,
    ...(linkedTo === undefined ? {} : { linkedTo }),
  });
}

/** Whether another package keeps a file: its `replaces` covers us with a higher priority than ours covers it. */
function belongsToOther(state: ApkState, next: PackageState, path: ByteString): boolean {
  const owner = state.files.get(path)?.owner;
  if (owner === undefined || owner.name === next.name) return false;
  if (owner.origin !== '' && owner.origin === next.origin) return false;
  const theirs = replacesPriority(owner, next);
  const ours = replacesPriority(next, owner);
  if (theirs > ours) return true;
  if (ours >= 0) return false;
  throw new PackageProblem(`it would overwrite /${path} of ${owner.name} ${owner.version}`);
}

/** -1 when a package does not replace another. */
function replacesPriority(one: PackageState, other: PackageState): number {
  const provision = parseProvision(`${other.name}=${other.version}`);
  const covers = one.replaces.some((text) => {
    const dependency = parseDependency(text);
    return matches(dependency, provision, other.identity) !== dependency.conflict;
  });
  return covers ? one.replacesPriority : -1;
}
