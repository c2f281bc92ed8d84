import { BUCKET_HEADER, databaseInvalid, readPageId } from './format.ts';
import { Page } from './page.ts';
import type { PageFile } from './page-file.ts';

/** bbolt's trees are at most a handful of pages deep: a page holds at least two children. */
const DEEPEST = 32;

export type BoltEntry =
  | { readonly kind: 'value'; readonly key: Buffer; readonly value: Buffer }
  | { readonly kind: 'bucket'; readonly key: Buffer; readonly bucket: Bucket };

/** A sorted map from keys to values and nested buckets. Keys are bytes; texts are taken as UTF-8. */
export class Bucket {
  readonly #file: PageFile;
  readonly #root: number | Page;

  constructor(file: PageFile, root: number | Page) {
    this.#file = file;
    this.#root = root;
  }

  /** The value of a key; undefined when there is none or it is a bucket. @throws SutureError DATABASE_INVALID */
  get(key: string | Uint8Array): Buffer | undefined {
    const found = this.#seek(toBytes(key));
    return found === undefined || found.page.isBucket(found.index) ? undefined : found.page.value(found.index);
  }

  /** get() as text. */
  text(key: string | Uint8Array): string | undefined {
    const found = this.#seek(toBytes(key));
    return found === undefined || found.page.isBucket(found.index) ? undefined : found.page.valueText(found.index);
  }

  /** The nested bucket of a name; undefined when there is none or it is a value. @throws SutureError DATABASE_INVALID */
  bucket(name: string | Uint8Array): Bucket | undefined {
    const found = this.#seek(toBytes(name));
    if (!found?.page.isBucket(found.index)) return undefined;
    return this.#nested(found.page, found.index);
  }

  /** Everything in key order. @throws SutureError DATABASE_INVALID also when keys are out of order or pages form a loop */
  *entries(): Generator<BoltEntry> {
    for (const { page, index } of this.#walk(undefined, new Set())) yield this.#entry(page, index);
  }

  /** Keys and values of entries() as texts, without nested buckets. @throws SutureError DATABASE_INVALID */
  *texts(): Generator<readonly [key: string, value: string]> {
    for (const { page, index } of this.#walk(undefined, new Set()))
      if (!page.isBucket(index)) yield [page.keyText(index), page.valueText(index)];
  }

  /** entries() of the keys that begin with `prefix`. */
  *prefix(prefix: string | Uint8Array): Generator<BoltEntry> {
    const start = toBytes(prefix);
    for (const { page, index } of this.#walk(start, new Set())) {
      const entry = this.#entry(page, index);
      if (!entry.key.subarray(0, start.length).equals(start)) return;
      yield entry;
    }
  }

  /**
   * Reads every page of the bucket and of those in it, and proves order, separators and that no page is used twice.
   * @returns number of values
   * @throws SutureError DATABASE_INVALID
   */
  verify(seen: Set<number> = new Set(), depth = 0): number {
    if (depth > DEEPEST) throw databaseInvalid(this.#file.name, 'buckets are nested too deep');
    let values = 0;
    for (const { page, index } of this.#walk(undefined, seen)) {
      const entry = this.#entry(page, index);
      values += entry.kind === 'value' ? 1 : entry.bucket.verify(seen, depth + 1);
    }
    return values;
  }

  #seek(key: Buffer): { page: Page; index: number } | undefined {
    let page = this.#rootPage();
    for (let depth = 0; page.kind === 'branch'; depth++) {
      if (depth > DEEPEST) throw databaseInvalid(this.#file.name, 'a tree is too deep');
      page = this.#file.page(page.child(page.childFor(key)));
    }
    const index = page.lowerBound(key);
    return index < page.count && page.compareKey(index, key) === 0 ? { page, index } : undefined;
  }

  /** @param seen pages used so far: without it a loop, or a page with many parents, would never end */
  *#walk(start: Buffer | undefined, seen: Set<number>): Generator<{ readonly page: Page; readonly index: number }> {
    if (typeof this.#root === 'number') this.#mark(this.#root, seen);
    const stack = [this.#position(this.#rootPage(), start, undefined)];
    let last: { readonly page: Page; readonly index: number } | undefined;
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { page, lowest } = top;
      const index = top.index++;
      if (index >= page.count) {
        stack.pop();
        continue;
      }
      if (page.kind === 'branch') {
        const [id, separator] = [page.child(index), page.key(index)];
        this.#mark(id, seen);
        if (stack.length > DEEPEST) throw databaseInvalid(this.#file.name, 'a tree is too deep');
        // The first separator of a page may be above its keys: a search takes the first child for them anyway.
        stack.push(this.#position(this.#file.page(id), start, index === 0 ? lowest : separator));
        continue;
      }
      const isAfter = last === undefined || page.compareKeys(index, last.page, last.index) > 0;
      if (!isAfter || (lowest && page.compareKey(index, lowest) < 0)) {
        throw databaseInvalid(this.#file.name, `key ${JSON.stringify(page.keyText(index))} is out of order`);
      }
      last = { page, index };
      yield last;
    }
  }

  #entry(page: Page, index: number): BoltEntry {
    const key = page.key(index);
    return page.isBucket(index)
      ? { kind: 'bucket', key, bucket: this.#nested(page, index) }
      : { kind: 'value', key, value: page.value(index) };
  }

  #position(page: Page, start: Buffer | undefined, lowest: Buffer | undefined) {
    if (start === undefined) return { page, index: 0, lowest };
    return { page, index: page.kind === 'branch' ? page.childFor(start) : page.lowerBound(start), lowest };
  }

  #mark(id: number, seen: Set<number>): void {
    if (seen.has(id)) throw databaseInvalid(this.#file.name, `page ${id} is used twice`);
    seen.add(id);
  }

  #rootPage(): Page {
    return typeof this.#root === 'number' ? this.#file.page(this.#root) : this.#root;
  }

  #nested(page: Page, index: number): Bucket {
    const value = page.value(index);
    const what = `${this.#file.name}: bucket ${JSON.stringify(page.key(index).toString())}`;
    if (value.length < BUCKET_HEADER) throw databaseInvalid(what, 'its header is too short');
    const root = readPageId(value, 0);
    if (root !== 0) return new Bucket(this.#file, root);
    const inline = new Page(value.subarray(BUCKET_HEADER), what);
    if (inline.kind !== 'leaf') throw databaseInvalid(what, 'an inline bucket is not a leaf');
    return new Bucket(this.#file, inline);
  }
}

function toBytes(key: string | Uint8Array): Buffer {
  return typeof key === 'string' ? Buffer.from(key) : Buffer.from(key.buffer, key.byteOffset, key.byteLength);
}
