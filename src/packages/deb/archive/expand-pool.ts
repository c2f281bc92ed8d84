import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { EXPAND_WORKER, type ExpandAnswer, type ExpandTask } from './expand-worker.ts';

interface Job {
  readonly task: ExpandTask;
  resolve(answer: ExpandAnswer): void;
  reject(error: Error): void;
}

interface Thread {
  readonly worker: Worker;
  job: Job | undefined;
}

/**
 * Threads that decompress package data: xz is the main cost of a patch (60 MB/s per core). Threads start when there is
 * work for them and keep the process alive only while they work. The result of a task does not depend on their number.
 */
export class ExpandPool {
  readonly #limit: number;
  readonly #threads: Thread[] = [];
  readonly #queue: Job[] = [];

  constructor(threads: number = availableParallelism()) {
    this.#limit = Math.max(1, threads);
  }

  run(task: ExpandTask): Promise<ExpandAnswer> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ task, resolve, reject });
      this.#dispatch();
    });
  }

  /** Ends the threads. Waiting tasks fail. */
  async close(): Promise<void> {
    const ended = new Error('the decompression threads were closed');
    for (const job of this.#queue.splice(0)) job.reject(ended);
    await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.terminate()));
  }

  /** Ends the threads that have nothing to do: each holds the memory of a decoder. They start again with new work. */
  rest(): void {
    if (this.#queue.length > 0) return;
    for (const thread of this.#threads.filter(({ job }) => job === undefined)) {
      this.#threads.splice(this.#threads.indexOf(thread), 1);
      void thread.worker.terminate();
    }
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const thread = this.#threads.find(({ job }) => job === undefined) ?? this.#start();
      if (thread === undefined) return;
      const job = this.#queue.shift();
      if (job === undefined) return;
      thread.job = job;
      thread.worker.ref();
      thread.worker.postMessage(job.task);
    }
  }

  #start(): Thread | undefined {
    if (this.#threads.length >= this.#limit) return undefined;
    const { resolve } = createRequire(import.meta.url);
    const modules = { xz: resolve('xz-decompress'), fzstd: resolve('fzstd') };
    const thread: Thread = {
      worker: new Worker(EXPAND_WORKER, {
        ...{ eval: true, execArgv: [], workerData: modules },
        resourceLimits: { maxYoungGenerationSizeMb: 4 },
      }),
      job: undefined,
    };
    thread.worker.on('message', (answer: ExpandAnswer) => {
      const { job } = thread;
      thread.job = undefined;
      thread.worker.unref();
      job?.resolve(answer);
      this.#dispatch();
    });
    thread.worker.on('error', (error) => this.#lose(thread, error as Error));
    thread.worker.on('exit', () => this.#lose(thread, new Error('a decompression thread ended early')));
    this.#threads.push(thread);
    return thread;
  }

  #lose(thread: Thread, error: Error): void {
    const index = this.#threads.indexOf(thread);
    if (index >= 0) this.#threads.splice(index, 1);
    thread.job?.reject(error);
    thread.job = undefined;
    this.#dispatch();
  }
}

let shared: ExpandPool | undefined;

/** The pool of this process, one thread per core. */
export function decompressPool(): ExpandPool {
  shared ??= new ExpandPool();
  return shared;
}
