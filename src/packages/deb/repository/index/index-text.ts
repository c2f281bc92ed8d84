import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteString } from '../../../../core/bytes.ts';
import { SutureError } from '../../../../core/errors/error.ts';
import { sha256OfFile } from '../../../../oci/file-digest.ts';

/** The text of a Packages file, read by offset. */
export interface IndexText {
  readonly size: number;
  slice(start: number, end: number): ByteString;
}

export function textInMemory(text: Buffer): IndexText {
  return { size: text.length, slice: (start, end) => text.toString('latin1', start, end) };
}

/** Descriptors of texts that nobody refers to any more are closed when they are collected. */
const abandoned = new FinalizationRegistry<number>((descriptor) => closeSync(descriptor));

/**
 * The text that lies in a file, once the whole of it was proven; it stays open, so that what is read later is what was
 * proven. Undefined when there is no such file, or it is another one.
 * @param expected of the whole file; `sha256` in hex
 * @throws SutureError FILE_UNREADABLE
 */
export async function provenTextInFile(
  path: string,
  expected: { size: number; sha256: string },
): Promise<IndexText | undefined> {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SutureError('FILE_UNREADABLE', `${path} cannot be read`, { cause: error });
  }
  let isProven = false;
  try {
    isProven =
      fstatSync(descriptor).size === expected.size &&
      (await sha256OfFile(descriptor, 0, expected.size)) === expected.sha256;
  } catch (error) {
    throw new SutureError('FILE_UNREADABLE', `${path} cannot be read`, { cause: error });
  } finally {
    if (!isProven) closeSync(descriptor);
  }
  if (!isProven) return undefined;
  const text = new FileText(path, descriptor, expected.size);
  abandoned.register(text, descriptor);
  return text;
}

class FileText implements IndexText {
  readonly size: number;
  readonly #path: string;
  readonly #descriptor: number;

  constructor(path: string, descriptor: number, size: number) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.size = size;
  }

  slice(start: number, end: number): ByteString {
    const bytes = Buffer.allocUnsafe(end - start);
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(this.#descriptor, bytes, at, bytes.length - at, start + at);
      if (count === 0) throw new SutureError('FILE_UNREADABLE', `${this.#path} became shorter while it was in use`);
      at += count;
    }
    return bytes.toString('latin1');
  }
}
