import { BLOCK_SIZE } from './gzip-block.ts';

/** A stretch of what is compressed. */
export interface Piece {
  readonly bytes: Uint8Array;
  /**
   * Content of one large file: it is compressed without what stands before it, so that the same file gives the same
   * compressed bytes in every layer. Between the pieces of two such files stands another piece.
   */
  readonly ofFile: boolean;
}

/**
 * Cuts a stream into blocks of at most BLOCK_SIZE; a large file begins a block of its own. Where the cuts are depends on the
 * content only, not on the pieces it comes in. A layer has hundreds of blocks, and memory for a few of them is enough: who
 * is done with one gives it back.
 */
export class BlockCutter {
  readonly #free: Uint8Array[] = [];
  #block: Uint8Array | undefined;
  #filled = 0;
  #ofFile = false;
  #isEmpty = true;

  /** What is in the piece is copied; it may be used again for the next one. */
  *add({ bytes, ofFile }: Piece): Generator<Uint8Array> {
    if (ofFile !== this.#ofFile) {
      if (this.#filled > 0) yield this.#cut();
      this.#ofFile = ofFile;
    }
    for (let at = 0; at < bytes.length; ) {
      this.#block ??= this.#free.pop() ?? new Uint8Array(BLOCK_SIZE);
      const part = bytes.subarray(at, at + BLOCK_SIZE - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === BLOCK_SIZE) yield this.#cut();
    }
  }

  /** The rest; an empty block for a stream without a byte. */
  *end(): Generator<Uint8Array> {
    if (this.#filled > 0 || this.#isEmpty) yield this.#cut();
  }

  /** Takes back a block that is not looked at any more. */
  recycle(block: Uint8Array): void {
    if (block.buffer.byteLength === BLOCK_SIZE) this.#free.push(new Uint8Array(block.buffer));
  }

  #cut(): Uint8Array {
    const block = (this.#block ?? new Uint8Array()).subarray(0, this.#filled);
    this.#isEmpty = false;
    this.#block = undefined;
    this.#filled = 0;
    return block;
  }
}
