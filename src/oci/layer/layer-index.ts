import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import type { ByteString } from '../../core/bytes.ts';
import type { Digest } from '../../core/digest.ts';
import { checkLimit } from '../../core/limits.ts';
import { NO_XATTRS, type TarHeader, type TarType, type Xattrs } from '../tar/entry.ts';
import { cleanEntryPath } from './entry-path.ts';

/** One entry of a layer, in archive order; white-outs are entries like any other. */
export interface LayerEntry {
  /** Relative to the root, clean; '' is the root. */
  readonly path: ByteString;
  readonly type: TarType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly size: number;
  /** A symlink's target as stored; a hard link's as a clean path. */
  readonly link: ByteString;
  readonly major: number;
  readonly minor: number;
  readonly xattrs: Xattrs;
  /** Where a file's content lies in the decompressed layer. */
  readonly offset: number;
}

const TYPE_CODES: readonly TarType[] = ['file', 'directory', 'symlink', 'hardlink', 'character', 'block', 'fifo'];
/** Bump with any change of the layout or of what is recorded: an index of another version is rebuilt. */
const MAGIC = 'SUTLIDX1';
const HEADER = 40;
const CHECKSUM = 32;
/** offset, size, mtime as float64; mode and type, uid, gid, major, minor, ends of path and link as uint32. */
const FLOATS = 3;
const WORDS = 7;
const ROW = FLOATS * 8 + WORDS * 4;
/** Paths and links together; one JavaScript string holds them all. */
const MAX_TEXT = 256 * 1024 * 1024;

/** Collects the entries of one layer and serialises them as columns. */
export class LayerIndexBuilder {
  readonly #what: string;
  readonly #floats: number[] = [];
  readonly #words: number[] = [];
  readonly #texts: string[] = [];
  readonly #xattrs: Buffer[] = [];
  #textLength = 0;
  #count = 0;

  constructor(what: string) {
    this.#what = what;
  }

  /** @throws SutureError PATH_UNSAFE for a name or hard link that would leave the root */
  add(header: TarHeader): void {
    const path = cleanEntryPath(header.name, this.#what);
    const link = header.type === 'hardlink' ? cleanEntryPath(header.linkName, this.#what) : header.linkName;
    this.#floats.push(header.offset, header.size, header.mtime);
    const { major, minor } = header.device;
    this.#words.push((TYPE_CODES.indexOf(header.type) << 16) | header.mode, header.uid, header.gid, major, minor);
    this.#words.push(this.#text(path), this.#text(link));
    for (const [key, value] of header.xattrs) {
      const lengths = Buffer.alloc(12);
      lengths.writeUInt32LE(this.#count, 0);
      lengths.writeUInt32LE(key.length, 4);
      lengths.writeUInt32LE(value.length, 8);
      this.#xattrs.push(lengths, Buffer.from(key, 'latin1'), Buffer.from(value));
    }
    this.#count++;
  }

  #text(text: ByteString): number {
    this.#texts.push(text);
    this.#textLength += text.length;
    checkLimit(`the path table of ${this.#what}`, this.#textLength, MAX_TEXT);
    return this.#textLength;
  }

  encode(diffId: Digest, tarSize: number): Buffer {
    const header = Buffer.alloc(HEADER);
    const text = Buffer.from(diffId + this.#texts.join(''), 'latin1');
    const xattrs = Buffer.concat(this.#xattrs);
    header.write(MAGIC, 0, 'latin1');
    header.write(endianness(), 8, 'latin1');
    header.writeUInt32LE(this.#count, 12);
    header.writeDoubleLE(tarSize, 16);
    header.writeUInt32LE(text.length, 24);
    header.writeUInt32LE(xattrs.length, 28);
    header.writeUInt32LE(diffId.length, 32);
    const floats = Buffer.from(Float64Array.from(this.#floats).buffer);
    const words = Buffer.from(Uint32Array.from(this.#words).buffer);
    const body = Buffer.concat([header, floats, words, text, xattrs]);
    return Buffer.concat([body, createHash('sha256').update(body).digest()]);
  }
}

/** The table of contents of one layer: typed columns over the index file's bytes, entries made on demand. */
export class LayerIndex {
  readonly diffId: Digest;
  /** Bytes of the decompressed layer. */
  readonly tarSize: number;
  readonly count: number;
  readonly #floats: Float64Array;
  readonly #words: Uint32Array;
  readonly #text: ByteString;
  readonly #xattrs: ReadonlyMap<number, Xattrs>;
  readonly #read: ContentReader;

  private constructor(parts: IndexParts, read: ContentReader) {
    this.diffId = parts.diffId;
    this.tarSize = parts.tarSize;
    this.count = parts.count;
    this.#floats = parts.floats;
    this.#words = parts.words;
    this.#text = parts.text;
    this.#xattrs = parts.xattrs;
    this.#read = read;
  }

  /** Undefined when the bytes are not an intact index of this layer in this version's format. */
  static decode(bytes: Uint8Array, diffId: Digest, read: ContentReader): LayerIndex | undefined {
    const parts = decodeParts(bytes, diffId);
    return parts ? new LayerIndex(parts, read) : undefined;
  }

  /** entry(index).path, without the cost of the rest. */
  path(index: number): ByteString {
    const word = index * WORDS;
    return this.#text.slice(index === 0 ? 0 : (this.#words[word - 1] ?? 0), this.#words[word + 5] ?? 0);
  }

  /** entry(index).type, without the cost of the rest. */
  type(index: number): TarType {
    return TYPE_CODES[(this.#words[index * WORDS] ?? 0) >>> 16] ?? 'file';
  }

  /** @param index 0 to count - 1, in archive order. */
  entry(index: number): LayerEntry {
    const float = index * FLOATS;
    const word = index * WORDS;
    const words = this.#words;
    const pathEnd = words[word + 5] ?? 0;
    return {
      path: this.path(index),
      type: this.type(index),
      mode: (words[word] ?? 0) & 0o7777,
      uid: words[word + 1] ?? 0,
      gid: words[word + 2] ?? 0,
      mtime: this.#floats[float + 2] ?? 0,
      size: this.#floats[float + 1] ?? 0,
      link: this.#text.slice(pathEnd, words[word + 6] ?? 0),
      major: words[word + 3] ?? 0,
      minor: words[word + 4] ?? 0,
      xattrs: this.#xattrs.get(index) ?? NO_XATTRS,
      offset: this.#floats[float] ?? 0,
    };
  }

  /** Bytes of the decompressed layer. @throws SutureError FILE_UNREADABLE */
  read(offset: number, size: number): Uint8Array {
    const bytes = Buffer.allocUnsafe(size);
    this.#read(offset, bytes);
    return bytes;
  }

  /** Fills `target` with them. */
  readInto(offset: number, target: Uint8Array): void {
    this.#read(offset, target);
  }
}

/** Fills `target` from the decompressed layer, synchronously. */
export type ContentReader = (offset: number, target: Uint8Array) => void;

interface IndexParts {
  readonly diffId: Digest;
  readonly tarSize: number;
  readonly count: number;
  readonly floats: Float64Array;
  readonly words: Uint32Array;
  readonly text: ByteString;
  readonly xattrs: ReadonlyMap<number, Xattrs>;
}

function decodeParts(bytes: Uint8Array, diffId: Digest): IndexParts | undefined {
  if (bytes.length < HEADER + CHECKSUM) return undefined;
  // Typed arrays need an aligned start.
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
  const buffer = Buffer.from(aligned.buffer, aligned.byteOffset, aligned.length);
  if (buffer.toString('latin1', 0, 8) !== MAGIC || buffer.toString('latin1', 8, 10) !== endianness()) return undefined;
  const count = buffer.readUInt32LE(12);
  const textLength = buffer.readUInt32LE(24);
  const xattrLength = buffer.readUInt32LE(28);
  const textStart = HEADER + count * ROW;
  const end = textStart + textLength + xattrLength;
  if (end + CHECKSUM !== buffer.length) return undefined;
  const checksum = createHash('sha256').update(buffer.subarray(0, end)).digest();
  if (!checksum.equals(buffer.subarray(end))) return undefined;
  const idLength = buffer.readUInt32LE(32);
  if (buffer.toString('latin1', textStart, textStart + idLength) !== diffId) return undefined;
  return {
    diffId,
    count,
    tarSize: buffer.readDoubleLE(16),
    floats: new Float64Array(buffer.buffer, buffer.byteOffset + HEADER, count * FLOATS),
    words: new Uint32Array(buffer.buffer, buffer.byteOffset + HEADER + count * FLOATS * 8, count * WORDS),
    text: buffer.toString('latin1', textStart + idLength, textStart + textLength),
    xattrs: decodeXattrs(buffer.subarray(textStart + textLength, end)),
  };
}

function decodeXattrs(bytes: Buffer): ReadonlyMap<number, Xattrs> {
  const table = new Map<number, Map<string, Uint8Array>>();
  for (let at = 0; at < bytes.length; ) {
    const index = bytes.readUInt32LE(at);
    const keyEnd = at + 12 + bytes.readUInt32LE(at + 4);
    const valueEnd = keyEnd + bytes.readUInt32LE(at + 8);
    const ofEntry = table.get(index) ?? new Map<string, Uint8Array>();
    ofEntry.set(bytes.toString('latin1', at + 12, keyEnd), new Uint8Array(bytes.subarray(keyEnd, valueEnd)));
    table.set(index, ofEntry);
    at = valueEnd;
  }
  return table;
}
