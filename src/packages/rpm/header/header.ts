import type { ByteString } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';

/** Data types of header entries (rpm's rpmTagType). */
const TYPE = { char: 1, int8: 2, int16: 3, int32: 4, int64: 5, string: 6, binary: 7, stringArray: 8, i18nString: 9 };
/** Bytes per item of the types of fixed width; rpm aligns to the same. */
const WIDTH: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1 };

const ENTRY = 16;
/** rpm's own limits for a header (hdrchkTags, hdrchkData). */
const MAX_ENTRIES = 0xffff;
const MAX_DATA = 256 * 1024 * 1024;
/** Below this number lie entries that describe the header itself (HEADER_TAGBASE). */
const FIRST_TAG = 100;

interface Entry {
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

/**
 * One rpm header as a package database stores it: `entries u32be | data length u32be | entries × {tag, type, offset, count} |
 * data`. Where a tag stands twice the later entry holds, as rpm lets entries added at installation ("dribbles") replace
 * those of the package.
 */
export class RpmHeader {
  readonly #entries: ReadonlyMap<number, Entry>;
  readonly #data: Buffer;

  private constructor(entries: ReadonlyMap<number, Entry>, data: Buffer) {
    this.#entries = entries;
    this.#data = data;
  }

  /**
   * Checks every entry against the bounds of the data.
   * @param what Names the header in messages.
   * @throws SutureError DATABASE_UNREADABLE
   */
  static parse(bytes: Uint8Array, what: string): RpmHeader {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (buffer.length < 8) throw invalid(what, 'it is shorter than 8 bytes');
    const count = buffer.readUInt32BE(0);
    const size = buffer.readUInt32BE(4);
    if (count === 0 || count > MAX_ENTRIES) throw invalid(what, `it claims ${count} entries`);
    if (size > MAX_DATA || 8 + count * ENTRY + size > buffer.length) throw invalid(what, 'it is cut off');
    const data = buffer.subarray(8 + count * ENTRY, 8 + count * ENTRY + size);
    const entries = new Map<number, Entry>();
    for (let at = 8; at < 8 + count * ENTRY; at += ENTRY) {
      const tag = buffer.readUInt32BE(at);
      if (tag < FIRST_TAG) continue;
      const entry = {
        type: buffer.readUInt32BE(at + 4),
        offset: buffer.readUInt32BE(at + 8),
        count: buffer.readUInt32BE(at + 12),
      };
      check(tag, entry, size, what);
      entries.set(tag, entry);
    }
    return new RpmHeader(entries, data);
  }

  /** Tags in the order in which the header has them. */
  tags(): readonly number[] {
    return [...this.#entries.keys()];
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
  }

  /** The first string of a string entry, of whichever string type. Undefined when missing or no string. */
  string(tag: number): ByteString | undefined {
    return this.strings(tag, 1)[0];
  }

  /** All strings of a string entry, at most `limit`. Empty when missing or no string. */
  strings(tag: number, limit: number = Number.POSITIVE_INFINITY): readonly ByteString[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined || WIDTH[entry.type] !== undefined) return [];
    const found: ByteString[] = [];
    const wanted = Math.min(entry.type === TYPE.string ? 1 : entry.count, limit);
    for (let at = entry.offset; found.length < wanted; ) {
      const end = this.#data.indexOf(0, at);
      if (end < 0) break;
      found.push(this.#data.toString('latin1', at, end));
      at = end + 1;
    }
    return found;
  }

  /** Numbers of an int8, int16, int32 (unsigned) or char entry. Empty when missing or of another type. */
  numbers(tag: number): readonly number[] {
    const entry = this.#entries.get(tag);
    const width = entry === undefined ? undefined : WIDTH[entry.type];
    if (entry === undefined || width === undefined || entry.type === TYPE.int64 || entry.type === TYPE.binary)
      return [];
    return Array.from({ length: entry.count }, (_, index) =>
      this.#data.readUIntBE(entry.offset + index * width, width),
    );
  }

  /** Bytes of a binary entry; undefined when missing or of another type. */
  bytes(tag: number): Uint8Array | undefined {
    const entry = this.#entries.get(tag);
    if (entry?.type !== TYPE.binary) return undefined;
    return this.#data.subarray(entry.offset, entry.offset + entry.count);
  }
}

/** An entry of fixed width must lie inside the data; a string must at least start there and its count be possible. */
function check(tag: number, { type, offset, count }: Entry, size: number, what: string): void {
  if (type < TYPE.char || type > TYPE.i18nString) throw invalid(what, `its tag ${tag} has the unknown type ${type}`);
  const least = count * (WIDTH[type] ?? 1);
  if (count === 0 || offset > size || least > size - offset)
    throw invalid(what, `its tag ${tag} lies outside the data`);
}

function invalid(what: string, why: string): SutureError {
  return new SutureError('DATABASE_UNREADABLE', `${what} is no rpm header: ${why}`);
}
