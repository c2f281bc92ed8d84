import { unreadable } from './invalid.ts';

const HASH_MAGIC = 0x00061561;
const PAGE_HEADER = 26;
/** Page types of Berkeley DB (db_page.h). */
const PAGE = { hashUnsorted: 2, overflow: 7, hashMeta: 8, hash: 13 };
/** Types of items on a hash page. */
const ITEM = { keyData: 1, offPage: 3 };
const OFF_PAGE_SIZE = 12;

export function isBdb(file: Uint8Array): boolean {
  return file.length >= 512 && byteOrder(Buffer.from(file.buffer, file.byteOffset, 16)) !== undefined;
}

/** The order of the machine that wrote the file. */
function byteOrder(file: Buffer): 'little' | 'big' | undefined {
  if (file.readUInt32LE(12) === HASH_MAGIC) return 'little';
  return file.readUInt32BE(12) === HASH_MAGIC ? 'big' : undefined;
}

/**
 * The header blobs of a Berkeley DB hash file `Packages`: each pair of a hash page is a package number and its header,
 * mostly on a chain of overflow pages. The record of key 0 is rpm's counter. Pages are read in file order, without the hash.
 * @throws SutureError DATABASE_UNREADABLE
 */
export function readBdb(bytes: Uint8Array, what: string): Uint8Array[] {
  return new BdbFile(bytes, what).values();
}

class BdbFile {
  readonly #file: Buffer;
  readonly #what: string;
  readonly #little: boolean;
  readonly #pageSize: number;
  readonly #pages: number;

  constructor(bytes: Uint8Array, what: string) {
    this.#file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
    const order = this.#file.length < 512 ? undefined : byteOrder(this.#file);
    if (order === undefined || this.#file[25] !== PAGE.hashMeta)
      throw unreadable(what, 'it is no Berkeley DB hash file');
    this.#little = order === 'little';
    this.#pageSize = this.#u32(20);
    const power = (this.#pageSize & (this.#pageSize - 1)) === 0;
    if (!power || this.#pageSize < 512 || this.#pageSize > 65536) throw unreadable(what, 'its page size is impossible');
    // Encryption algorithm and the flag "pages have checksums": both change the page header, and rpm uses neither.
    if (this.#file[24] !== 0 || ((this.#file[26] ?? 0) & 1) !== 0)
      throw unreadable(what, 'its pages are encrypted or summed');
    this.#pages = this.#u32(32) + 1;
    if (this.#pages * this.#pageSize > this.#file.length) throw unreadable(what, 'it is cut off');
  }

  values(): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (let page = 1; page < this.#pages; page++) {
      const type = this.#type(page);
      if (type === PAGE.hash || type === PAGE.hashUnsorted) this.#hashPage(page, found);
    }
    return found;
  }

  #hashPage(page: number, found: Uint8Array[]): void {
    const start = page * this.#pageSize;
    const entries = this.#u16(start + 20);
    if (entries % 2 !== 0 || PAGE_HEADER + entries * 2 > this.#pageSize) throw this.#damaged(page);
    for (let index = 0; index < entries; index += 2) {
      const key = this.#item(page, index);
      if (key.length === 5 && key[0] === ITEM.keyData && key.readUInt32LE(1) === 0) continue;
      const value = this.#item(page, index + 1);
      if (value[0] === ITEM.keyData) found.push(value.subarray(1));
      else if (value[0] === ITEM.offPage && value.length >= OFF_PAGE_SIZE) found.push(this.#chain(page, value));
      else throw this.#damaged(page);
    }
  }

  /** Items grow down from the end of the page: each ends where the one before begins. */
  #item(page: number, index: number): Buffer {
    const start = page * this.#pageSize;
    const offset = this.#u16(start + PAGE_HEADER + index * 2);
    const end = index === 0 ? this.#pageSize : this.#u16(start + PAGE_HEADER + (index - 1) * 2);
    if (offset < PAGE_HEADER || offset >= end || end > this.#pageSize) throw this.#damaged(page);
    return this.#file.subarray(start + offset, start + end);
  }

  #chain(page: number, item: Buffer): Uint8Array {
    const total = this.#little ? item.readUInt32LE(8) : item.readUInt32BE(8);
    if (total > this.#file.length) throw this.#damaged(page);
    const parts: Uint8Array[] = [];
    let size = 0;
    for (let next = this.#little ? item.readUInt32LE(4) : item.readUInt32BE(4); next !== 0; ) {
      // The total bounds the length of the chain, so that a loop ends here.
      if (next >= this.#pages || this.#type(next) !== PAGE.overflow) throw this.#damaged(next);
      const start = next * this.#pageSize;
      const used = this.#u16(start + 22);
      if (used === 0 || used > this.#pageSize - PAGE_HEADER || size + used > total) throw this.#damaged(next);
      parts.push(this.#file.subarray(start + PAGE_HEADER, start + PAGE_HEADER + used));
      size += used;
      next = this.#u32(start + 16);
    }
    if (size !== total) throw this.#damaged(page);
    return Buffer.concat(parts);
  }

  #type(page: number): number {
    return this.#file[page * this.#pageSize + 25] ?? 0;
  }

  #u16(at: number): number {
    return this.#little ? this.#file.readUInt16LE(at) : this.#file.readUInt16BE(at);
  }

  #u32(at: number): number {
    return this.#little ? this.#file.readUInt32LE(at) : this.#file.readUInt32BE(at);
  }

  #damaged(page: number): Error {
    return unreadable(this.#what, `page ${page} is damaged`);
  }
}
