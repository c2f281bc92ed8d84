import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * Writes bbolt files for tests and benchmarks: the same input gives the same bytes. Buckets are given as sequences in byte
 * order of their keys and written as they are read, so that a file may be larger than memory.
 */
export type BoltContent = Iterable<readonly [key: string | Buffer, value: Buffer | BoltBucket]>;

export interface BoltBucket {
  readonly entries: BoltContent;
}

export interface BoltWriterOptions {
  readonly pageSize?: number;
  /** How full pages get: bbolt's default is one half, `bbolt compact` makes 0.9. */
  readonly fill?: number;
}

const PAGE_HEADER = 16;
const ELEMENT = 16;

interface Item {
  readonly key: Buffer;
  /** Value of a leaf element, or page number of a branch's. */
  readonly value: Buffer | number;
  readonly bucket: boolean;
}

export function writeBolt(path: string, root: BoltBucket, options: BoltWriterOptions = {}): void {
  const descriptor = openSync(path, 'w');
  try {
    new BoltWriter(descriptor, options.pageSize ?? 4096, options.fill ?? 0.9).write(root);
  } finally {
    closeSync(descriptor);
  }
}

/** A bucket from plain objects: objects with `bucket` false are written as JSON. */
export function boltBucket(tree: Readonly<Record<string, unknown>>, depth: number): BoltBucket {
  const keys = Object.keys(tree).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return {
    entries: keys.map((key) => {
      const value = tree[key];
      return [
        key,
        depth > 1
          ? boltBucket(value as Readonly<Record<string, unknown>>, depth - 1)
          : Buffer.from(JSON.stringify(value)),
      ] as const;
    }),
  };
}

class BoltWriter {
  readonly #descriptor: number;
  readonly #pageSize: number;
  readonly #full: number;
  #next = 3;

  constructor(descriptor: number, pageSize: number, fill: number) {
    this.#descriptor = descriptor;
    this.#pageSize = pageSize;
    this.#full = Math.floor(pageSize * fill);
  }

  write(root: BoltBucket): void {
    const rootPage = this.#tree(this.#leaves(root.entries));
    const freelist = Buffer.alloc(this.#pageSize);
    header(freelist, 2, 0x10, 0, 0);
    this.#put(2, freelist);
    for (const id of [0, 1]) this.#put(id, this.#meta(id, rootPage));
  }

  #meta(id: number, root: number): Buffer {
    const page = Buffer.alloc(this.#pageSize);
    header(page, id, 0x04, 0, 0);
    const body = page.subarray(PAGE_HEADER);
    body.writeUInt32LE(0xed0cdaed, 0);
    body.writeUInt32LE(2, 4);
    body.writeUInt32LE(this.#pageSize, 8);
    body.writeBigUInt64LE(BigInt(root), 16);
    body.writeBigUInt64LE(2n, 32);
    body.writeBigUInt64LE(BigInt(this.#next), 40);
    body.writeBigUInt64LE(BigInt(id), 48);
    let hash = 0xcbf29ce484222325n;
    for (const byte of body.subarray(0, 56)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
    body.writeBigUInt64LE(hash, 56);
    return page;
  }

  /** Bucket header, with the bucket itself behind it when it is small and has no buckets in it. */
  #bucketValue(bucket: BoltBucket): Buffer {
    const leaves = this.#leaves(bucket.entries);
    const value = Buffer.alloc(16);
    const [only] = leaves;
    if (leaves.length === 1 && only !== undefined && 'items' in only) {
      const page = encode(0, 0x02, only.items);
      if (page.length <= this.#pageSize / 4 && !only.items.some((item) => item.bucket))
        return Buffer.concat([value, page]);
    }
    value.writeBigUInt64LE(BigInt(this.#tree(leaves)), 0);
    return value;
  }

  /** Leaf pages, all written but a single one, which may become inline. */
  #leaves(content: BoltContent): (Item | { items: Item[] })[] {
    const pages: Item[] = [];
    let items: Item[] = [];
    let size = PAGE_HEADER;
    let last: Buffer | undefined;
    for (const [name, given] of content) {
      const key = typeof name === 'string' ? Buffer.from(name) : name;
      if (last && Buffer.compare(last, key) >= 0) throw new Error(`keys not in order at ${key.toString()}`);
      last = key;
      const bucket = !Buffer.isBuffer(given);
      const value = Buffer.isBuffer(given) ? given : this.#bucketValue(given);
      const cost = ELEMENT + key.length + value.length;
      if (items.length >= 2 && size + cost > this.#full) {
        pages.push(this.#page(0x02, items));
        items = [];
        size = PAGE_HEADER;
      }
      items.push({ key, value, bucket });
      size += cost;
    }
    if (pages.length === 0) return [{ items }];
    return items.length === 0 ? pages : [...pages, this.#page(0x02, items)];
  }

  /** Branches above the leaves until one page is left: the root. */
  #tree(leaves: (Item | { items: Item[] })[]): number {
    let level = leaves.map((leaf) => ('items' in leaf ? this.#page(0x02, leaf.items) : leaf));
    while (level.length > 1) {
      const above: Item[] = [];
      let items: Item[] = [];
      let size = PAGE_HEADER;
      for (const item of level) {
        if (items.length >= 2 && size + ELEMENT + item.key.length > this.#full) {
          above.push(this.#page(0x01, items));
          items = [];
          size = PAGE_HEADER;
        }
        items.push(item);
        size += ELEMENT + item.key.length;
      }
      level = [...above, this.#page(0x01, items)];
    }
    return level[0]?.value as number;
  }

  #page(flags: number, items: readonly Item[]): Item {
    const id = this.#next;
    const content = encode(id, flags, items);
    const pages = Math.ceil(content.length / this.#pageSize);
    content.writeUInt32LE(pages - 1, 12);
    this.#put(id, Buffer.concat([content, Buffer.alloc(pages * this.#pageSize - content.length)]));
    this.#next += pages;
    return { key: items[0]?.key ?? Buffer.alloc(0), value: id, bucket: false };
  }

  #put(id: number, bytes: Buffer): void {
    const start = id * this.#pageSize;
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at, bytes.length - at, start + at);
  }
}

function header(page: Buffer, id: number, flags: number, count: number, overflow: number): void {
  page.writeBigUInt64LE(BigInt(id), 0);
  page.writeUInt16LE(flags, 8);
  page.writeUInt16LE(count, 10);
  page.writeUInt32LE(overflow, 12);
}

function encode(id: number, flags: number, items: readonly Item[]): Buffer {
  const data = items.flatMap(({ key, value }) => (Buffer.isBuffer(value) ? [key, value] : [key]));
  const head = Buffer.alloc(PAGE_HEADER + items.length * ELEMENT);
  header(head, id, flags, items.length, 0);
  let position = head.length;
  items.forEach(({ key, value, bucket }, index) => {
    const at = PAGE_HEADER + index * ELEMENT;
    if (Buffer.isBuffer(value)) {
      head.writeUInt32LE(bucket ? 1 : 0, at);
      head.writeUInt32LE(position - at, at + 4);
      head.writeUInt32LE(key.length, at + 8);
      head.writeUInt32LE(value.length, at + 12);
      position += key.length + value.length;
    } else {
      head.writeUInt32LE(position - at, at);
      head.writeUInt32LE(key.length, at + 4);
      head.writeBigUInt64LE(BigInt(value), at + 8);
      position += key.length;
    }
  });
  return Buffer.concat([head, ...data]);
}
