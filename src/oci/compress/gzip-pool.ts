import { Worker } from 'node:worker_threads';
import { compressorModule, GZIP_WORKER, LEVEL } from './gzip-block.ts';

type Waiting = { readonly resolve: (member: Uint8Array) => void; readonly reject: (error: Error) => void };

/** Worker threads that compress blocks, a few queued at each so that none waits for the main thread. */
export class GzipPool {
  readonly #workers: GzipWorker[];

  constructor(size: number) {
    this.#workers = Array.from({ length: size }, () => new GzipWorker());
  }

  /** As gzipBlock; the block was copied and may be used again when this returns. */
  run(block: Uint8Array): Promise<Uint8Array> {
    const idlest = this.#workers.reduce((best, worker) => (worker.load < best.load ? worker : best));
    return idlest.run(block);
  }

  /** Ends the threads; the process would not exit otherwise. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

class GzipWorker {
  readonly #worker: Worker;
  /** Answers come in the order of the blocks. */
  readonly #waiting: Waiting[] = [];

  constructor() {
    // No options of the process: a loader would slow the start, --input-type would make the program a module.
    const workerData = { module: compressorModule(), level: LEVEL };
    this.#worker = new Worker(GZIP_WORKER, {
      eval: true,
      execArgv: [],
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    this.#worker.on('message', (member: Uint8Array) => this.#waiting.shift()?.resolve(member));
    this.#worker.on('error', (error) => this.#fail(error as Error));
    this.#worker.on('exit', () => this.#fail(new Error('a compression thread ended early')));
  }

  get load(): number {
    return this.#waiting.length;
  }

  run(block: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      // A view of a larger buffer would be sent with all of the buffer.
      this.#worker.postMessage(block.length === block.buffer.byteLength ? block : block.slice());
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }
}
