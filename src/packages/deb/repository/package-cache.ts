import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { digestHex } from '../../../core/digest.ts';
import { isSutureError, SutureError } from '../../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../../core/limits.ts';
import { type ByteStream, verified } from '../../../core/streams.ts';
import { sha256OfFile } from '../../../oci/file-digest.ts';
import { writeCacheFile } from '../../cache-files.ts';
import type { PackageFile } from '../../family.ts';
import { oneAtATime } from '../../one-at-a-time.ts';
import { SharedWork } from '../../shared-work.ts';
import type { Location } from './transport/redirects.ts';
import { absentEverywhere, type RepositoryTransport } from './transport/transport.ts';

const PARALLEL_READS = 6;

/**
 * Package files by digest in `<cache>/packages/sha256/<hex>.deb`, shared by all images and processes. A file gets its name
 * only after its size and digest were proven; one that is already there is proven once more before its first use.
 */
export class PackageCache {
  readonly #directory: string;
  readonly #transport: RepositoryTransport;
  readonly #downloads = new SharedWork<string>(PARALLEL_READS);

  constructor(cacheDirectory: string, transport: RepositoryTransport) {
    this.#directory = join(cacheDirectory, 'packages', 'sha256');
    this.#transport = transport;
  }

  /**
   * Path of the verified file in the cache. Calls may run in parallel; those for the same file share one download.
   * @throws SutureError PACKAGE_HASH_MISMATCH (nothing is left in the cache), REPOSITORY_UNREACHABLE, FILE_UNWRITABLE
   */
  async fetchToFile(file: PackageFile, location: Location): Promise<string> {
    const path = this.#path(file);
    const obtain = () => oneAtATime(path, () => this.#obtain(path, file, location));
    return this.#downloads.get(`${file.digest} ${file.size}`, obtain);
  }

  #path(file: PackageFile): string {
    return join(this.#directory, `${digestHex(file.digest)}.deb`);
  }

  async #obtain(path: string, file: PackageFile, location: Location): Promise<string> {
    if (await isIntact(path, file)) return path;
    checkLimit(`the package ${file.path}`, file.size, LIMITS.package);
    const answer = await this.#transport.openFile(location, file.path, file.size);
    if (answer.kind === 'absent') throw absentEverywhere(file.path, [{ location, why: answer.why }]);
    await writeCacheFile(path, proven(answer.body, file));
    return path;
  }
}

async function* proven(body: ByteStream, file: PackageFile): AsyncGenerator<Uint8Array> {
  try {
    yield* verified(body, file, `the package ${file.path}`);
  } catch (error) {
    if (!isSutureError(error, 'DIGEST_MISMATCH', 'LIMIT_EXCEEDED')) throw error;
    throw new SutureError('PACKAGE_HASH_MISMATCH', `${error.message}, as the signed index of ${file.repository} says`, {
      cause: error,
    });
  }
}

/** Whether the cache holds the file; a damaged one is removed. */
async function isIntact(path: string, file: PackageFile): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new SutureError('FILE_UNREADABLE', `${path} cannot be read`, { cause: error });
  }
  try {
    const { size } = await handle.stat();
    if (size === file.size && (await sha256OfFile(handle.fd, 0, size)) === digestHex(file.digest)) return true;
  } catch (error) {
    throw new SutureError('FILE_UNREADABLE', `${path} cannot be read`, { cause: error });
  } finally {
    await handle.close();
  }
  await rm(path, { force: true });
  return false;
}
