import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Below this the answer of a thread takes longer than the work. */
const WORTH_A_THREAD = 256 * 1024;

/**
 * SHA-256, in hex, of a part of an open file; the descriptor must stay open until it is there. What lies in a cache is proven
 * before each use, hundreds of megabytes for an image: a thread does it while other things are prepared.
 * @throws Error of read(2); a file that ends early has the digest of what there is
 */
export async function sha256OfFile(descriptor: number, offset: number, size: number): Promise<string> {
  if (size < WORTH_A_THREAD) {
    const bytes = Buffer.allocUnsafe(size);
    const count = readSync(descriptor, bytes, 0, size, offset);
    return createHash('sha256').update(bytes.subarray(0, count)).digest('hex');
  }
  thread ??= new HashThread();
  return thread.run({ descriptor, offset, size });
}

let thread: HashThread | undefined;

interface Stretch {
  readonly descriptor: number;
  readonly offset: number;
  readonly size: number;
}

type Answer = { readonly hex: string } | { readonly failed: string };

class HashThread {
  readonly #worker = new Worker(PROGRAM, { eval: true, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 2 } });
  /** Answers come in the order of the questions. */
  readonly #waiting: { resolve(hex: string): void; reject(error: Error): void }[] = [];

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (answer: Answer) => {
      const waiting = this.#waiting.shift();
      if ('hex' in answer) waiting?.resolve(answer.hex);
      else waiting?.reject(new Error(answer.failed));
      // An idle thread does not keep the program from ending.
      if (this.#waiting.length === 0) this.#worker.unref();
    });
    this.#worker.on('error', (error) => this.#end(error as Error));
    this.#worker.on('exit', () => this.#end(new Error('the thread that hashes files ended early')));
  }

  run(stretch: Stretch): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#worker.ref();
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(stretch);
    });
  }

  #end(error: Error): void {
    if (thread === this) thread = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/** A string, because a worker needs its own file and neither the sources nor the bundle have one at a known place. */
const PROGRAM = `
const { createHash } = require('node:crypto');
const { readSync } = require('node:fs');
const { parentPort } = require('node:worker_threads');
const piece = Buffer.allocUnsafeSlow(512 * 1024);
parentPort.on('message', ({ descriptor, offset, size }) => {
  try {
    const hash = createHash('sha256');
    for (let done = 0; done < size; ) {
      const count = readSync(descriptor, piece, 0, Math.min(piece.length, size - done), offset + done);
      if (count === 0) break;
      hash.update(piece.subarray(0, count));
      done += count;
    }
    parentPort.postMessage({ hex: hash.digest('hex') });
  } catch (error) {
    parentPort.postMessage({ failed: String(error && error.message) });
  }
});
`;
