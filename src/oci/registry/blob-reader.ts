import { type ByteStream, verified } from '../../core/streams.ts';
import type { Descriptor } from '../model.ts';

/** One pass over the blob. */
interface Cursor {
  readonly stream: AsyncGenerator<Uint8Array>;
  rest: Uint8Array;
  offset: number;
  /** A read is under way: whoever started it may have gone, so the position is not known. */
  reading: boolean;
}

/**
 * Hands a blob out in pieces of any length, from any offset: the source of a chunked upload. The blob is opened again when
 * an earlier offset is asked for, or when a broken request left a read behind. What is handed out was hashed from the first
 * byte on.
 */
export class BlobReader {
  readonly #descriptor: Descriptor;
  readonly #open: () => ByteStream;
  #cursor: Cursor | undefined;

  constructor(descriptor: Descriptor, open: () => ByteStream) {
    this.#descriptor = descriptor;
    this.#open = open;
  }

  /** The `length` bytes from `offset` on. @throws SutureError DIGEST_MISMATCH before the last byte's stream ends */
  async *take(offset: number, length: number): AsyncGenerator<Uint8Array> {
    const cursor = this.#at(offset);
    while (cursor.offset < offset) await this.#read(cursor, offset - cursor.offset);
    const end = offset + length;
    while (cursor.offset < end) yield await this.#read(cursor, end - cursor.offset);
    // The proof of the digest comes with the end of the stream: it must be over before the last byte counts as sent.
    if (cursor.offset === this.#descriptor.size) await cursor.stream.next();
  }

  async close(): Promise<void> {
    const cursor = this.#cursor;
    this.#cursor = undefined;
    await cursor?.stream.return(undefined);
  }

  #at(offset: number): Cursor {
    const current = this.#cursor;
    if (current !== undefined && !current.reading && current.offset <= offset) return current;
    // A source that fails while it is being dropped has nothing to say any more.
    current?.stream.return(undefined).catch(() => {});
    const stream = verified(this.#open(), this.#descriptor, `the blob ${this.#descriptor.digest}`);
    this.#cursor = { stream, rest: new Uint8Array(0), offset: 0, reading: false };
    return this.#cursor;
  }

  async #read(cursor: Cursor, most: number): Promise<Uint8Array> {
    while (cursor.rest.length === 0) {
      cursor.reading = true;
      const next = await cursor.stream.next();
      cursor.reading = false;
      // `verified` has thrown for a short blob before it reports the end.
      if (next.done === true) throw new Error(`${this.#descriptor.digest} was read past its end`);
      cursor.rest = next.value;
    }
    const chunk = cursor.rest.subarray(0, most);
    cursor.rest = cursor.rest.subarray(chunk.length);
    cursor.offset += chunk.length;
    return chunk;
  }
}
