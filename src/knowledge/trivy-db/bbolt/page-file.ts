import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { SutureError } from '../../../core/errors/error.ts';
import {
  databaseInvalid,
  LARGEST_PAGE,
  META_BODY,
  type Meta,
  PAGE_HEADER,
  readMeta,
  readPageHeader,
  SMALLEST_PAGE,
} from './format.ts';
import { Page } from './page.ts';

/** No value of a vulnerability database comes near; a corrupt length must not make us read a gigabyte. */
const LONGEST_RUN = 64 * 1024 * 1024;
/** Small, as one page in use keeps its slab. */
const SLAB = 64 * 1024;

/**
 * The pages of a bbolt file, read by position and kept in a cache of bounded size. Nothing is mapped and the file is never
 * read whole. The file must not change while it is open; the store keeps every database under its digest for that reason.
 */
export class PageFile {
  readonly name: string;
  readonly meta: Meta;
  readonly #descriptor: number;
  readonly #cacheBytes: number;
  /** In order of last use. */
  readonly #cache = new Map<number, Page>();
  #cached = 0;
  #slab = Buffer.alloc(0);
  #slabUsed = 0;
  #closed = false;

  /** @throws SutureError DATABASE_INVALID, FILE_UNREADABLE */
  constructor(path: string, cacheBytes: number) {
    this.name = path;
    this.#cacheBytes = cacheBytes;
    try {
      this.#descriptor = openSync(path, 'r');
    } catch (error) {
      throw unreadable(path, error);
    }
    try {
      this.meta = this.#chooseMeta(this.#size());
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The page with its overflow. @throws SutureError DATABASE_INVALID, FILE_UNREADABLE */
  page(id: number): Page {
    const cached = this.#cache.get(id);
    if (cached !== undefined) {
      this.#cache.delete(id);
      this.#cache.set(id, cached);
      return cached;
    }
    const page = new Page(this.#readRun(id), `${this.name}: page ${id}`);
    this.#keep(id, page);
    return page;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cache.clear();
    closeSync(this.#descriptor);
  }

  #size(): number {
    const info = fstatSync(this.#descriptor);
    if (!info.isFile()) throw databaseInvalid(this.name, 'it is not a regular file');
    return info.size;
  }

  /** The valid meta page with the higher transaction; page 1 is searched for when page 0 does not tell the page size. */
  #chooseMeta(size: number): Meta {
    const metaAt = (offset: number) =>
      offset + PAGE_HEADER + META_BODY <= size ? readMeta(this.#read(offset, PAGE_HEADER + META_BODY)) : undefined;
    const first = metaAt(0);
    let meta = first;
    for (let pageSize = SMALLEST_PAGE; pageSize <= LARGEST_PAGE; pageSize *= 2) {
      if (first !== undefined && first.pageSize !== pageSize) continue;
      const second = metaAt(pageSize);
      if (second?.pageSize !== pageSize) continue;
      if (meta === undefined || second.transaction > meta.transaction) meta = second;
      break;
    }
    if (meta === undefined) throw databaseInvalid(this.name, 'it is not a bbolt file (no valid meta page)');
    if (meta.highWater * meta.pageSize > size) {
      throw databaseInvalid(
        this.name,
        `it is truncated: ${size} bytes for ${meta.highWater} pages of ${meta.pageSize}`,
      );
    }
    return meta;
  }

  #readRun(id: number): Buffer {
    const { pageSize, highWater } = this.meta;
    if (!(id >= 2 && id < highWater)) throw databaseInvalid(this.name, `page ${id} is outside the file`);
    const first = this.#read(id * pageSize, pageSize);
    const header = readPageHeader(first);
    if (header.id !== id) throw databaseInvalid(this.name, `page ${id} says that it is page ${header.id}`);
    if (header.overflow === 0) return first;
    const pages = header.overflow + 1;
    if (id + pages > highWater || pages * pageSize > LONGEST_RUN) {
      throw databaseInvalid(this.name, `page ${id} claims ${pages} pages`);
    }
    return this.#read(id * pageSize, pages * pageSize);
  }

  #read(offset: number, size: number): Buffer {
    if (this.#closed) throw new SutureError('FILE_UNREADABLE', `${this.name} is closed`);
    const bytes = this.#allocate(size);
    for (let at = 0; at < size; ) {
      let count: number;
      try {
        count = readSync(this.#descriptor, bytes, at, size - at, offset + at);
      } catch (error) {
        throw unreadable(this.name, error);
      }
      if (count === 0) throw databaseInvalid(this.name, `it ended at byte ${offset + at} while it was read`);
      at += count;
    }
    return bytes;
  }

  /** Pages are cut from slabs: memory of its own for each takes longer to get than a page takes to read. */
  #allocate(size: number): Buffer {
    if (size > SLAB / 4) return Buffer.allocUnsafe(size);
    if (this.#slabUsed + size > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB);
      this.#slabUsed = 0;
    }
    const start = this.#slabUsed;
    this.#slabUsed += size;
    return this.#slab.subarray(start, this.#slabUsed);
  }

  #keep(id: number, page: Page): void {
    this.#cache.set(id, page);
    this.#cached += page.bytes.length;
    for (const [oldest, old] of this.#cache) {
      if (this.#cached <= this.#cacheBytes || oldest === id) break;
      this.#cache.delete(oldest);
      this.#cached -= old.bytes.length;
    }
  }
}

function unreadable(path: string, error: unknown): SutureError {
  return new SutureError('FILE_UNREADABLE', `cannot read ${path}: ${(error as Error).message}`, { cause: error });
}
