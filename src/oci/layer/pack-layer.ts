import { type Digest, Digester } from '../../core/digest.ts';
import type { ByteStream } from '../../core/streams.ts';
import { gzip } from '../compress/gzip.ts';
import { type Descriptor, type Layer, MEDIA_TYPES } from '../model.ts';
import { type TarWriteEntry, writeTar } from '../tar/write.ts';
import { BlobCache } from './blob-cache.ts';

export interface PackOptions {
  readonly cacheDir: string;
  /** As the other layers of the manifest have it; default the OCI type. The content is gzip in any case. */
  readonly mediaType?: typeof MEDIA_TYPES.ociLayerGzip | typeof MEDIA_TYPES.dockerLayerGzip;
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
 * @throws SutureError CACHE_UNWRITABLE and the errors of writeTar; nothing is left then
 */
export async function packLayer(
  entries: Iterable<TarWriteEntry> | AsyncIterable<TarWriteEntry>,
  options: PackOptions,
): Promise<PackedLayer> {
  const blobs = new BlobCache(options.cacheDir);
  const plain = new Digester();
  const packed = new Digester();
  const file = await blobs.create('layer');
  try {
    for await (const chunk of gzip(digested(writeTar(entries), plain))) {
      packed.update(chunk);
      await file.write(chunk);
    }
    const digest = packed.digest();
    await file.publish(blobs.path(digest));
    const descriptor = { mediaType: options.mediaType ?? MEDIA_TYPES.ociLayerGzip, digest, size: packed.size };
    const open = (): ByteStream => blobs.open(descriptor);
    return {
      descriptor,
      diffId: plain.digest(),
      size: packed.size,
      uncompressedSize: plain.size,
      open,
      compressed: open,
    };
  } finally {
    await file.discard();
  }
}

async function* digested(stream: ByteStream, digester: Digester): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    digester.update(chunk);
    yield chunk;
  }
}
