import { constants, createReadStream } from 'node:fs';
import { mkdir, open, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type Digest, digestAlgorithm, digestHex, parseDigest } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { type ByteStream, verified } from '../../core/streams.ts';
import { writeFileAtomically } from '../atomic-file.ts';
import type { Descriptor } from '../model.ts';

/** The content-addressed part of an image layout: `blobs/ALGORITHM/HEX`. */
export class LayoutBlobs {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** parseDigest once more, because a path is made of it: only hexadecimal digits reach the file system. */
  #path(digest: Digest): string {
    const checked = parseDigest(digest);
    return join(this.#directory, 'blobs', digestAlgorithm(checked), digestHex(checked));
  }

  /** Bytes of the stored blob; undefined when there is none. */
  async size(digest: Digest): Promise<number | undefined> {
    const path = await this.#locate(digest);
    return path === undefined ? undefined : (await stat(path)).size;
  }

  async has(descriptor: Descriptor): Promise<boolean> {
    return (await this.size(descriptor.digest)) === descriptor.size;
  }

  /** @throws SutureError IMAGE_NOT_FOUND, DIGEST_MISMATCH, PATH_UNSAFE */
  async *read(descriptor: Pick<Descriptor, 'digest' | 'size'>): ByteStream {
    const path = await this.#locate(descriptor.digest);
    if (path === undefined) {
      throw new SutureError('IMAGE_NOT_FOUND', `oci:${this.#directory} has no blob ${descriptor.digest}`);
    }
    // #locate has resolved the links; a link that appears after it is not followed.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const stream = createReadStream(path, { fd: file, highWaterMark: 1 << 18 });
    yield* verified(stream as ByteStream, descriptor, `blob ${descriptor.digest} of oci:${this.#directory}`);
  }

  /** Stores a blob after its digest and size are proven. @throws SutureError DIGEST_MISMATCH, FILE_UNWRITABLE */
  async write(descriptor: Pick<Descriptor, 'digest' | 'size'>, content: ByteStream): Promise<void> {
    const path = this.#path(descriptor.digest);
    try {
      await mkdir(join(path, '..'), { recursive: true });
    } catch (cause) {
      throw new SutureError('FILE_UNWRITABLE', `cannot write to oci:${this.#directory}: ${(cause as Error).message}`, {
        cause,
      });
    }
    const what = `blob ${descriptor.digest} for oci:${this.#directory}`;
    await writeFileAtomically(path, verified(content, descriptor, what), this.#directory);
  }

  /** The real path of a blob, which must be a regular file inside the layout. */
  async #locate(digest: Digest): Promise<string | undefined> {
    const path = this.#path(digest);
    let real: string;
    try {
      real = await realpath(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw new SutureError('FILE_UNREADABLE', `cannot read ${path}: ${(error as Error).message}`, { cause: error });
    }
    if (!real.startsWith((await realpath(this.#directory)) + sep)) {
      throw new SutureError('PATH_UNSAFE', `blob ${digest} of oci:${this.#directory} is a link that leaves the layout`);
    }
    if (!(await stat(real)).isFile()) throw new SutureError('PATH_UNSAFE', `${path} is not a regular file`);
    return real;
  }
}
