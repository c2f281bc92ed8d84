import {
  BRANCH_PAGE,
  BUCKET_ELEMENT,
  databaseInvalid,
  ELEMENT,
  LEAF_PAGE,
  PAGE_HEADER,
  readPageHeader,
  readPageId,
} from './format.ts';

/**
 * A branch or leaf page with its overflow, or the page of an inline bucket. Every position is checked against the bytes
 * when it is used: pages carry no checksum, so nothing in them is to be believed.
 */
export class Page {
  readonly bytes: Buffer;
  readonly kind: 'branch' | 'leaf';
  readonly count: number;
  readonly #what: string;

  /** @throws SutureError DATABASE_INVALID */
  constructor(bytes: Buffer, what: string) {
    this.bytes = bytes;
    this.#what = what;
    if (bytes.length < PAGE_HEADER) throw databaseInvalid(what, 'it is too short');
    const { flags, count } = readPageHeader(bytes);
    if (flags !== BRANCH_PAGE && flags !== LEAF_PAGE) throw databaseInvalid(what, `unexpected page flags ${flags}`);
    this.kind = flags === BRANCH_PAGE ? 'branch' : 'leaf';
    this.count = count;
    if (PAGE_HEADER + count * ELEMENT > bytes.length) throw databaseInvalid(what, `${count} elements do not fit`);
    if (this.kind === 'branch' && count === 0) throw databaseInvalid(what, 'a branch without children');
  }

  key(index: number): Buffer {
    const at = PAGE_HEADER + index * ELEMENT;
    return this.kind === 'branch'
      ? this.#data(at, this.bytes.readUInt32LE(at), this.bytes.readUInt32LE(at + 4))
      : this.#data(at, this.bytes.readUInt32LE(at + 4), this.bytes.readUInt32LE(at + 8));
  }

  /** Page number of a branch's child. */
  child(index: number): number {
    return readPageId(this.bytes, PAGE_HEADER + index * ELEMENT + 8);
  }

  isBucket(index: number): boolean {
    return (this.bytes.readUInt32LE(PAGE_HEADER + index * ELEMENT) & BUCKET_ELEMENT) !== 0;
  }

  value(index: number): Buffer {
    const at = PAGE_HEADER + index * ELEMENT;
    const keySize = this.bytes.readUInt32LE(at + 8);
    return this.#data(at, this.bytes.readUInt32LE(at + 4) + keySize, this.bytes.readUInt32LE(at + 12));
  }

  /** Index of the first element whose key is not below `key`; `count` when there is none. */
  lowerBound(key: Buffer): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(this.key(middle), key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index of the branch's child that may hold `key`: the last whose key is not above it, or the first. */
  childFor(key: Buffer): number {
    const at = this.lowerBound(key);
    if (at < this.count && this.key(at).equals(key)) return at;
    return Math.max(at - 1, 0);
  }

  /** @param element offset of the element; `position` is relative to it */
  #data(element: number, position: number, size: number): Buffer {
    const start = element + position;
    if (start < PAGE_HEADER + this.count * ELEMENT || start + size > this.bytes.length) {
      throw databaseInvalid(this.#what, `an element points to bytes ${start} to ${start + size}, outside its page`);
    }
    return this.bytes.subarray(start, start + size);
  }
}
