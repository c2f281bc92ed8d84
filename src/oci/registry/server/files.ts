import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The few file operations the registry is made of. Everything it shows was renamed into place, so a kill leaves no half file. */

export async function writeAtomically(path: string, content: string | Uint8Array, scratch: string): Promise<void> {
  const temporary = join(scratch, randomUUID());
  await mkdir(scratch, { recursive: true });
  const file = await open(temporary, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await moveIntoPlace(temporary, path);
}

export async function moveIntoPlace(temporary: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rename(temporary, path);
}

/** Undefined when there is no such file. */
export async function readTextFile(path: string): Promise<string | undefined> {
  return absent(readFile(path, 'utf8'));
}

export async function fileSize(path: string): Promise<number | undefined> {
  const found = await absent(stat(path));
  return found?.isFile() ? found.size : undefined;
}

/** Names in a directory, sorted by code unit; empty when there is none. */
export async function list(path: string): Promise<string[]> {
  return ((await absent(readdir(path))) ?? []).sort();
}

/** Whether there was something to remove. */
export async function removeFile(path: string): Promise<boolean> {
  return (await absent(rm(path).then(() => true))) ?? false;
}

async function absent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
