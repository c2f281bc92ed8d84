import type { ByteString } from '../../../core/bytes.ts';
import { isSutureError } from '../../../core/errors/error.ts';
import type { TarHeader } from '../../../oci/tar/entry.ts';
import { readTar } from '../../../oci/tar/read.ts';
import { readTarBuffer } from '../../../oci/tar/read-buffer.ts';
import type { DataMember } from '../types.ts';
import { packageInvalid } from './invalid.ts';
import { memberPath } from './member-path.ts';
import type { ExpandedTar } from './store.ts';

/** @throws SutureError PACKAGE_INVALID for a damaged tar, PATH_UNSAFE for a name that must not be unpacked. */
export async function readDataMembers(tar: ExpandedTar, what: string): Promise<DataMember[]> {
  const members: DataMember[] = [];
  // Directories may be repeated; of anything else the second would silently replace the first.
  const seen = new Set<ByteString>();
  for (const header of await readHeaders(tar, what)) {
    const member = dataMember(header, tar, what);
    if (member.type !== 'directory' && seen.has(member.path))
      throw packageInvalid(what, `"${member.path}" comes twice`);
    seen.add(member.path);
    members.push(member);
  }
  return members;
}

async function readHeaders(tar: ExpandedTar, what: string): Promise<readonly TarHeader[]> {
  const name = `${what}, data.tar`;
  try {
    if (tar.bytes !== undefined) return readTarBuffer(tar.bytes, name);
    const headers: TarHeader[] = [];
    for await (const { body: _, ...header } of readTar(tar.stream(), name)) headers.push(header);
    return headers;
  } catch (error) {
    if (isSutureError(error, 'TAR_INVALID', 'IMAGE_UNSUPPORTED')) throw packageInvalid(what, error.message, error);
    throw error;
  }
}

function dataMember(header: TarHeader, tar: ExpandedTar, what: string): DataMember {
  const { mode, uid, gid, mtime, xattrs, type, uname, gname, offset } = header;
  const path = memberPath(header.name, what);
  const size = type === 'file' ? header.size : 0;
  const target = linkTarget(header, what);
  return {
    path,
    type,
    mode,
    uid,
    gid,
    uname,
    gname,
    mtime,
    size,
    xattrs,
    ...(type === 'character' || type === 'block' ? { device: header.device } : {}),
    ...(target === undefined ? {} : { target }),
    read: () => tar.read(offset, size),
    readInto: (at, target) => tar.readInto(offset + at, target),
  };
}

function linkTarget(header: TarHeader, what: string): ByteString | undefined {
  if (header.type === 'symlink') {
    if (header.linkName === '' || header.linkName.includes('\0'))
      throw packageInvalid(what, `"${header.name}" is a symlink to nothing`);
    return header.linkName;
  }
  return header.type === 'hardlink' ? memberPath(header.linkName, what) : undefined;
}
