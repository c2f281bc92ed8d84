import { SutureError } from '../../core/errors/error.ts';
import type { InodeRecord } from './inode-record.ts';

/** The part of an expanded layer that holds contents. */
export interface LayerContent {
  /** Bytes of the decompressed layer, synchronously. */
  read(offset: number, size: number): Uint8Array;
  /** Fills `target` with them; left out where `read` costs no copy. */
  readInto?(offset: number, target: Uint8Array): void;
}

/** Reads what inode records refer to. */
export class ContentReader {
  readonly #layers: readonly LayerContent[];

  constructor(layers: readonly LayerContent[]) {
    this.#layers = layers;
  }

  /** The whole content of a file. */
  read(inode: InodeRecord): Uint8Array {
    const { content } = inode;
    if (inode.size === 0 || content === undefined) return new Uint8Array();
    if (content instanceof Uint8Array) return content;
    if ('layer' in content) return this.#layers[content.layer]?.read(content.offset, inode.size) ?? new Uint8Array();
    const bytes = content.read();
    if (bytes.length !== content.size) {
      throw new SutureError('INVALID_DATA', `A file said to have ${content.size} bytes has ${bytes.length}`);
    }
    return bytes;
  }

  /** The content piece by piece: views of `scratch`, or of memory; each is valid until the next one is asked for. */
  *pieces(inode: InodeRecord, scratch: Uint8Array): Generator<Uint8Array> {
    const readInto = this.#readerInto(inode);
    if (readInto === undefined) {
      yield this.read(inode);
      return;
    }
    for (let at = 0; at < inode.size; at += scratch.length) {
      const piece = scratch.subarray(0, Math.min(scratch.length, inode.size - at));
      readInto(at, piece);
      yield piece;
    }
  }

  same(a: InodeRecord, b: InodeRecord): boolean {
    if (a.size !== b.size) return false;
    if (a.size === 0 || a.content === b.content || sameStretch(a, b)) return true;
    // The first difference decides, and most files that differ do so at once.
    const [one, other] = [this.pieces(a, COMPARED_A), this.pieces(b, COMPARED_B)];
    const [left, right] = [new Rest(one), new Rest(other)];
    for (;;) {
      const length = Math.min(left.fill(), right.fill());
      if (length === 0) return true;
      if (Buffer.compare(left.take(length), right.take(length)) !== 0) return false;
    }
  }

  #readerInto({ content, size }: InodeRecord): ((offset: number, target: Uint8Array) => void) | undefined {
    if (size === 0 || content === undefined || content instanceof Uint8Array) return undefined;
    if (!('layer' in content)) return content.readInto && ((offset, target) => content.readInto?.(offset, target));
    const layer = this.#layers[content.layer];
    const start = content.offset;
    return layer?.readInto && ((offset, target) => layer.readInto?.(start + offset, target));
  }
}

const COMPARED_A = Buffer.alloc(64 * 1024);
const COMPARED_B = Buffer.alloc(64 * 1024);

/** What is left of the piece at hand, of pieces that need not end where the other file's do. */
class Rest {
  readonly #pieces: Iterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();

  constructor(pieces: Iterator<Uint8Array>) {
    this.#pieces = pieces;
  }

  /** Bytes at hand; 0 at the end. */
  fill(): number {
    while (this.#piece.length === 0) {
      const next = this.#pieces.next();
      if (next.done === true) return 0;
      this.#piece = next.value;
    }
    return this.#piece.length;
  }

  take(length: number): Uint8Array {
    const taken = this.#piece.subarray(0, length);
    this.#piece = this.#piece.subarray(length);
    return taken;
  }
}

function sameStretch(a: InodeRecord, b: InodeRecord): boolean {
  const [one, other] = [a.content, b.content];
  if (!one || !other || !('layer' in one) || !('layer' in other)) return false;
  return one.layer === other.layer && one.offset === other.offset;
}
