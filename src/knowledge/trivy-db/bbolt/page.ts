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
    const start = this.#keyStart(index);
    return this.bytes.subarray(start, start + this.#keySize(index));
  }

  /** The key as text, which takes less time than its bytes: a view of its own for each costs more than reading it. */
  keyText(index: number): string {
    const start = this.#keyStart(index);
    return this.bytes.toString('utf8', start, start + this.#keySize(index));
  }

  /** Order of the key at `index` and another in bytes: below, at or above 0. */
  compareKey(index: number, other: Buffer): number {
    const start = this.#keyStart(index);
    return this.bytes.compare(other, 0, other.length, start, start + this.#keySize(index));
  }

  /** Order of the key at `index` and that of another page, or of this one. */
  compareKeys(index: number, other: Page, otherIndex: number): number {
    const [start, otherStart] = [this.#keyStart(index), other.#keyStart(otherIndex)];
    const otherEnd = otherStart + other.#keySize(otherIndex);
    return this.bytes.compare(other.bytes, otherStart, otherEnd, start, start + this.#keySize(index));
  }

  /** Page number of a branch's child. */
  child(index: number): number {
    return readPageId(this.bytes, PAGE_HEADER + index * ELEMENT + 8);
  }

  isBucket(index: number): boolean {
    return (this.bytes.readUInt32LE(PAGE_HEADER + index * ELEMENT) & BUCKET_ELEMENT) !== 0;
  }

  value(index: number): Buffer {
    const start = this.#valueStart(index);
    return this.bytes.subarray(start, start + this.#valueSize(index));
  }

  valueText(index: number): string {
    const start = this.#valueStart(index);
    return this.bytes.toString('utf8', start, start + this.#valueSize(index));
  }

  /** Index of the first element whose key is not below `key`; `count` when there is none. */
  lowerBound(key: Buffer): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compareKey(middle, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index of the branch's child that may hold `key`: the last whose key is not above it, or the first. */
  childFor(key: Buffer): number {
    const at = this.lowerBound(key);
    if (at < this.count && this.compareKey(at, key) === 0) return at;
    return Math.max(at - 1, 0);
  }

  #keyStart(index: number): number {
    const at = PAGE_HEADER + index * ELEMENT;
    const position = this.bytes.readUInt32LE(this.kind === 'branch' ? at : at + 4);
    return this.#checked(at + position, this.#keySize(index));
  }

  #keySize(index: number): number {
    return this.bytes.readUInt32LE(PAGE_HEADER + index * ELEMENT + (this.kind === 'branch' ? 4 : 8));
  }

  #valueStart(index: number): number {
    const at = PAGE_HEADER + index * ELEMENT;
    return this.#checked(at + this.bytes.readUInt32LE(at + 4) + this.#keySize(index), this.#valueSize(index));
  }

  #valueSize(index: number): number {
    return this.bytes.readUInt32LE(PAGE_HEADER + index * ELEMENT + 12);
  }

  /** Positions are relative to their element, and must lie behind all elements. */
  #checked(start: number, size: number): number {
    if (start < PAGE_HEADER + this.count * ELEMENT || start + size > this.bytes.length) {
      throw databaseInvalid(this.#what, `an element points to bytes ${start} to ${start + size}, outside its page`);
    }
    return start;
  }
}
