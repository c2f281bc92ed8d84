import type { ByteString } from '../../../core/bytes.ts';
import type { FileContent, MutableTree, Ownership } from '../../../oci/tree/types.ts';
import { checksumOnDisk } from './disk-checksum.ts';
import { PackageProblem } from './package-problem.ts';
import { type PackageState, pathOf } from './packages.ts';
import { isProtected } from './protected-paths.ts';
import type { ApkState } from './state.ts';
import type { UnpackedFile } from './unpack.ts';

/**
 * Puts the files of a new package in their places and makes them its own. In a protected directory a file that is not as
 * the database says stays, and the new one goes beside it as `.apk-new`, unless both are the same.
 * @returns resolved paths of what was put there
 * @throws PackageProblem where apk would report an error
 */
export function commitFiles(
  state: ApkState,
  next: PackageState,
  unpacked: ReadonlyMap<ByteString, UnpackedFile>,
): ReadonlySet<ByteString> {
  const inodes = new Inodes(state, unpacked);
  const placed = new Set<ByteString>();
  const byRecord = new Map([...unpacked.values()].map((file) => [file.record, file]));
  for (const { state: directory, files } of next.directories.values()) {
    directory.modified = true;
    for (const record of files) {
      const file = byRecord.get(record);
      if (file === undefined) continue;
      const relative = pathOf(record);
      const known = state.files.get(relative);
      const target = targetOf(
        state,
        `/${relative}`,
        isProtected(directory.protection),
        known?.checksum,
        record.checksum,
      );
      if (target !== undefined) {
        inodes.put(file, target);
        placed.add(state.tree.resolveParent(target) ?? target);
      } else placed.add(state.tree.resolveParent(`/${relative}`) ?? `/${relative}`);
      if (known !== undefined) state.disown(known);
      state.files.set(relative, record);
    }
  }
  return placed;
}

/** Where a new file goes; undefined when the one that is there is the same and stays. */
function targetOf(
  { tree }: ApkState,
  path: ByteString,
  isInProtected: boolean,
  recorded: ByteString | undefined,
  checksum: ByteString | undefined,
): ByteString | undefined {
  if (!isInProtected || tree.lstat(path) === undefined) return path;
  const present = checksumOnDisk(tree, path);
  if (recorded !== undefined && recorded === present) return path;
  return checksum !== undefined && checksum === present ? undefined : `${path}.apk-new`;
}

/** Hard links of a package: the first name that is put in place makes the inode, the others are linked to it. */
class Inodes {
  readonly #tree: MutableTree;
  readonly #owners: ReadonlyMap<UnpackedFile, Ownership>;
  readonly #paths = new Map<UnpackedFile, ByteString>();

  constructor({ tree, sourceDate }: ApkState, unpacked: ReadonlyMap<ByteString, UnpackedFile>) {
    this.#tree = tree;
    this.#owners = ownershipOf(unpacked.values(), sourceDate);
  }

  put(file: UnpackedFile, path: ByteString): void {
    const tree = this.#tree;
    if (tree.lstat(path)?.type === 'directory') throw new PackageProblem(`it has a file where ${path} is a directory`);
    if (tree.resolveParent(path) === undefined)
      throw new PackageProblem(`the directory that is to hold ${path} is missing`);
    const first = rootOf(file);
    const existing = this.#paths.get(first);
    if (existing === undefined) {
      this.#create(first, path);
      this.#paths.set(first, path);
      return;
    }
    if (tree.lstat(path) !== undefined) tree.remove(path);
    tree.link(existing, path);
  }

  #create(file: UnpackedFile, path: ByteString): void {
    const { member } = file;
    const ownership = this.#owners.get(file) ?? {
      mode: member.mode,
      uid: file.uid,
      gid: file.gid,
      mtime: member.mtime,
    };
    switch (member.type) {
      case 'symlink':
        this.#replace(path);
        this.#tree.symlink(member.target ?? '', path, { ...ownership, mode: 0o777, mtime: ownership.mtime });
        return;
      case 'character':
      case 'block':
      case 'fifo':
        this.#replace(path);
        this.#tree.mknod(path, member.type, member.device, ownership);
        return;
      default:
        this.#tree.writeFile(path, contentOf(member.data), ownership);
    }
  }

  #replace(path: ByteString): void {
    if (this.#tree.lstat(path) !== undefined) this.#tree.remove(path);
  }
}

function rootOf(file: UnpackedFile): UnpackedFile {
  return file.linkedTo === undefined ? file : rootOf(file.linkedTo);
}

function contentOf(data: Uint8Array): FileContent {
  return { size: data.length, read: () => data };
}

/**
 * Metadata of each inode after all its names were unpacked: each sets owner and time anew; changing the owner takes setuid
 * and setgid away (chown(2)), and apk gives them back only where the name's own mode has them.
 */
function ownershipOf(files: Iterable<UnpackedFile>, sourceDate: number): ReadonlyMap<UnpackedFile, Ownership> {
  const owners = new Map<UnpackedFile, Ownership>();
  for (const file of files) {
    const { member, uid, gid } = file;
    const first = rootOf(file);
    const before = owners.get(first);
    const special = (member.mode & 0o7000) !== 0;
    const mode = before === undefined || special ? member.mode : before.mode & ~0o6000;
    const xattrs = before === undefined ? member.xattrs : new Map([...(before.xattrs ?? []), ...member.xattrs]);
    // apk sets no times of symlinks.
    const mtime = first.member.type === 'symlink' ? sourceDate : member.mtime;
    owners.set(first, { mode, uid, gid, mtime, ...(xattrs.size === 0 ? {} : { xattrs }) });
  }
  return owners;
}
