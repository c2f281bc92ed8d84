import { unreadable } from './invalid.ts';

const MAGIC = 'SQLite format 3\0';
const TABLE_INTERIOR = 0x05;
const TABLE_LEAF = 0x0d;
const MAX_DEPTH = 20;

export function isSqlite(file: Uint8Array): boolean {
  return file.length >= 100 && Buffer.from(file.buffer, file.byteOffset, 16).toString('latin1') === MAGIC;
}

/**
 * The header blobs of an `rpmdb.sqlite`: the second column of the table `Packages (hnum, blob)`, in the order of hnum. Reads the
 * pages of that one table by SQLite's published file format, over bytes: the file lies inside a layer, not on disk.
 * @throws SutureError DATABASE_UNREADABLE
 */
export function readSqlitePackages(bytes: Uint8Array, what: string): Uint8Array[] {
  const file = new SqliteFile(bytes, what);
  const schema = [...file.rows(1)].map((row) => [text(row[0]), text(row[1]), row[3]] as const);
  const root = schema.find(([type, name]) => type === 'table' && name === 'Packages')?.[2];
  if (typeof root !== 'number') throw unreadable(what, 'it has no table Packages');
  const blobs: Uint8Array[] = [];
  for (const row of file.rows(root)) {
    const blob = row[1];
    if (!(blob instanceof Uint8Array)) throw unreadable(what, 'a row of Packages has no blob');
    blobs.push(blob);
  }
  return blobs;
}

/** Texts stay bytes: only ASCII names are compared. */
type Value = number | Uint8Array | undefined;

function text(value: Value): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : '';
}

class SqliteFile {
  readonly #file: Buffer;
  readonly #what: string;
  readonly #pageSize: number;
  readonly #usable: number;
  readonly #pages: number;

  constructor(bytes: Uint8Array, what: string) {
    this.#file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
    if (!isSqlite(this.#file)) throw unreadable(what, 'it is no SQLite file');
    const size = this.#file.readUInt16BE(16);
    this.#pageSize = size === 1 ? 65536 : size;
    const power = (this.#pageSize & (this.#pageSize - 1)) === 0;
    this.#usable = this.#pageSize - (this.#file[20] ?? 0);
    if (!power || this.#pageSize < 512 || this.#usable < 480) throw unreadable(what, 'its page size is impossible');
    if (this.#file.readUInt32BE(56) > 1) throw unreadable(what, 'its texts are not UTF-8');
    this.#pages = Math.floor(this.#file.length / this.#pageSize);
  }

  /** Every row of a table b-tree, in rowid order. The column that is the rowid is undefined. */
  *rows(root: number): Generator<readonly Value[]> {
    // One walk must not meet a page twice, whatever the pointers say.
    yield* this.#walk(root, 0, new Set());
  }

  *#walk(page: number, depth: number, seen: Set<number>): Generator<readonly Value[]> {
    const start = this.#page(page, seen);
    if (depth > MAX_DEPTH) throw this.#damaged(page);
    // The first page begins with the file's header.
    const header = page === 1 ? start + 100 : start;
    const type = this.#file[header];
    if (type !== TABLE_LEAF && type !== TABLE_INTERIOR) throw this.#damaged(page);
    const cells = this.#file.readUInt16BE(header + 3);
    const pointers = header + (type === TABLE_LEAF ? 8 : 12);
    if (pointers + cells * 2 > start + this.#usable) throw this.#damaged(page);
    for (let index = 0; index < cells; index++) {
      const at = start + this.#file.readUInt16BE(pointers + index * 2);
      if (at < pointers + cells * 2 || at + 4 > start + this.#usable) throw this.#damaged(page);
      if (type === TABLE_INTERIOR) yield* this.#walk(this.#file.readUInt32BE(at), depth + 1, seen);
      else yield this.#record(this.#payload(page, at, start + this.#usable, seen), page);
    }
    if (type === TABLE_INTERIOR) yield* this.#walk(this.#file.readUInt32BE(header + 8), depth + 1, seen);
  }

  #page(page: number, seen: Set<number>): number {
    if (page < 1 || page > this.#pages || seen.has(page)) throw this.#damaged(page);
    seen.add(page);
    return (page - 1) * this.#pageSize;
  }

  /** The content of a leaf cell: what fits stays on the page, the rest lies on a chain of overflow pages. */
  #payload(page: number, at: number, end: number, seen: Set<number>): Buffer {
    const [size, afterSize] = this.#varint(this.#file, at, end, page);
    const [, begin] = this.#varint(this.#file, afterSize, end, page);
    if (size > this.#file.length) throw this.#damaged(page);
    const local = this.#localSize(size);
    if (begin + local + (local < size ? 4 : 0) > end) throw this.#damaged(page);
    if (local === size) return this.#file.subarray(begin, begin + size);
    const parts = [this.#file.subarray(begin, begin + local)];
    let missing = size - local;
    for (let next = this.#file.readUInt32BE(begin + local); missing > 0; ) {
      const start = this.#page(next, seen);
      const length = Math.min(missing, this.#usable - 4);
      parts.push(this.#file.subarray(start + 4, start + 4 + length));
      missing -= length;
      next = this.#file.readUInt32BE(start);
    }
    return Buffer.concat(parts, size);
  }

  /** File format, "B-tree pages": how much of a payload a table leaf keeps. */
  #localSize(size: number): number {
    if (size <= this.#usable - 35) return size;
    const least = Math.floor(((this.#usable - 12) * 32) / 255) - 23;
    const surplus = least + ((size - least) % (this.#usable - 4));
    return surplus <= this.#usable - 35 ? surplus : least;
  }

  #record(payload: Buffer, page: number): readonly Value[] {
    const [headerSize, afterSize] = this.#varint(payload, 0, payload.length, page);
    if (headerSize > payload.length) throw this.#damaged(page);
    const values: Value[] = [];
    let content = headerSize;
    for (let at = afterSize; at < headerSize; ) {
      const [type, next] = this.#varint(payload, at, headerSize, page);
      const size = type >= 12 ? Math.floor((type - 12) / 2) : (INTEGER_SIZES[type] ?? 0);
      if (content + size > payload.length) throw this.#damaged(page);
      values.push(value(payload, type, content, size));
      content += size;
      at = next;
    }
    return values;
  }

  /** Big-endian groups of seven bits, at most nine bytes. @returns value and the offset behind it */
  #varint(bytes: Buffer, from: number, end: number, page: number): [number, number] {
    let result = 0;
    for (let at = from; at < Math.min(end, from + 9); at++) {
      const byte = bytes[at] ?? 0;
      result = at === from + 8 ? result * 256 + byte : result * 128 + (byte & 0x7f);
      if (byte < 0x80 || at === from + 8) return [result, at + 1];
    }
    throw this.#damaged(page);
  }

  #damaged(page: number): Error {
    return unreadable(this.#what, `page ${page} is damaged`);
  }
}

/** Bytes of the integer and float serial types. */
const INTEGER_SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function value(payload: Buffer, type: number, at: number, size: number): Value {
  if (type >= 12) return payload.subarray(at, at + size);
  if (type >= 1 && type <= 5) return payload.readIntBE(at, size);
  return type === 8 || type === 9 ? type - 8 : undefined;
}
