import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { DEFLATE_WORKER, type DeflateTask, LEVEL } from './deflate-block.ts';

type Waiting = { readonly resolve: (chunks: Uint8Array[]) => void; readonly reject: (error: Error) => void };

/** Worker threads that compress blocks, a few tasks queued at each so that none waits for the main thread. */
export class DeflatePool {
  readonly #workers: DeflateWorker[];

  constructor(size: number) {
    this.#workers = Array.from({ length: size }, () => new DeflateWorker());
  }

  run(task: DeflateTask): Promise<Uint8Array[]> {
    const idlest = this.#workers.reduce((best, worker) => (worker.load < best.load ? worker : best));
    return idlest.run(task);
  }

  /** Ends the threads; the process would not exit otherwise. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

class DeflateWorker {
  readonly #worker: Worker;
  /** Answers come in the order of the tasks. */
  readonly #waiting: Waiting[] = [];

  constructor() {
    const pako = createRequire(import.meta.url).resolve('pako');
    // No options of the process: a loader would slow the start, --input-type would make the program a module.
    this.#worker = new Worker(DEFLATE_WORKER, { eval: true, execArgv: [], workerData: { pako, level: LEVEL } });
    this.#worker.on('message', (chunks: Uint8Array[]) => this.#waiting.shift()?.resolve(chunks));
    this.#worker.on('error', (error) => this.#fail(error as Error));
    this.#worker.on('exit', () => this.#fail(new Error('a compression thread ended early')));
  }

  get load(): number {
    return this.#waiting.length;
  }

  run(task: DeflateTask): Promise<Uint8Array[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(task);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }
}
