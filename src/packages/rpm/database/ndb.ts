import { unreadable } from './invalid.ts';

const PAGE = 4096;
const SLOT = 16;
/** Offsets and lengths of blobs count in blocks of this size. */
const BLOCK = 16;
const HEADER_MAGIC = 'RpmP';
const SLOT_MAGIC = 'Slot';
const BLOB_START = 'BlbS';
const BLOB_END = 'BlbE';
const TAIL = 12;

export function isNdb(file: Uint8Array): boolean {
  return Buffer.from(file.buffer, file.byteOffset, Math.min(4, file.length)).toString('latin1') === HEADER_MAGIC;
}

/**
 * The header blobs of a `Packages.db` (rpm's lib/backend/ndb/rpmpkg.c), in the order of package numbers. Little-endian:
 * a header `RpmP | version | generation | slot pages`, slot pages of `Slot | package | block offset | block count`, blobs
 * `BlbS | package | generation | length | bytes | padding | Adler-32 | length | BlbE`. Checksums are verified.
 * @throws SutureError DATABASE_UNREADABLE
 */
export function readNdb(bytes: Uint8Array, what: string): Uint8Array[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isNdb(file) || file.length < PAGE) throw unreadable(what, 'it has no ndb header');
  const version = file.readUInt32LE(4);
  if (version !== 0) throw unreadable(what, `ndb version ${version} is not known`);
  const end = file.readUInt32LE(12) * PAGE;
  if (end === 0 || end > file.length) throw unreadable(what, 'it is cut off within its slot pages');
  const blobs = new Map<number, Uint8Array>();
  // The header takes the place of the first two slots.
  for (let at = 2 * SLOT; at < end; at += SLOT) {
    if (magic(file, at) !== SLOT_MAGIC) throw unreadable(what, `the slot at ${at} is damaged`);
    const number = file.readUInt32LE(at + 4);
    // A free slot has no package; a slot without an offset was freed.
    if (number === 0 || file.readUInt32LE(at + 8) === 0) continue;
    if (blobs.has(number)) throw unreadable(what, `package ${number} has two slots`);
    blobs.set(number, blob(file, number, file.readUInt32LE(at + 8) * BLOCK, file.readUInt32LE(at + 12) * BLOCK, what));
  }
  return [...blobs].sort(([a], [b]) => a - b).map(([, content]) => content);
}

function blob(file: Buffer, number: number, start: number, size: number, what: string): Uint8Array {
  const end = start + size;
  const fail = (why: string) => unreadable(what, `the record of package ${number} ${why}`);
  if (size < BLOCK + TAIL || end > file.length) throw fail('lies outside the file');
  if (magic(file, start) !== BLOB_START || file.readUInt32LE(start + 4) !== number)
    throw fail('is not where it should be');
  const length = file.readUInt32LE(start + 12);
  const tail = end - TAIL;
  if (BLOCK + length > size - TAIL || file.readUInt32LE(tail + 4) !== length || magic(file, tail + 8) !== BLOB_END) {
    throw fail('has no proper end');
  }
  if (adler32(file, start, tail) !== file.readUInt32LE(tail)) throw fail('does not have its checksum');
  return file.subarray(start + BLOCK, start + BLOCK + length);
}

function magic(file: Buffer, at: number): string {
  return file.toString('latin1', at, at + 4);
}

/** RFC 1950. */
function adler32(bytes: Uint8Array, from: number, to: number): number {
  let a = 1;
  let b = 0;
  for (let at = from; at < to; ) {
    // The most additions for which the sums stay exact integers well below 2^53.
    const stop = Math.min(at + 4096, to);
    for (; at < stop; at++) {
      a += bytes[at] ?? 0;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}
