import { readFile } from 'node:fs/promises';
import { isSutureError, SutureError } from '../../core/errors/error.ts';
import { checkLimit } from '../../core/limits.ts';
import { formatReference, parseReference } from '../../oci/reference.ts';

const LIMIT = 16 * 1024 * 1024;

export interface ListedImage {
  /** Canonical: with host, and with a tag or digest. */
  readonly reference: string;
  /** `images.txt:3`. */
  readonly origin: string;
}

/** @throws SutureError FILE_UNREADABLE, LIMIT_EXCEEDED */
export async function readTextFile(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new SutureError('FILE_UNREADABLE', `cannot read ${path}`, { cause });
  }
  checkLimit(path, bytes.length, LIMIT);
  return bytes.toString('utf8').replace(/^\ufeff/, '');
}

/** A list of images in a file: one reference per line, `#` comments. @throws SutureError CONFIGURATION, FILE_UNREADABLE */
export async function readImageList(path: string): Promise<readonly ListedImage[]> {
  return parseImageList(await readTextFile(path), (line) => `${path}:${line}`);
}

/** @param place where a line (from 1) stands */
export function parseImageList(text: string, place: (line: number) => string): readonly ListedImage[] {
  return text.split('\n').flatMap((line, at) => {
    const reference = line.replace(/(?:^|\s)#.*$/, '').trim();
    const origin = place(at + 1);
    return reference === '' ? [] : [{ reference: checkReference(reference, origin), origin }];
  });
}

/** The canonical spelling of a registry reference; without tag and digest it is `latest`. @throws SutureError CONFIGURATION */
export function checkReference(text: string, origin: string): string {
  const parsed = parsedAt(text, origin);
  return formatReference(
    parsed.tag === undefined && parsed.digest === undefined ? { ...parsed, tag: 'latest' } : parsed,
  );
}

/** The canonical spelling of a repository, `host/path`. @throws SutureError CONFIGURATION */
export function checkRepository(text: string, origin: string): string {
  const parsed = parsedAt(text, origin);
  if (parsed.tag !== undefined || parsed.digest !== undefined)
    throw new SutureError('CONFIGURATION', `${origin}: "${text}" is a repository with a tag or digest`, {
      fix: 'Name the repository alone; its tags are chosen with `tags`.',
    });
  return `${parsed.host}/${parsed.repository}`;
}

function parsedAt(text: string, origin: string) {
  try {
    return parseReference(text.replace(/^docker:\/\//, ''));
  } catch (error) {
    if (!isSutureError(error, 'REFERENCE_INVALID')) throw error;
    throw new SutureError('CONFIGURATION', `${origin}: ${error.message}`, { cause: error });
  }
}
