import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SutureError } from '../../core/errors/error.ts';

const TEMPORARY = '.tmp';
/** A temporary file this old belongs to a process that was killed; younger ones may be in use, even on another machine. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/**
 * A file of the cache while it is written: under a name of its own in the target directory, so that `publish` is one
 * atomic rename and processes that write the same content at the same time do not meet.
 */
export class CacheFile {
  readonly #handle: FileHandle;
  readonly #temporary: string;

  private constructor(handle: FileHandle, temporary: string) {
    this.#handle = handle;
    this.#temporary = temporary;
  }

  /** @param stem Start of the temporary name. @throws SutureError CACHE_UNWRITABLE */
  static async create(directory: string, stem: string): Promise<CacheFile> {
    try {
      await mkdir(directory, { recursive: true });
      await removeAbandoned(directory);
      // The random part keeps processes of different machines on a shared cache apart.
      const temporary = join(directory, `${stem}.${process.pid}.${randomBytes(6).toString('hex')}${TEMPORARY}`);
      return new CacheFile(await open(temporary, 'wx'), temporary);
    } catch (error) {
      throw unwritable(directory, error);
    }
  }

  /**
   * Writes to the page cache, which takes less time than asking a thread to do it.
   * @throws SutureError CACHE_UNWRITABLE
   */
  write(chunk: Uint8Array): void {
    try {
      for (let at = 0; at < chunk.length; ) at += writeSync(this.#handle.fd, chunk, at);
    } catch (error) {
      throw unwritable(this.#temporary, error);
    }
  }

  /** Moves the complete file to its name. @throws SutureError CACHE_UNWRITABLE */
  async publish(path: string): Promise<void> {
    try {
      await this.#handle.close();
      await mkdir(dirname(path), { recursive: true });
      await rename(this.#temporary, path);
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** Removes what was written; safe after any failure, and after publish does nothing. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.#temporary, { force: true });
  }
}

function unwritable(path: string, error: unknown): SutureError {
  const reason = (error as NodeJS.ErrnoException).code === 'ENOSPC' ? 'the disk is full' : (error as Error).message;
  return new SutureError('CACHE_UNWRITABLE', `Cannot write ${path}: ${reason}`, { cause: error });
}

async function removeAbandoned(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => basename(name).endsWith(TEMPORARY));
  for (const name of names) {
    const path = join(directory, name);
    const info = await stat(path).catch(() => undefined);
    if (info && Date.now() - info.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
  }
}
