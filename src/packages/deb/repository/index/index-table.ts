import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import type { ByteString } from '../../../../core/bytes.ts';
import { SutureError } from '../../../../core/errors/error.ts';

/**
 * Where each paragraph of a Packages file is, and which may belong to a name: by a hash of the name, so that who looks up
 * has to read the paragraph and compare. Four arrays of numbers that need no parsing when they are read from a file.
 */
export interface IndexTable {
  /** Byte offsets of the paragraphs, in the order of the file. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly names: HashedNames;
  readonly provides: HashedNames;
}

/** Pairs of a name's hash and a paragraph, sorted by hash, then by paragraph. */
export interface HashedNames {
  readonly hashes: Uint32Array;
  readonly paragraphs: Uint32Array;
}

const NEWLINE = 0x0a;
const PROVIDES = Buffer.from('\nProvides:');
const PARAGRAPH_END = Buffer.from('\n\n');

/** FNV-1a over the bytes of a name. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Paragraphs that may belong to a name, in the order of the file. */
export function paragraphsByName({ hashes, paragraphs }: HashedNames, name: string): number[] {
  const wanted = hashOf(name);
  let [low, high] = [0, hashes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((hashes[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  const found: number[] = [];
  for (let at = low; hashes[at] === wanted; at++) found.push(paragraphs[at] ?? 0);
  return found;
}

/** @throws SutureError REPOSITORY_INVALID when a paragraph has no name */
export function buildIndexTable(text: Buffer, what: string): IndexTable {
  const { starts, ends } = findParagraphs(text);
  const names = new NameCollector();
  for (const [index, start] of starts.entries()) {
    const name = nameAt(text, start, ends[index] ?? 0);
    if (name === undefined || name === '')
      throw new SutureError('REPOSITORY_INVALID', `${what} has a paragraph without a package name at byte ${start}`);
    names.add(name, index);
  }
  return { starts, ends, names: names.sorted(), provides: findProvides(text, ends) };
}

/** Names in the value of a Provides field: `a, b (= 1), c:any`. */
export function namesInProvides(value: string): string[] {
  return value.split(',').flatMap((clause) => /^\s*([^\s(:]+)/.exec(clause)?.[1] ?? []);
}

class NameCollector {
  /** hash × 2²¹ + paragraph: one number that sorts as the pair does. */
  readonly #keys: number[] = [];

  add(name: string, paragraph: number): void {
    this.#keys.push(hashOf(name) * PARAGRAPHS + paragraph);
  }

  sorted(): HashedNames {
    const keys = Float64Array.from(this.#keys).sort();
    const [hashes, paragraphs] = [new Uint32Array(keys.length), new Uint32Array(keys.length)];
    let count = 0;
    for (const [index, key] of keys.entries()) {
      if (index > 0 && key === keys[index - 1]) continue;
      hashes[count] = Math.floor(key / PARAGRAPHS);
      paragraphs[count++] = key % PARAGRAPHS;
    }
    return { hashes: hashes.slice(0, count), paragraphs: paragraphs.slice(0, count) };
  }
}

/** So many paragraphs fit beside a hash into the 53 bits of a number; Debian's largest index has 63,000. */
const PARAGRAPHS = 2 ** 21;

function findParagraphs(text: Buffer): Pick<IndexTable, 'starts' | 'ends'> {
  const [starts, ends]: [number[], number[]] = [[], []];
  let start = 0;
  while (start < text.length) {
    if (text[start] === NEWLINE) {
      start++;
      continue;
    }
    const found = text.indexOf(PARAGRAPH_END, start);
    const end = found < 0 ? text.length : found + 1;
    starts.push(start);
    ends.push(end);
    start = end + 1;
  }
  if (starts.length >= PARAGRAPHS)
    throw new SutureError('LIMIT_EXCEEDED', `a Packages file has more than ${PARAGRAPHS} paragraphs`);
  return { starts: Uint32Array.from(starts), ends: Uint32Array.from(ends) };
}

/** Almost always `Package` is the first field, and the rest need not be looked at. */
function nameAt(text: Buffer, start: number, end: number): string | undefined {
  const firstLine = text.toString('latin1', start, lineEnd(text, start, end));
  return fieldOf(firstLine, 'Package') ?? fieldOf(text.toString('latin1', start, end), 'Package');
}

/** Value of a one-line field of a paragraph. */
export function fieldOf(paragraph: ByteString, name: string): string | undefined {
  const marker = `${name}:`;
  const at = paragraph.startsWith(marker) ? 0 : paragraph.indexOf(`\n${marker}`) + 1;
  if (at === 0 && !paragraph.startsWith(marker)) return undefined;
  const end = paragraph.indexOf('\n', at);
  return paragraph.slice(at + marker.length, end < 0 ? paragraph.length : end).trim();
}

function lineEnd(text: Buffer, from: number, limit: number): number {
  const found = text.indexOf(NEWLINE, from);
  return found < 0 ? limit : found;
}

function findProvides(text: Buffer, ends: Uint32Array): HashedNames {
  const provided = new NameCollector();
  let paragraph = 0;
  for (let at = nextProvides(text, 0); at >= 0; at = nextProvides(text, at)) {
    while ((ends[paragraph] ?? Number.POSITIVE_INFINITY) <= at) paragraph++;
    for (const name of namesInProvides(valueAt(text, at))) provided.add(name, paragraph);
  }
  return provided.sorted();
}

/** Offset after the next `Provides:` that begins a line at or after `from`, or -1. */
function nextProvides(text: Buffer, from: number): number {
  if (from === 0 && text.indexOf(PROVIDES.subarray(1)) === 0) return PROVIDES.length - 1;
  const found = text.indexOf(PROVIDES, from);
  return found < 0 ? -1 : found + PROVIDES.length;
}

/** A value with its folded lines. */
function valueAt(text: Buffer, at: number): string {
  let end = text.indexOf(NEWLINE, at);
  while (end >= 0 && (text[end + 1] === 0x20 || text[end + 1] === 0x09)) end = text.indexOf(NEWLINE, end + 1);
  return text.toString('latin1', at, end < 0 ? text.length : end);
}

/** Changes with what the arrays mean. */
const FORMAT = `suture index table 1 ${endianness()}\n`;
const HASH_BYTES = 32;
const COUNTS = 3;

/** The table as a file: format, digest of the text it belongs to, counts, arrays, SHA-256 of all that. */
export function encodeIndexTable(table: IndexTable, textSha256: string): Buffer {
  const { starts, ends, names, provides } = table;
  const counts = Uint32Array.of(starts.length, names.hashes.length, provides.hashes.length);
  const arrays = [counts, starts, ends, names.hashes, names.paragraphs, provides.hashes, provides.paragraphs];
  const parts = arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength));
  const body = Buffer.concat([Buffer.from(`${FORMAT}${textSha256}\n`), ...parts]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/** Undefined for a table of another text or format, or a damaged one: it is made again then. */
export function decodeIndexTable(bytes: Buffer, textSha256: string): IndexTable | undefined {
  const head = `${FORMAT}${textSha256}\n`;
  const body = bytes.subarray(0, Math.max(bytes.length - HASH_BYTES, 0));
  if (body.toString('latin1', 0, head.length) !== head) return undefined;
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(body.length))) return undefined;
  // A copy: the arrays of a file do not begin where numbers of four bytes have to.
  const numbers = new Uint32Array(Uint8Array.prototype.slice.call(body, head.length).buffer);
  let at = COUNTS;
  const take = (count = 0): Uint32Array => {
    at += count;
    return numbers.subarray(at - count, at);
  };
  const [paragraphs, names, provides] = numbers;
  return {
    starts: take(paragraphs),
    ends: take(paragraphs),
    names: { hashes: take(names), paragraphs: take(names) },
    provides: { hashes: take(provides), paragraphs: take(provides) },
  };
}
