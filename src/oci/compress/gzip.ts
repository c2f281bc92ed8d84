import { availableParallelism } from 'node:os';
import { crc32 } from 'node:zlib';
import type { ByteStream } from '../../core/streams.ts';
import { BLOCK_SIZE, type DeflateTask, deflateBlock, WINDOW } from './deflate-block.ts';
import { DeflatePool } from './deflate-pool.ts';

export interface GzipOptions {
  /** Compression threads; the result does not depend on it. Default: one for each core. */
  readonly threads?: number;
}

/** Inputs up to this many blocks are done before a thread would have started. */
const IN_PROCESS_BLOCKS = 2;

/** No flags, no time stamp, XFL 0 and OS 255 ("unknown"): nothing of the machine shows (RFC 1952). */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

/**
 * Compresses to one gzip member whose bytes depend on the input only: not on its chunks, the number of threads, the machine
 * or the build of Node. Hence pako: the zlib inside Node differs between builds (Chromium's, Debian's, s390x hardware).
 */
export async function* gzip(stream: ByteStream, options: GzipOptions = {}): AsyncGenerator<Uint8Array> {
  const checksum = { crc: 0, size: 0 };
  yield HEADER;
  const threads = options.threads ?? availableParallelism();
  for await (const chunks of inOrder(blocks(measured(stream, checksum)), threads)) yield* chunks;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum.crc, 0);
  trailer.writeUInt32LE(checksum.size % 2 ** 32, 4);
  yield trailer;
}

async function* measured(stream: ByteStream, checksum: { crc: number; size: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    checksum.crc = crc32(chunk, checksum.crc);
    checksum.size += chunk.length;
    yield chunk;
  }
}

/** Cuts a stream into blocks of BLOCK_SIZE, each with the WINDOW before it; always at least one, the last marked. */
async function* blocks(stream: ByteStream): AsyncGenerator<DeflateTask> {
  let dictionary: Uint8Array = new Uint8Array();
  let block = new Uint8Array(BLOCK_SIZE);
  let filled = 0;
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length; ) {
      if (filled === BLOCK_SIZE) {
        // Only now is it certain that this block is not the last one.
        yield { data: block, dictionary, last: false };
        dictionary = block.slice(BLOCK_SIZE - WINDOW);
        block = new Uint8Array(BLOCK_SIZE);
        filled = 0;
      }
      const piece = chunk.subarray(at, at + BLOCK_SIZE - filled);
      block.set(piece, filled);
      filled += piece.length;
      at += piece.length;
    }
  }
  yield { data: block.slice(0, filled), dictionary, last: true };
}

/** Runs tasks in threads and gives the results in the order of the tasks, with a bounded number of them under way. */
async function* inOrder(tasks: AsyncIterable<DeflateTask>, threads: number): AsyncGenerator<Uint8Array[]> {
  const running: Promise<Uint8Array[]>[] = [];
  const early: DeflateTask[] = [];
  let pool: DeflatePool | undefined;
  try {
    for await (const task of tasks) {
      if (!pool && early.length < IN_PROCESS_BLOCKS) {
        early.push(task);
        continue;
      }
      pool ??= new DeflatePool(threads);
      for (const next of [...early.splice(0), task]) running.push(watched(pool.run(next)));
      while (running.length > threads * 3) yield (await running.shift()) ?? [];
    }
    for (const task of early) yield deflateBlock(task);
    for (const result of running.splice(0)) yield await result;
  } finally {
    await pool?.close();
  }
}

/** A rejection is seen when its turn comes; until then it must not count as unhandled. */
function watched(result: Promise<Uint8Array[]>): Promise<Uint8Array[]> {
  result.catch(() => {});
  return result;
}
