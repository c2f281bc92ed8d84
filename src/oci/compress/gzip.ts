import { availableParallelism } from 'node:os';
import { crc32 } from 'node:zlib';
import type { ByteStream } from '../../core/streams.ts';
import { BlockCutter, type Piece } from './block-cutter.ts';
import { BLOCK_SIZE, type DeflateTask, deflateBlock } from './deflate-block.ts';
import { DeflatePool } from './deflate-pool.ts';
import type { DeflateStore } from './deflate-store.ts';

export interface GzipOptions {
  /** Compression threads; the result does not depend on it. Default: one for each core. */
  readonly threads?: number;
  /** Remembers compressed blocks; the result does not depend on it. */
  readonly store?: DeflateStore;
}

/** So many bytes are compressed before a thread would have started. */
const IN_PROCESS = 2 * BLOCK_SIZE;

/** A smaller block is compressed sooner than it is found again. */
const WORTH_KEEPING = 4 * 1024;

/** No flags, no time stamp, XFL 0 and OS 255 ("unknown"): nothing of the machine shows (RFC 1952). */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

/**
 * Compresses to one gzip member whose bytes depend on the input only: not on its chunks, the number of threads, the machine
 * or the build of Node. Hence pako: the zlib inside Node differs between builds (Chromium's, Debian's, s390x hardware).
 */
export function gzip(stream: ByteStream, options: GzipOptions = {}): AsyncGenerator<Uint8Array> {
  return gzipPieces(asPieces(stream), options);
}

async function* asPieces(stream: ByteStream): AsyncGenerator<Piece> {
  for await (const bytes of stream) yield { bytes, ofFile: false };
}

/** gzip for content of which large files are known; they are compressed each for itself. */
export async function* gzipPieces(pieces: AsyncIterable<Piece>, options: GzipOptions = {}): AsyncGenerator<Uint8Array> {
  const checksum = { crc: 0, size: 0 };
  yield HEADER;
  for await (const chunks of inOrder(blocks(measured(pieces, checksum)), options)) yield* chunks;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum.crc, 0);
  trailer.writeUInt32LE(checksum.size % 2 ** 32, 4);
  yield trailer;
}

async function* measured(pieces: AsyncIterable<Piece>, checksum: { crc: number; size: number }): AsyncGenerator<Piece> {
  for await (const piece of pieces) {
    checksum.crc = crc32(piece.bytes, checksum.crc);
    checksum.size += piece.bytes.length;
    yield piece;
  }
}

async function* blocks(pieces: AsyncIterable<Piece>): AsyncGenerator<DeflateTask> {
  const cutter = new BlockCutter();
  for await (const piece of pieces) yield* cutter.add(piece);
  yield* cutter.end();
}

/** Runs tasks in threads and gives the results in the order of the tasks, with a bounded number of bytes under way. */
async function* inOrder(tasks: AsyncIterable<DeflateTask>, options: GzipOptions): AsyncGenerator<Uint8Array[]> {
  const threads = options.threads ?? availableParallelism();
  const compressor = new Compressor(threads, options.store);
  const running: { readonly size: number; readonly result: Promise<Uint8Array[]> }[] = [];
  let underWay = 0;
  try {
    for await (const task of tasks) {
      const size = task.data.length;
      running.push({ size, result: watched(compressor.run(task)) });
      underWay += size;
      while (underWay > threads * 3 * BLOCK_SIZE) {
        const first = running.shift();
        underWay -= first?.size ?? 0;
        yield (await first?.result) ?? [];
      }
    }
    for (const { result } of running.splice(0)) yield await result;
  } finally {
    await compressor.close();
  }
}

/** Compresses the first blocks itself and starts threads when there are more. */
class Compressor {
  readonly #threads: number;
  readonly #store: DeflateStore | undefined;
  #done = 0;
  #pool: DeflatePool | undefined;

  constructor(threads: number, store: DeflateStore | undefined) {
    this.#threads = threads;
    this.#store = store;
  }

  run(task: DeflateTask): Promise<Uint8Array[]> {
    const compress = () => this.#compress(task);
    return this.#store !== undefined && task.data.length >= WORTH_KEEPING
      ? this.#store.deflated(task, compress)
      : compress();
  }

  async #compress(task: DeflateTask): Promise<Uint8Array[]> {
    this.#done += task.data.length;
    if (this.#pool === undefined && this.#done <= IN_PROCESS) return deflateBlock(task);
    this.#pool ??= new DeflatePool(this.#threads);
    return this.#pool.run(task);
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }
}

/** A rejection is seen when its turn comes; until then it must not count as unhandled. */
function watched(result: Promise<Uint8Array[]>): Promise<Uint8Array[]> {
  result.catch(() => {});
  return result;
}
