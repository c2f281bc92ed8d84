import { BLOCK_SIZE, type DeflateTask, WINDOW } from './deflate-block.ts';

/** A stretch of what is compressed. */
export interface Piece {
  readonly bytes: Uint8Array;
  /**
   * Content of one large file: it is compressed without what stands before it, so that the same file gives the same
   * compressed bytes in every layer. Between the pieces of two such files stands another piece.
   */
  readonly ofFile: boolean;
}

const NOTHING: Uint8Array = new Uint8Array();

/**
 * Cuts a stream into blocks of BLOCK_SIZE, each with the WINDOW before it. A large file begins a block of its own, that
 * knows nothing of what stands before. Where the cuts are depends on the content only, not on the chunks it comes in.
 */
export class BlockCutter {
  #parts: Uint8Array[] = [];
  #filled = 0;
  #ofFile = false;
  #window = NOTHING;

  *add({ bytes, ofFile }: Piece): Generator<DeflateTask> {
    if (ofFile !== this.#ofFile) {
      if (this.#filled > 0) yield this.#cut(false);
      this.#ofFile = ofFile;
      if (ofFile) this.#window = NOTHING;
    }
    for (let at = 0; at < bytes.length; ) {
      // Only now is it certain that a full block is not the last one.
      if (this.#filled === BLOCK_SIZE) yield this.#cut(false);
      const part = bytes.subarray(at, at + BLOCK_SIZE - this.#filled);
      this.#parts.push(part);
      this.#filled += part.length;
      at += part.length;
    }
  }

  *end(): Generator<DeflateTask> {
    if (this.#ofFile) yield* this.add({ bytes: NOTHING, ofFile: false });
    yield this.#cut(true);
  }

  #cut(last: boolean): DeflateTask {
    // A copy: a view of a larger buffer would be sent to a thread with all of the buffer.
    const data = new Uint8Array(this.#filled);
    let at = 0;
    for (const part of this.#parts) {
      data.set(part, at);
      at += part.length;
    }
    const task = { data, dictionary: this.#window, last };
    this.#window = lastBytes(this.#window, data);
    this.#parts = [];
    this.#filled = 0;
    return task;
  }
}

function lastBytes(before: Uint8Array, data: Uint8Array): Uint8Array {
  if (data.length >= WINDOW) return data.slice(data.length - WINDOW);
  return new Uint8Array(Buffer.concat([before, data]).subarray(-WINDOW));
}
