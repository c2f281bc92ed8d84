import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestAlgorithm, digestHex } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { type ByteStream, verified } from '../../core/streams.ts';
import type { Descriptor } from '../model.ts';
import { CacheFile } from './cache-file.ts';

type BlobName = Pick<Descriptor, 'digest' | 'size'>;

/** Blobs by digest under `<cache>/blobs/<algorithm>/<hex>`; whatever is there was verified when it was written. */
export class BlobCache {
  readonly #directory: string;

  constructor(cacheDirectory: string) {
    this.#directory = join(cacheDirectory, 'blobs');
  }

  path(digest: Digest): string {
    return join(this.#directory, digestAlgorithm(digest), digestHex(digest));
  }

  /** True when the blob is there with the right size; the digest is proved when it is read. */
  async has(blob: BlobName): Promise<boolean> {
    const info = await stat(this.path(blob.digest)).catch(() => undefined);
    return info?.isFile() === true && info.size === blob.size;
  }

  /** @throws SutureError DIGEST_MISMATCH when the disk changed it; FILE_UNREADABLE */
  open(blob: BlobName): ByteStream {
    return verified(readFileStream(this.path(blob.digest)), blob, `cached blob ${blob.digest}`);
  }

  /** Stores a blob, verified. @throws SutureError DIGEST_MISMATCH, CACHE_UNWRITABLE; nothing is left then */
  async put(blob: BlobName, stream: ByteStream): Promise<void> {
    if (await this.has(blob)) return;
    for await (const _chunk of this.tee(blob, verified(stream, blob, `blob ${blob.digest}`)));
  }

  /** Passes an already verified stream through and keeps a copy, published once the stream has ended well. */
  async *tee(blob: BlobName, stream: ByteStream): AsyncGenerator<Uint8Array> {
    const file = await this.create(digestHex(blob.digest));
    try {
      for await (const chunk of stream) {
        file.write(chunk);
        yield chunk;
      }
      await file.publish(this.path(blob.digest));
    } finally {
      await file.discard();
    }
  }

  /** A blob whose digest is known only at its end; publish it to `path(digest)`. */
  create(stem: string): Promise<CacheFile> {
    return CacheFile.create(join(this.#directory, 'sha256'), stem);
  }
}

async function* readFileStream(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 512 * 1024 });
  } catch (error) {
    throw new SutureError('FILE_UNREADABLE', `Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
