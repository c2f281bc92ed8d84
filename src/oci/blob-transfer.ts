import type { Digest } from '../core/digest.ts';
import type { Progress } from '../core/progress.ts';
import type { ByteStream } from '../core/streams.ts';
import type { Descriptor } from './model.ts';
import type { BlobOutcome, ImageSink } from './source.ts';

interface Task {
  readonly descriptor: Descriptor;
  readonly open: () => ByteStream;
}

/**
 * Moves blobs to a sink, each digest once, a few at a time. Progress is one step over all bytes, whose `done` only rises:
 * a blob that was there counts in full, one that is sent again after a broken upload is not counted twice.
 */
export class BlobTransfer {
  readonly #sink: ImageSink;
  readonly #progress: Progress;
  readonly #title: string;
  readonly #mountFrom: string | undefined;
  readonly #concurrency: number;
  readonly #tasks = new Map<Digest, Task>();
  readonly #outcomes: Record<BlobOutcome, number> = { present: 0, mounted: 0, written: 0 };
  #done = 0;

  constructor(
    sink: ImageSink,
    progress: Progress,
    title: string,
    options: { readonly mountFrom?: string; readonly concurrency?: number },
  ) {
    this.#sink = sink;
    this.#progress = progress;
    this.#title = title;
    this.#mountFrom = options.mountFrom;
    this.#concurrency = Math.max(1, options.concurrency ?? 4);
  }

  add(descriptor: Descriptor, open: () => ByteStream): void {
    if (!this.#tasks.has(descriptor.digest)) this.#tasks.set(descriptor.digest, { descriptor, open });
  }

  /** Runs to the end; after the first failure no new blob is begun, and it is thrown when those under way have ended. */
  async run(): Promise<void> {
    const tasks = [...this.#tasks.values()];
    const total = tasks.reduce((sum, task) => sum + task.descriptor.size, 0);
    const id = `copy ${this.#title}`;
    this.#progress.emit({ kind: 'start', id, title: this.#title, total, unit: 'bytes' });
    const queue = tasks.values();
    const failures: unknown[] = [];
    const worker = async () => {
      for (const task of queue) {
        if (failures.length > 0) return;
        await this.#move(task, id, total).catch((error: unknown) => failures.push(error));
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#concurrency, tasks.length) }, worker));
    if (failures.length > 0) throw failures[0];
    const { written, mounted, present } = this.#outcomes;
    this.#progress.emit({ kind: 'end', id, summary: `${written} written, ${mounted} mounted, ${present} present` });
  }

  async #move({ descriptor, open }: Task, id: string, total: number): Promise<void> {
    let counted = 0;
    const advance = (bytes: number) => {
      if (bytes <= counted) return;
      this.#done += bytes - counted;
      counted = bytes;
      this.#progress.emit({ kind: 'advance', id, done: this.#done, total });
    };
    const outcome = await this.#sink.putBlob(descriptor, () => counting(open(), advance), this.#mountFrom);
    this.#outcomes[outcome]++;
    advance(descriptor.size);
  }
}

async function* counting(stream: ByteStream, advance: (bytes: number) => void): ByteStream {
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    yield chunk;
    advance(bytes);
  }
}
