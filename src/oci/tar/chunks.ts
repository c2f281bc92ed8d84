import type { ByteStream } from '../../core/streams.ts';
import { tarInvalid } from './fields.ts';

/** Cuts a stream of arbitrary chunks into the pieces a parser asks for, without copying where a piece lies in one chunk. */
export class ChunkReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #what: string;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Bytes handed out so far. */
  position = 0;

  constructor(stream: ByteStream, what: string) {
    this.#iterator = stream[Symbol.asyncIterator]();
    this.#what = what;
  }

  /** The next `size` bytes when they are already here: spares the caller a turn of the event loop. */
  buffered(size: number): Buffer | undefined {
    if (this.#chunk.length - this.#at < size) return undefined;
    const piece = this.#chunk.subarray(this.#at, this.#at + size);
    this.#advance(size);
    return piece;
  }

  /** The next `size` bytes; undefined at the clean end of the stream. @throws SutureError TAR_INVALID when it ends in between */
  async take(size: number): Promise<Buffer | undefined> {
    const whole = this.buffered(size);
    if (whole) return whole;
    const pieces: Buffer[] = [];
    let missing = size;
    while (missing > 0) {
      if (this.#at === this.#chunk.length && !(await this.#next())) {
        if (missing === size) return undefined;
        throw tarInvalid(this.#what, 'the archive is truncated');
      }
      const piece = this.#chunk.subarray(this.#at, this.#at + missing);
      pieces.push(piece);
      this.#advance(piece.length);
      missing -= piece.length;
    }
    return Buffer.concat(pieces, size);
  }

  /** As take, where the end of the stream is an error. */
  async must(size: number): Promise<Buffer> {
    const bytes = size === 0 ? Buffer.alloc(0) : await this.take(size);
    if (!bytes) throw tarInvalid(this.#what, 'the archive is truncated');
    return bytes;
  }

  /** Some of the next bytes, at most `size`. */
  async some(size: number): Promise<Buffer> {
    if (this.#at === this.#chunk.length && !(await this.#next())) {
      throw tarInvalid(this.#what, 'the archive is truncated');
    }
    const piece = this.#chunk.subarray(this.#at, this.#at + size);
    this.#advance(piece.length);
    return piece;
  }

  async skip(size: number): Promise<void> {
    let left = size;
    while (left > 0) left -= (await this.some(left)).length;
  }

  /** Reads to the end of the stream, so that whatever counts or hashes it sees all of it. */
  async drain(): Promise<void> {
    while (await this.#next());
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  #advance(size: number): void {
    this.#at += size;
    this.position += size;
  }

  async #next(): Promise<boolean> {
    for (;;) {
      const next = await this.#iterator.next();
      if (next.done) return false;
      const { value } = next;
      if (value.length === 0) continue;
      this.#chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      this.#at = 0;
      return true;
    }
  }
}
