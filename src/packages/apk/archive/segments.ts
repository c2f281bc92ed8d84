import { createHash } from 'node:crypto';
import { isSutureError, SutureError } from '../../../core/errors/error.ts';
import type { TarMember } from '../../../oci/tar/entry.ts';
import { readTarBuffer } from '../../../oci/tar/read-buffer.ts';
import { type GzipMember, splitGzipMembers } from './gzip-members.ts';
import { packageInvalid } from './invalid.ts';
import { readSignatures, type Signature } from './signature.ts';

/** A signed apk v2 file (package or index) taken apart: signatures, then what they cover. */
export interface SignedFile {
  readonly signatures: readonly Signature[];
  /** Members after the signatures. The first of a package is its control segment, the rest its data. */
  readonly rest: readonly GzipMember[];
}

/** `ADBd`, `ADBc`, `ADB.`: apk v3's container, compressed or not. */
const ADB = Buffer.from('ADB');

/**
 * Splits off the signature segments: leading members whose archive holds only `.SIGN.*` files.
 * @throws SutureError PACKAGE_INVALID, also for the v3 format
 */
export function readSignedFile(file: Uint8Array, limit: number, what: string): SignedFile {
  if (Buffer.from(file.subarray(0, ADB.length)).equals(ADB)) {
    throw new SutureError('PACKAGE_INVALID', `${what} is in the format of apk v3 (ADB), which is not read yet`, {
      fix: 'Use a repository that offers packages in the v2 format, as all Alpine releases up to now do.',
    });
  }
  const rest = splitGzipMembers(file, limit, what);
  const signatures: Signature[] = [];
  for (;;) {
    const first = rest[0];
    if (first === undefined) throw packageInvalid(what, 'nothing follows the signatures');
    // A signature is some kilobytes; the data of an unsigned file must not be parsed twice.
    if (first.content.length > 64 * 1024) break;
    const members = readSegment(first.content, what);
    if (members.length === 0 || !members.every(({ name }) => name.startsWith('.SIGN.'))) break;
    signatures.push(...readSignatures(members));
    rest.shift();
  }
  return { signatures, rest };
}

/** The archive in one segment; segments but the last have no end marker. @throws SutureError PACKAGE_INVALID */
export function readSegment(content: Uint8Array, what: string): TarMember[] {
  try {
    return readTarBuffer(content, what);
  } catch (error) {
    if (isSutureError(error, 'TAR_INVALID', 'IMAGE_UNSUPPORTED')) throw packageInvalid(what, error.message, error);
    throw error;
  }
}

/** The bytes of consecutive members in the file. */
export function bytesOf(file: Uint8Array, members: readonly GzipMember[]): Uint8Array {
  const [first] = members;
  const last = members.at(-1);
  return first === undefined || last === undefined
    ? file.subarray(0, 0)
    : file.subarray(first.offset, last.offset + last.size);
}

/** Identity of a package as indexes and databases write it: `Q1` and the base64 SHA-1 of its control segment. */
export function identityOf(control: Uint8Array): string {
  return `Q1${createHash('sha1').update(control).digest('base64')}`;
}
