import { readSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, Digester, digestAlgorithm, digestHex } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import type { Progress } from '../../core/progress.ts';
import type { ByteStream } from '../../core/streams.ts';
import { decompress } from '../compress/decompress.ts';
import type { Layer } from '../model.ts';
import { readTar } from '../tar/read.ts';
import { BlobCache } from './blob-cache.ts';
import { CacheFile } from './cache-file.ts';
import { DescriptorPool } from './descriptor-pool.ts';
import { LayerIndex, LayerIndexBuilder } from './layer-index.ts';

export interface LayerStoreOptions {
  /** Also keep the compressed blob, so that pushing or exporting the base needs no second pull. */
  readonly keepCompressed?: boolean;
}

interface Building {
  /** Names the layer in messages. */
  readonly what: string;
  readonly algorithm: 'sha256' | 'sha512';
  /** Start of temporary names. */
  readonly stem: string;
  readonly diffId: () => Digest;
}

/** An index may live long, and a descriptor for every layer of a fleet would be too many. */
const DESCRIPTORS = new DescriptorPool(32);

/** Advance events are this far apart at least, in bytes. */
const PROGRESS_STEP = 4 * 1024 * 1024;

/**
 * Decompressed layers on disk, by diff ID: `<cache>/layers/<algorithm>/<hex>.tar` with its index `<hex>.idx` beside it. The
 * index is published after the tar, so its presence says that both are complete. Several processes may share a cache.
 */
export class LayerStore {
  readonly blobs: BlobCache;
  readonly #directory: string;
  readonly #keepCompressed: boolean;
  readonly #running = new Map<Digest, Promise<LayerIndex>>();

  constructor(cacheDirectory: string, options: LayerStoreOptions = {}) {
    this.#directory = join(cacheDirectory, 'layers');
    this.blobs = new BlobCache(cacheDirectory);
    this.#keepCompressed = options.keepCompressed ?? false;
  }

  /**
   * The index of a layer, from the cache or in one pass over its blob: verify, decompress, check the diff ID, store, index.
   * `layer.compressed()` is not called when the cache has the layer.
   * @throws SutureError DIGEST_MISMATCH, TAR_INVALID, COMPRESSION_INVALID, PATH_UNSAFE, CACHE_UNWRITABLE; nothing is left then
   */
  expand(layer: Layer, progress: Progress): Promise<LayerIndex> {
    const running = this.#running.get(layer.diffId);
    if (running) return running;
    const work = this.#expand(layer, progress).finally(() => this.#running.delete(layer.diffId));
    this.#running.set(layer.diffId, work);
    return work;
  }

  /** The index when the cache holds the layer whole, else undefined. */
  async cached(diffId: Digest): Promise<LayerIndex | undefined> {
    const bytes = await readFile(this.#path(diffId, '.idx')).catch(() => undefined);
    const index = bytes && LayerIndex.decode(bytes, diffId, fileReader(this.#path(diffId, '.tar')));
    if (!index) return undefined;
    // A full check would cost as much as pulling; size tells truncation by a crash of the machine.
    const tar = await stat(this.#path(diffId, '.tar')).catch(() => undefined);
    return tar?.size === index.tarSize ? index : undefined;
  }

  #path(diffId: Digest, extension: '.tar' | '.idx'): string {
    return join(this.#directory, digestAlgorithm(diffId), `${digestHex(diffId)}${extension}`);
  }

  async #expand(layer: Layer, progress: Progress): Promise<LayerIndex> {
    const cached = await this.cached(layer.diffId);
    if (cached) return cached;
    const { descriptor, diffId } = layer;
    const id = `layer ${diffId}`;
    const title = `Expand layer ${digestHex(descriptor.digest).slice(0, 12)}`;
    progress.emit({ kind: 'start', id, title, total: descriptor.size, unit: 'bytes' });
    const index = await this.#build(counted(await this.#source(layer), descriptor.size, id, progress), {
      what: id,
      algorithm: digestAlgorithm(diffId),
      stem: digestHex(diffId),
      diffId: () => diffId,
    });
    progress.emit({ kind: 'end', id, summary: `${index.count} entries` });
    return index;
  }

  async #source(layer: Layer): Promise<ByteStream> {
    if (await this.blobs.has(layer.descriptor)) return this.blobs.open(layer.descriptor);
    return this.#keepCompressed ? this.blobs.tee(layer.descriptor, layer.compressed()) : layer.compressed();
  }

  /**
   * Takes a layer that is being made: as `expand`, from the compressed bytes on their way.
   * @param diffId called when the stream has ended
   * @throws SutureError as expand
   */
  receive(compressed: ByteStream, diffId: () => Digest): Promise<LayerIndex> {
    return this.#build(compressed, { what: 'the new layer', algorithm: 'sha256', stem: 'layer', diffId });
  }

  async #build(compressed: ByteStream, { what, algorithm, stem, diffId }: Building): Promise<LayerIndex> {
    const tar = await CacheFile.create(join(this.#directory, algorithm), stem);
    try {
      const digester = new Digester(algorithm);
      const builder = new LayerIndexBuilder(what);
      for await (const entry of readTar(stored(decompress(compressed, what), digester, tar), what)) builder.add(entry);
      const [actual, expected] = [digester.digest(), diffId()];
      if (actual !== expected) {
        throw new SutureError(
          'DIGEST_MISMATCH',
          `The layer decompresses to ${actual}; the image config says ${expected}`,
        );
      }
      const encoded = builder.encode(expected, digester.size);
      await tar.publish(this.#path(expected, '.tar'));
      await this.#writeIndex(expected, encoded);
      const index = LayerIndex.decode(encoded, expected, fileReader(this.#path(expected, '.tar')));
      if (!index) throw new Error('the layer index just written does not decode');
      return index;
    } finally {
      await tar.discard();
    }
  }

  async #writeIndex(diffId: Digest, encoded: Uint8Array): Promise<void> {
    const file = await CacheFile.create(join(this.#directory, digestAlgorithm(diffId)), digestHex(diffId));
    try {
      file.write(encoded);
      await file.publish(this.#path(diffId, '.idx'));
    } finally {
      await file.discard();
    }
  }
}

/** Hashes and stores a stream on its way; the write of a chunk runs while the next one is decompressed. */
async function* stored(stream: ByteStream, digester: Digester, file: CacheFile): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    file.write(chunk);
    digester.update(chunk);
    yield chunk;
  }
}

async function* counted(stream: ByteStream, total: number, id: string, progress: Progress): AsyncGenerator<Uint8Array> {
  let done = 0;
  let told = 0;
  for await (const chunk of stream) {
    done += chunk.length;
    if (done - told >= PROGRESS_STEP) {
      progress.emit({ kind: 'advance', id, done, total });
      told = done;
    }
    yield chunk;
  }
}

function fileReader(path: string) {
  return (offset: number, target: Uint8Array): void => {
    try {
      const descriptor = DESCRIPTORS.open(path);
      for (let at = 0; at < target.length; ) {
        const count = readSync(descriptor, target, at, target.length - at, offset + at);
        if (count === 0) throw new Error('the file is shorter than its index says');
        at += count;
      }
    } catch (error) {
      throw new SutureError('FILE_UNREADABLE', `Cannot read ${path}: ${(error as Error).message}`, { cause: error });
    }
  };
}
