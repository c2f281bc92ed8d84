import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, Digester } from '../../../core/digest.ts';
import { SutureError } from '../../../core/errors/error.ts';
import { checkLimit } from '../../../core/limits.ts';
import { type ByteStream, collect } from '../../../core/streams.ts';
import { decompress } from '../../../oci/compress/decompress.ts';
import { readTar } from '../../../oci/tar/read.ts';

export const DATABASE_FILE = 'trivy.db';
export const METADATA_FILE = 'metadata.json';
/** About nine times the database of 2026. */
const LARGEST_DATABASE = 8 * 1024 ** 3;
const LARGEST_METADATA = 64 * 1024;

export interface UnpackedDatabase {
  /** Of trivy.db: the same database has the same name however it came. */
  readonly digest: Digest;
  readonly size: number;
  readonly metadata: Buffer;
}

/**
 * Unpacks db.tar.gz: exactly the two files, whatever their order.
 * @param directory where trivy.db is written
 * @throws SutureError DATABASE_INVALID, LIMIT_EXCEEDED, TAR_INVALID, COMPRESSION_INVALID, FILE_UNWRITABLE
 */
export async function unpackArchive(archive: ByteStream, what: string, directory: string): Promise<UnpackedDatabase> {
  let database: { digest: Digest; size: number } | undefined;
  let metadata: Buffer | undefined;
  for await (const entry of readTar(decompress(archive, what), what)) {
    const name = entry.name.replace(/^\.\//, '');
    if (entry.type === 'directory' && (name === '' || name === '.')) continue;
    if (entry.type !== 'file') throw unexpected(what, entry.name, `is a ${entry.type}`);
    if (name === DATABASE_FILE && !database) {
      database = await writeDatabase(entry.body(), entry.size, directory);
    } else if (name === METADATA_FILE && !metadata) {
      metadata = await collect(entry.body(), LARGEST_METADATA, `${METADATA_FILE} of ${what}`);
    } else {
      throw unexpected(what, entry.name, 'does not belong there');
    }
  }
  if (!database) throw new SutureError('DATABASE_INVALID', `${what} holds no ${DATABASE_FILE}`);
  if (!metadata) throw new SutureError('DATABASE_INVALID', `${what} holds no ${METADATA_FILE}`);
  return { ...database, metadata };
}

/** Copies the two files from a directory, such as Trivy's cache. @throws SutureError FILE_UNREADABLE, FILE_UNWRITABLE */
export async function copyDirectory(from: string, directory: string): Promise<UnpackedDatabase> {
  const metadata = await collect(readFile(join(from, METADATA_FILE)), LARGEST_METADATA, join(from, METADATA_FILE));
  return { ...(await writeDatabase(readFile(join(from, DATABASE_FILE)), 0, directory)), metadata };
}

/** A file as a stream whose failures have a code. */
export async function* readFile(path: string): ByteStream {
  try {
    yield* createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new SutureError('FILE_UNREADABLE', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function writeDatabase(content: ByteStream, size: number, directory: string) {
  checkLimit(DATABASE_FILE, size, LARGEST_DATABASE);
  const path = join(directory, DATABASE_FILE);
  const digester = new Digester();
  const file = await writing(path, open(path, 'wx', 0o644));
  try {
    for await (const chunk of content) {
      digester.update(chunk);
      checkLimit(DATABASE_FILE, digester.size, LARGEST_DATABASE);
      await writing(path, writeAll(file, chunk));
    }
    await writing(path, file.sync());
  } finally {
    await file.close();
  }
  return { digest: digester.digest(), size: digester.size };
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at, chunk.length - at)).bytesWritten;
}

export async function writing<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOSPC' ? 'the disk is full' : (cause as Error).message;
    throw new SutureError('FILE_UNWRITABLE', `cannot write ${path}: ${reason}`, { cause });
  }
}

function unexpected(what: string, name: string, why: string): SutureError {
  return new SutureError('DATABASE_INVALID', `${what}: member ${JSON.stringify(name)} ${why}`);
}
