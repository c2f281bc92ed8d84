import { type ByteString, byteStringToBytes } from '../../../../core/bytes.ts';

/** One entry of ld.so.cache: the library's key, where it is, and for which ABI. */
export interface CacheEntry {
  readonly flags: number;
  readonly soname: ByteString;
  readonly path: ByteString;
}

const MAGIC = 'glibc-ld.so.cache1.1';
const HEADER_SIZE = 48;
const ENTRY_SIZE = 24;
const EXTENSION_MAGIC = 0xeaa42174;
const GENERATOR_TAG = 0;
/** dl-cache.h: byte order of the file. */
const LITTLE_ENDIAN_FLAG = 2;

/**
 * glibc's order of library names (`_dl_cache_libcmp`): like strcmp, but runs of digits compare as numbers and sort
 * after everything else.
 */
export function compareLibraryNames(a: ByteString, b: ByteString): number {
  let i = 0;
  let j = 0;
  while (i < a.length) {
    const x = a.charCodeAt(i);
    const y = j < b.length ? b.charCodeAt(j) : 0;
    if (isDigit(x)) {
      if (!isDigit(y)) return 1;
      const left = /^\d+/.exec(a.slice(i))?.[0] ?? '';
      const right = /^\d+/.exec(b.slice(j))?.[0] ?? '';
      if (Number(left) !== Number(right)) return Number(left) - Number(right);
      i += left.length;
      j += right.length;
    } else if (isDigit(y)) return -1;
    else if (x !== y) return x - y;
    else {
      i += 1;
      j += 1;
    }
  }
  return j < b.length ? -b.charCodeAt(j) : 0;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Writes the file as glibc ≥ 2.33 does (elf/cache.c): sorted entries, suffix-merged strings, generator extension. */
export function encodeCache(entries: readonly CacheEntry[], generator: ByteString): Buffer {
  // Entries that compare equal keep the order of their directories.
  const sorted = entries.toSorted((a, b) => compareLibraryNames(b.soname, a.soname) || b.flags - a.flags);
  const strings = layOutStrings(sorted.flatMap((entry) => [entry.soname, entry.path]));
  const base = HEADER_SIZE + ENTRY_SIZE * sorted.length;
  const extension = Math.ceil((base + strings.size) / 4) * 4;
  const generatorOffset = extension + 8 + 16;
  const out = Buffer.alloc(generatorOffset + generator.length);
  out.write(MAGIC, 0, 'latin1');
  out.writeUInt32LE(sorted.length, 20);
  out.writeUInt32LE(strings.size, 24);
  out.writeUInt8(LITTLE_ENDIAN_FLAG, 28);
  out.writeUInt32LE(extension, 32);
  sorted.forEach((entry, index) => {
    const at = HEADER_SIZE + ENTRY_SIZE * index;
    out.writeInt32LE(entry.flags, at);
    out.writeUInt32LE(base + strings.offset(entry.soname), at + 4);
    out.writeUInt32LE(base + strings.offset(entry.path), at + 8);
  });
  for (const [text, offset] of strings.all) byteStringToBytes(text).copy(out, base + offset);
  out.writeUInt32LE(EXTENSION_MAGIC, extension);
  out.writeUInt32LE(1, extension + 4);
  out.writeUInt32LE(GENERATOR_TAG, extension + 8);
  out.writeUInt32LE(generatorOffset, extension + 16);
  out.writeUInt32LE(generator.length, extension + 20);
  byteStringToBytes(generator).copy(out, generatorOffset);
  return out;
}

/**
 * String table of elf/stringtable.c: strings ordered by their reversed bytes, descending; a string that ends another
 * one shares its tail.
 */
function layOutStrings(texts: readonly ByteString[]): {
  readonly size: number;
  readonly all: ReadonlyMap<ByteString, number>;
  offset(text: ByteString): number;
} {
  const offsets = new Map<ByteString, number>();
  let previous: { text: ByteString; offset: number } | undefined;
  let size = 0;
  for (const text of [...new Set(texts)].sort(compareFromEnd)) {
    const shares = previous?.text.endsWith(text) === true;
    const offset =
      previous === undefined
        ? 0
        : shares
          ? previous.offset + previous.text.length - text.length
          : previous.offset + previous.text.length + 1;
    offsets.set(text, offset);
    size = Math.max(size, offset + text.length + 1);
    previous = { text, offset };
  }
  return { size, all: offsets, offset: (text) => offsets.get(text) ?? 0 };
}

function compareFromEnd(a: ByteString, b: ByteString): number {
  for (let i = 1; i <= Math.min(a.length, b.length); i++) {
    const difference = b.charCodeAt(b.length - i) - a.charCodeAt(a.length - i);
    if (difference !== 0) return difference;
  }
  return b.length - a.length;
}
