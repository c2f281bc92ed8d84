import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { isSutureError, SutureError } from '../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../core/limits.ts';
import type { ByteStream } from '../../core/streams.ts';
import { detectCompression, MAGIC_LENGTH } from './format.ts';

/** Big pieces: each one costs a turn of the event loop, a hash call and a write further down. */
const OUTPUT_CHUNK = 512 * 1024;
/** Below this much output the ratio says nothing: a layer of zeros is legitimate. */
const RATIO_FREE = 64 * 1024 * 1024;

/**
 * Decompresses gzip (all members) or zstd (all frames), told by the first bytes, and passes anything else through.
 * Errors of the source itself (a digest mismatch, the network) come through unchanged.
 * @throws SutureError COMPRESSION_INVALID when corrupt, truncated or followed by garbage; LIMIT_EXCEEDED for a bomb
 */
export async function* decompress(stream: ByteStream, what: string): AsyncGenerator<Uint8Array> {
  const iterator = stream[Symbol.asyncIterator]();
  try {
    const head: Uint8Array[] = [];
    let length = 0;
    while (length < MAGIC_LENGTH) {
      const next = await iterator.next();
      if (next.done) break;
      head.push(next.value);
      length += next.value.length;
    }
    const meter = new RatioMeter(what);
    const source = meter.input(resume(head, iterator));
    switch (detectCompression(Buffer.concat(head))) {
      case 'gzip':
        yield* gunzip(source, meter, what);
        break;
      case 'zstd':
        yield* unzstd(source, meter, what);
        break;
      case 'none':
        yield* source;
    }
  } finally {
    await iterator.return?.();
  }
}

async function* resume(head: readonly Uint8Array[], iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* head;
  for (;;) {
    const next = await iterator.next();
    if (next.done) return;
    yield next.value;
  }
}

/** Counts both sides of a decompressor and stops it when it makes far too much out of too little. */
class RatioMeter {
  readonly #what: string;
  #in = 0;
  #out = 0;

  constructor(what: string) {
    this.#what = what;
  }

  get consumed(): number {
    return this.#in;
  }

  async *input(stream: ByteStream): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      this.#in += chunk.length;
      if (chunk.length > 0) yield chunk;
    }
  }

  output(size: number): void {
    this.#out += size;
    checkLimit(`${this.#what}, decompressed,`, this.#out, LIMITS.layer);
    if (this.#out > RATIO_FREE) {
      checkLimit(`the compression ratio of ${this.#what}`, this.#out / this.#in, LIMITS.compressionRatio);
    }
  }
}

async function* gunzip(source: ByteStream, meter: RatioMeter, what: string): AsyncGenerator<Uint8Array> {
  const inflate = createGunzip({ chunkSize: OUTPUT_CHUNK });
  // The loop below sees every error as inflate is destroyed with it; the callback only keeps it from being "unhandled".
  pipeline(Readable.from(source, { objectMode: true, highWaterMark: 4 }), inflate, () => {});
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      meter.output(chunk.length);
      yield chunk;
    }
  } catch (error) {
    throw compressionError(error, what, 'gzip');
  }
  // zlib ends quietly at zeros after the last member; Go's gzip reader (containerd, dockerd) refuses them.
  if (inflate.bytesWritten !== meter.consumed) {
    throw new SutureError('COMPRESSION_INVALID', `${what}: data follows the end of the gzip stream`);
  }
}

function compressionError(error: unknown, what: string, format: string): unknown {
  if (isSutureError(error)) return error;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && !code.startsWith('Z_')) return error;
  return new SutureError('COMPRESSION_INVALID', `${what} is not intact ${format}: ${(error as Error).message}`, {
    cause: error,
  });
}

/**
 * fzstd on every Node: `zlib.createZstdDecompress` (Node 22.15 and 24) stops without an error at the end of the first
 * frame of a chunk, and zstd:chunked layers have many frames. fzstd does not check frame checksums; the diff ID does.
 */
async function* unzstd(source: ByteStream, meter: RatioMeter, what: string): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const decoder = new Decompress((data) => {
    // Checked here and not after push(): one small push can expand to gigabytes.
    meter.output(data.length);
    if (data.length > 0) ready.push(data);
  });
  const push = (chunk: Uint8Array, final: boolean): void => {
    try {
      decoder.push(chunk, final);
    } catch (error) {
      if (isSutureError(error)) throw error;
      throw new SutureError('COMPRESSION_INVALID', `${what} is not intact zstd: ${(error as Error).message}`, {
        cause: error,
      });
    }
  };
  for await (const chunk of source) {
    push(chunk, false);
    yield* ready;
    ready = [];
  }
  push(new Uint8Array(), true);
  yield* ready;
}
