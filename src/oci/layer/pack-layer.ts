import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { type Digest, Digester } from '../../core/digest.ts';
import type { ByteStream } from '../../core/streams.ts';
import { BlockCutter } from '../compress/block-cutter.ts';
import { BlockStore } from '../compress/block-store.ts';
import { gzipBlocks } from '../compress/gzip.ts';
import { BLOCK_SIZE } from '../compress/gzip-block.ts';
import { type Descriptor, type Layer, MEDIA_TYPES } from '../model.ts';
import { type ReadyTarEntry, tarPieces } from '../tar/write.ts';
import { BlobCache } from './blob-cache.ts';
import type { LayerStore } from './layer-store.ts';

export interface PackOptions {
  readonly cacheDir: string;
  /** As the other layers of the manifest have it; default the OCI type. The content is gzip in any case. */
  readonly mediaType?: typeof MEDIA_TYPES.ociLayerGzip | typeof MEDIA_TYPES.dockerLayerGzip;
  /** Reads the layer back while it is written: what comes out of the compressed bytes is in the store afterwards. */
  readonly readBack?: LayerStore;
  /** Ends the work at the next block. */
  readonly signal?: AbortSignal;
}

/** A layer made here; its blob lies in the blob cache, under its digest. */
export interface PackedLayer extends Layer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  /** Bytes of the compressed blob. */
  readonly size: number;
  readonly uncompressedSize: number;
  open(): ByteStream;
}

/**
 * Writes entries as a gzip layer blob in one pass: tar, diff ID, compression, digest, file. The bytes depend on the entries only.
 * @throws SutureError CACHE_UNWRITABLE and the errors of writeTar; with `readBack` also DIGEST_MISMATCH, COMPRESSION_INVALID
 * and TAR_INVALID, when the compressed bytes are not the layer. Nothing is left then
 */
export async function packLayer(entries: Iterable<ReadyTarEntry>, options: PackOptions): Promise<PackedLayer> {
  const blobs = new BlobCache(options.cacheDir);
  const plain = new TarBlocks(entries, options.signal);
  const packed = new Digester();
  const file = await blobs.create('layer');
  const reader = options.readBack === undefined ? undefined : new ReadBack(options.readBack, () => plain.diffId());
  try {
    const store = new BlockStore(options.cacheDir);
    for await (const chunk of gzipBlocks(plain, { store, recycle: (block) => plain.recycle(block) })) {
      packed.update(chunk);
      file.write(chunk);
      await reader?.write(chunk);
    }
    await reader?.end();
    const digest = packed.digest();
    await file.publish(blobs.path(digest));
    const descriptor = { mediaType: options.mediaType ?? MEDIA_TYPES.ociLayerGzip, digest, size: packed.size };
    const open = (): ByteStream => blobs.open(descriptor);
    return {
      descriptor,
      diffId: plain.diffId(),
      size: packed.size,
      uncompressedSize: plain.size,
      open,
      compressed: open,
    };
  } finally {
    await reader?.close();
    await file.discard();
  }
}

/** A tar in blocks, that knows its digest once it has ended. */
class TarBlocks implements Iterable<Uint8Array> {
  readonly #entries: Iterable<ReadyTarEntry>;
  readonly #signal: AbortSignal | undefined;
  readonly #digester = new Digester();
  readonly #cutter = new BlockCutter();
  #diffId: Digest | undefined;

  constructor(entries: Iterable<ReadyTarEntry>, signal: AbortSignal | undefined) {
    this.#entries = entries;
    this.#signal = signal;
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    const scratch = new Uint8Array(BLOCK_SIZE);
    for (const piece of tarPieces(this.#entries, scratch))
      for (const block of this.#cutter.add(piece)) yield this.#passed(block);
    for (const block of this.#cutter.end()) yield this.#passed(block);
  }

  #passed(block: Uint8Array): Uint8Array {
    this.#signal?.throwIfAborted();
    this.#digester.update(block);
    return block;
  }

  recycle(block: Uint8Array): void {
    this.#cutter.recycle(block);
  }

  get size(): number {
    return this.#digester.size;
  }

  diffId(): Digest {
    this.#diffId ??= this.#digester.digest();
    return this.#diffId;
  }
}

/** Hands the blob to the store while it is being written, so that decompressing it costs no time of its own. */
class ReadBack {
  readonly #stream = new PassThrough({ highWaterMark: 1024 * 1024 });
  readonly #received: Promise<unknown>;

  constructor(store: LayerStore, diffId: () => Digest) {
    this.#stream.on('error', () => {});
    this.#received = store.receive(this.#stream, diffId);
    // A store that fails stops the writer, which would wait for ever for a reader.
    this.#received.catch((error: unknown) => this.#stream.destroy(error as Error));
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#stream.destroyed) await this.#received;
    if (!this.#stream.write(chunk)) await once(this.#stream, 'drain');
  }

  /** @throws SutureError when what was written is not the layer */
  async end(): Promise<void> {
    this.#stream.end();
    await this.#received;
  }

  /** Stops reading after a failure; after `end` it does nothing. */
  async close(): Promise<void> {
    this.#stream.destroy();
    await this.#received.catch(() => {});
  }
}
