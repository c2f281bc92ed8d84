import { availableParallelism } from 'node:os';
import type { ByteStream } from '../../core/streams.ts';
import { BlockCutter } from './block-cutter.ts';
import type { BlockStore } from './block-store.ts';
import { BLOCK_SIZE, gzipBlock } from './gzip-block.ts';
import { GzipPool } from './gzip-pool.ts';

export interface GzipOptions {
  /** Compression threads; the result does not depend on it. Default: one for each core. */
  readonly threads?: number;
  /** Remembers compressed blocks; the result does not depend on it. */
  readonly store?: BlockStore;
  /** Told of every block that is not looked at any more. */
  readonly recycle?: (block: Uint8Array) => void;
}

/** So many bytes are compressed before a thread would have started. */
const IN_PROCESS = 2 * BLOCK_SIZE;

/** A smaller block is compressed sooner than it is found again. */
const WORTH_KEEPING = 4 * 1024;

/**
 * Compresses to gzip whose bytes depend on the input only: not on its chunks, the number of threads, the machine or the
 * build of Node.
 */
export function gzip(stream: ByteStream, options: GzipOptions = {}): AsyncGenerator<Uint8Array> {
  return gzipBlocks(cut(stream), options);
}

async function* cut(stream: ByteStream): AsyncGenerator<Uint8Array> {
  const cutter = new BlockCutter();
  for await (const bytes of stream) yield* cutter.add({ bytes, ofFile: false });
  yield* cutter.end();
}

/** gzip of blocks, each of at most BLOCK_SIZE; compressed in threads and given in order, with a bounded number under way. */
export async function* gzipBlocks(
  blocks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: GzipOptions = {},
): AsyncGenerator<Uint8Array> {
  const threads = options.threads ?? availableParallelism();
  const compressor = new Compressor(threads, options);
  const running: { readonly size: number; readonly result: Promise<Uint8Array> | Uint8Array }[] = [];
  let underWay = 0;
  try {
    for await (const block of blocks) {
      const size = block.length;
      running.push({ size, result: compressor.run(block) });
      underWay += size;
      while (running.length > 0 && (underWay > threads * 3 * BLOCK_SIZE || running[0]?.result instanceof Uint8Array)) {
        const first = running.shift();
        underWay -= first?.size ?? 0;
        if (first !== undefined) yield await first.result;
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
  readonly #options: GzipOptions;
  #done = 0;
  #pool: GzipPool | undefined;

  constructor(threads: number, options: GzipOptions) {
    this.#threads = threads;
    this.#options = options;
  }

  /** The member at once where it is known. */
  run(block: Uint8Array): Promise<Uint8Array> | Uint8Array {
    const { store, recycle } = this.#options;
    const path = block.length >= WORTH_KEEPING ? store?.path(block) : undefined;
    const found = path === undefined ? undefined : store?.find(path);
    const member = found ?? this.#compress(block);
    recycle?.(block);
    if (path === undefined || found !== undefined) return member;
    return watched(this.#kept(path, member));
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }

  #compress(block: Uint8Array): Promise<Uint8Array> | Uint8Array {
    this.#done += block.length;
    if (this.#pool === undefined && this.#done <= IN_PROCESS) return gzipBlock(block);
    this.#pool ??= new GzipPool(this.#threads);
    return watched(this.#pool.run(block));
  }

  async #kept(path: string, member: Promise<Uint8Array> | Uint8Array): Promise<Uint8Array> {
    const made = await member;
    await this.#options.store?.keep(path, made);
    return made;
  }
}

/** A rejection is seen when its turn comes; until then it must not count as unhandled. */
function watched(result: Promise<Uint8Array>): Promise<Uint8Array> {
  result.catch(() => {});
  return result;
}
