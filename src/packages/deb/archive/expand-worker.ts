/** One decompression, done in a thread: a range of a file, to memory or, above `memoryLimit`, to a new file at `spool`. */
export interface ExpandTask {
  readonly file: string;
  readonly offset: number;
  readonly size: number;
  readonly compression: 'xz' | 'zst';
  readonly limit: number;
  readonly ratio: number;
  /** Output up to this size is not judged by its ratio. */
  readonly ratioFree: number;
  readonly memoryLimit: number;
  readonly spool: string;
}

export type ExpandAnswer =
  | { readonly kind: 'memory'; readonly bytes: Uint8Array; readonly sha256: string }
  | { readonly kind: 'file'; readonly size: number; readonly sha256: string }
  | { readonly kind: 'failed'; readonly reason: 'corrupt' | 'limit' | 'io'; readonly message: string };

/**
 * Source of the thread. Plain JavaScript in a string: the same works from the sources and from the bundle, where no file
 * of its own exists. It loads the decompressors by the absolute paths given in `workerData`.
 */
export const EXPAND_WORKER = `'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { ReadableStream } = require('node:stream/web');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { XzReadableStream } = require(workerData.xz);
const { Decompress } = require(workerData.fzstd);
class Stop extends Error { constructor(reason, message) { super(message); this.reason = reason; } }

function* ranges(task) {
  const fd = fs.openSync(task.file, 'r');
  try {
    for (let done = 0; done < task.size; ) {
      const piece = Buffer.allocUnsafeSlow(Math.min(1 << 18, task.size - done));
      const count = fs.readSync(fd, piece, 0, piece.length, task.offset + done);
      if (count === 0) throw new Stop('io', 'the file became shorter');
      done += count;
      yield piece.subarray(0, count);
    }
  } finally { fs.closeSync(fd); }
}

class Sink {
  constructor(task) { this.task = task; this.hash = createHash('sha256'); this.size = 0; this.chunks = []; this.fd = undefined; }
  write(chunk) {
    this.size += chunk.length;
    if (this.size > this.task.limit) throw new Stop('limit', 'larger than ' + this.task.limit + ' bytes');
    if (this.size > this.task.ratioFree && this.size / this.task.size > this.task.ratio) throw new Stop('limit', 'compressed more than ' + this.task.ratio + ' times');
    this.hash.update(chunk);
    this.chunks.push(chunk);
    if (this.size <= this.task.memoryLimit) return;
    if (this.fd === undefined) this.fd = fs.openSync(this.task.spool, 'wx', 0o600);
    for (const piece of this.chunks) for (let done = 0; done < piece.length; ) done += fs.writeSync(this.fd, piece, done);
    this.chunks = [];
  }
  close() { if (this.fd !== undefined) fs.closeSync(this.fd); }
}

async function expand(task, sink) {
  if (task.compression === 'xz') {
    const stream = new XzReadableStream(ReadableStream.from(ranges(task)));
    for await (const chunk of stream) sink.write(chunk);
    return;
  }
  let wrote;
  const decoder = new Decompress((chunk) => {
    try { sink.write(chunk); } catch (error) { wrote = error; throw error; }
  });
  try {
    for (const piece of ranges(task)) decoder.push(piece, false);
    decoder.push(new Uint8Array(), true);
  } catch (error) { throw wrote ?? error; }
}

async function run(task) {
  const sink = new Sink(task);
  try {
    await expand(task, sink);
  } catch (error) {
    sink.close();
    if (sink.fd !== undefined) fs.rmSync(task.spool, { force: true });
    const reason = error instanceof Stop ? error.reason : error && error.syscall ? 'io' : 'corrupt';
    return [{ kind: 'failed', reason, message: String(error && error.message) }, []];
  }
  sink.close();
  const sha256 = sink.hash.digest('hex');
  if (sink.fd !== undefined) return [{ kind: 'file', size: sink.size, sha256 }, []];
  const bytes = new Uint8Array(sink.size);
  let at = 0;
  for (const chunk of sink.chunks) { bytes.set(chunk, at); at += chunk.length; }
  return [{ kind: 'memory', bytes, sha256 }, [bytes.buffer]];
}

parentPort.on('message', async (task) => {
  const [answer, transfer] = await run(task);
  parentPort.postMessage(answer, transfer);
});
`;
