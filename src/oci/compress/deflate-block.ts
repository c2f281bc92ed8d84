import { Deflate } from 'pako';

/** Uncompressed bytes of a block: big enough that a block boundary costs nothing, small enough to keep every core busy. */
export const BLOCK_SIZE = 512 * 1024;
/** The history deflate can point into: a block that knows the end of the one before compresses as if it were not cut. */
export const WINDOW = 32 * 1024;

/**
 * Measured with pako 3.0.3 on 200 MB of a Debian /usr in two threads, size against gzip -6: level 4 +5.0 % and about 48 MB/s,
 * level 5 +2.7 % and 38 MB/s; on samples level 6 is 15 % slower than 5 for 0.5 % of size. Level 5 is the fastest within 3 %.
 * Changing it changes every layer digest.
 */
export const LEVEL = 5;

export interface DeflateTask {
  readonly data: Uint8Array;
  /** The last bytes before the block, at most WINDOW; empty for the first block. */
  readonly dictionary: Uint8Array;
  readonly last: boolean;
}

/** Names what the compressed bytes of a block depend on besides the block; changes with the version of pako or LEVEL. */
export const RECIPE = `pako 3.0.3, level ${LEVEL}, sync flush`;

/** zlib's flush values: Z_SYNC_FLUSH ends a block on a byte boundary, Z_FINISH ends the stream. */
const SYNC_FLUSH = 2;
const FINISH = 4;

/** Raw deflate data of one block; blocks put one after the other are one deflate stream (the method of pigz). */
export function deflateBlock(task: DeflateTask): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const options = { raw: true, level: LEVEL, chunkSize: 256 * 1024 } as const;
  const deflate = new Deflate(task.dictionary.length > 0 ? { ...options, dictionary: task.dictionary } : options);
  deflate.onData = (chunk) => chunks.push(chunk as Uint8Array);
  deflate.push(task.data, task.last ? FINISH : SYNC_FLUSH);
  if (deflate.err) throw new Error(`deflate failed: ${deflate.msg}`);
  return chunks;
}

/**
 * deflateBlock as the program of a worker: a string, because a worker needs its own file and neither the sources nor the
 * bundle have one at a known place. A test holds both to the same bytes.
 */
export const DEFLATE_WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const { Deflate } = require(workerData.pako);
parentPort.on('message', ({ data, dictionary, last }) => {
  const chunks = [];
  const options = { raw: true, level: workerData.level, chunkSize: 256 * 1024 };
  const deflate = new Deflate(dictionary.length > 0 ? { ...options, dictionary } : options);
  deflate.onData = (chunk) => chunks.push(chunk);
  deflate.push(data, last ? ${FINISH} : ${SYNC_FLUSH});
  if (deflate.err) throw new Error('deflate failed: ' + deflate.msg);
  parentPort.postMessage(chunks);
});
`;
