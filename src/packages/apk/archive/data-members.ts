import { createHash } from 'node:crypto';
import type { ByteString } from '../../../core/bytes.ts';
import type { TarMember, TarType, Xattrs } from '../../../oci/tar/entry.ts';
import { packageInvalid } from './invalid.ts';

/** One file, directory or other inode that a package installs. */
export interface DataMember {
  /** Relative to the root, without a slash at either end. */
  readonly path: ByteString;
  readonly type: TarType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname: ByteString;
  readonly gname: ByteString;
  readonly mtime: number;
  readonly xattrs: Xattrs;
  readonly device: { readonly major: number; readonly minor: number };
  /** Target of a symlink as stored, or path of a hard link's target in the package. */
  readonly target?: ByteString;
  /** Content of a file; empty for others. */
  readonly data: Uint8Array;
  /** `Q1…` as the database records it: of the content, for a symlink of its target; undefined for devices and hard links. */
  readonly checksum?: string;
}

/**
 * What a data segment installs, in its order. Names that begin with a dot are metadata and `.keep_*` files only mark
 * directories: apk installs neither.
 * @throws SutureError PACKAGE_INVALID for a name that could leave its place, where apk would mark the package broken
 */
export function readDataMembers(members: readonly TarMember[], what: string): DataMember[] {
  const seen = new Set<ByteString>();
  return members.flatMap((member) => {
    if (member.name.startsWith('.')) {
      if (/^\.\.?(?:\/|$)/.test(member.name) && member.name !== './' && member.name !== '.')
        checkPath(member.name, what);
      return [];
    }
    const path = checkPath(member.name.replace(/\/$/, ''), what);
    if (member.type !== 'directory') {
      if (/(?:^|\/)\.keep_[^/]*$/.test(path)) return [];
      if (seen.has(path)) throw packageInvalid(what, `"${path}" comes twice`);
      seen.add(path);
    }
    return [dataMember(member, path, what)];
  });
}

/** apk refuses absolute names, `.` and `..` components and control characters. */
function checkPath(path: ByteString, what: string): ByteString {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
  const isUnsafe = path === '' || path.startsWith('/') || /[\x00-\x1f\x7f]/.test(path);
  if (isUnsafe || path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw packageInvalid(what, `it holds the unsafe name "${path.slice(0, 200)}"`);
  }
  return path;
}

function dataMember(member: TarMember, path: ByteString, what: string): DataMember {
  const { type, mode, uid, gid, uname, gname, mtime, xattrs, device, data, linkName } = member;
  const common = { path, type, mode, uid, gid, uname, gname, mtime, xattrs, device, data };
  switch (type) {
    case 'symlink':
      if (linkName === '' || linkName.includes('\0')) throw packageInvalid(what, `"${path}" is a symlink to nothing`);
      return { ...common, target: linkName, checksum: checksum(Buffer.from(linkName, 'latin1')) };
    case 'hardlink':
      return { ...common, target: checkPath(linkName, what) };
    case 'file':
      return { ...common, checksum: checksum(data) };
    default:
      return common;
  }
}

export function checksum(content: Uint8Array): string {
  return `Q1${createHash('sha1').update(content).digest('base64')}`;
}

/**
 * `Q1…` of extended attributes: SHA-1 over name and value of each, in the order of the names, each preceded by its length as
 * a 32-bit big-endian number. Undefined when there are none.
 */
export function xattrChecksum(xattrs: Xattrs): string | undefined {
  if (xattrs.size === 0) return undefined;
  const hash = createHash('sha1');
  for (const [name, value] of [...xattrs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const bytes of [Buffer.from(name, 'latin1'), value]) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      hash.update(length).update(bytes);
    }
  }
  return `Q1${hash.digest('base64')}`;
}
