import { crc32, inflateRawSync } from 'node:zlib';
import { SutureError } from '../../../core/errors/error.ts';
import { packageInvalid } from './invalid.ts';

/** One gzip member (RFC 1952) of a file that consists of several, with its exact place: hashes are taken of these bytes. */
export interface GzipMember {
  /** First byte of the member's header in the file. */
  readonly offset: number;
  /** Bytes of the member in the file, header and trailer included. */
  readonly size: number;
  readonly content: Buffer;
}

const TRAILER = 8;
const FLAG_HEADER_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;

/**
 * Splits a file into its gzip members. apk signs and hashes members, not the file, so their borders must be exact; checksum
 * and length of each trailer are proven, and nothing may follow the last one.
 * @param limit largest sum of the decompressed members in bytes
 * @throws SutureError PACKAGE_INVALID, LIMIT_EXCEEDED
 */
export function splitGzipMembers(file: Uint8Array, limit: number, what: string): GzipMember[] {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const members: GzipMember[] = [];
  let offset = 0;
  let left = limit;
  while (offset < bytes.length) {
    const member = readMember(bytes, offset, left, what);
    members.push(member);
    offset += member.size;
    left -= member.content.length;
  }
  if (members.length === 0) throw packageInvalid(what, 'the file is empty');
  return members;
}

function readMember(bytes: Buffer, offset: number, limit: number, what: string): GzipMember {
  const start = offset + headerLength(bytes, offset, what);
  const { content, consumed } = inflate(bytes.subarray(start), limit, what);
  const trailer = start + consumed;
  if (trailer + TRAILER > bytes.length) throw packageInvalid(what, 'a gzip member is truncated');
  if (bytes.readUInt32LE(trailer) !== crc32(content)) throw packageInvalid(what, 'a gzip member has a wrong checksum');
  if (bytes.readUInt32LE(trailer + 4) !== content.length % 2 ** 32) {
    throw packageInvalid(what, 'a gzip member has a wrong length');
  }
  return { offset, size: trailer + TRAILER - offset, content };
}

/** RFC 1952 2.3: ten fixed bytes, then what the flags announce. */
function headerLength(bytes: Buffer, offset: number, what: string): number {
  const flags = bytes[offset + 3] ?? 0;
  if (bytes.length < offset + 10 || bytes.readUInt16BE(offset) !== 0x1f8b || bytes[offset + 2] !== 8 || flags > 31) {
    throw packageInvalid(what, offset === 0 ? 'it is not a gzip file' : 'something that is not gzip follows a member');
  }
  let at = offset + 10;
  if ((flags & FLAG_EXTRA) !== 0) at += 2 + (at + 2 <= bytes.length ? bytes.readUInt16LE(at) : 0);
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) throw packageInvalid(what, 'a gzip header is truncated');
    at = end + 1;
  }
  if ((flags & FLAG_HEADER_CRC) !== 0) at += 2;
  if (at > bytes.length) throw packageInvalid(what, 'a gzip header is truncated');
  return at - offset;
}

/** With `info` zlib hands its engine over, whose count of consumed bytes tells where the deflate stream ended. */
function inflate(bytes: Buffer, limit: number, what: string): { content: Buffer; consumed: number } {
  try {
    const result = inflateRawSync(bytes, { info: true, maxOutputLength: Math.max(1, limit) }) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    return { content: result.buffer, consumed: result.engine.bytesWritten };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new SutureError('LIMIT_EXCEEDED', `${what} decompressed is larger than the limit of ${limit}`);
    }
    throw packageInvalid(what, `a gzip member is corrupt or truncated (${(error as Error).message})`, error);
  }
}
