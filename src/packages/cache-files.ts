import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SutureError } from '../core/errors/error.ts';
import { type ByteStream, fromBytes } from '../core/streams.ts';
import { writeFileAtomically } from '../oci/atomic-file.ts';

/**
 * Publishes a file of the cache: other processes and hosts that share it see the whole file or none.
 * @throws SutureError FILE_UNWRITABLE, or whatever the stream throws; then nothing is left
 */
export async function writeCacheFile(path: string, content: ByteStream | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw new SutureError('FILE_UNWRITABLE', `the cache directory ${dirname(path)} cannot be made`, { cause: error });
  }
  await writeFileAtomically(path, content instanceof Uint8Array ? fromBytes(content) : content);
}

/** @throws SutureError FILE_UNREADABLE for anything but a missing file */
export async function readCacheFile(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SutureError('FILE_UNREADABLE', `${path} cannot be read`, { cause: error });
  }
}
