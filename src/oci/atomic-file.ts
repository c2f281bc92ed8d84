import { type FileHandle, link, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SutureError } from '../core/errors/error.ts';
import type { ByteStream } from '../core/streams.ts';

let counter = 0;

/**
 * Writes a file so that a reader, or a crash, sees the old file or the whole new one: beside it, synced, then renamed over
 * it. The stream is read to its end before the name changes, so a stream that fails (a wrong digest) leaves nothing behind.
 * @param temporaryDirectory on the same file system; default the directory of `path`
 * @throws SutureError FILE_UNWRITABLE; the stream's own errors pass through
 */
export async function writeFileAtomically(
  path: string,
  content: ByteStream,
  temporaryDirectory = dirname(path),
): Promise<void> {
  await writeAtomically(path, temporaryDirectory, async (file) => {
    for await (const chunk of content) await writing(path, file.writeFile(chunk));
  });
}

/** writeFileAtomically for content that is written by position. */
export async function writeAtomically(
  path: string,
  temporaryDirectory: string,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  if (await isSpecial(path)) return writeInPlace(path, fill);
  const { file, temporary } = await openTemporary(path, temporaryDirectory);
  try {
    try {
      await fill(file);
      await writing(path, file.sync());
    } finally {
      await file.close();
    }
    await writing(path, rename(temporary, path));
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** `/dev/null`, `/dev/stdout`, a pipe: a file in its place would take it away from everybody. */
async function isSpecial(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

async function writeInPlace(path: string, fill: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await writing(path, open(path, 'w'));
  try {
    await fill(file);
  } finally {
    await file.close();
  }
}

/**
 * A new empty file in `directory`, for reading and writing, named in errors after the `path` that it is for. `wx`: another
 * process with the same process number (another machine, another container) may use the same directory.
 */
export async function openTemporary(path: string, directory: string): Promise<{ file: FileHandle; temporary: string }> {
  for (;;) {
    const temporary = `${directory}/.suture-${process.pid}-${counter++}`;
    try {
      return { file: await open(temporary, 'wx+', 0o644), temporary };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(path, error);
    }
  }
}

/** Creates `path` with content, whole, only when there is no such file: true when it was made. */
export async function createExclusively(path: string, content: string): Promise<boolean> {
  const { file, temporary } = await openTemporary(path, dirname(path));
  try {
    await file.writeFile(content);
    await file.close();
    // link(2) fails when the name exists, and unlike open(O_EXCL) shows the content from the first moment.
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw unwritable(path, error);
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

async function writing<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, cause: unknown): SutureError {
  return new SutureError('FILE_UNWRITABLE', `cannot write ${path}: ${(cause as Error).message}`, { cause });
}

/** Makes the rename itself durable; file systems that cannot sync a directory (some network ones) are let pass. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
