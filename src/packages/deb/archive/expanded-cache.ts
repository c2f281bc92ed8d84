import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Digest, digestHex, parseDigest } from '../../../core/digest.ts';
import { sha256OfFile } from '../../../oci/file-digest.ts';
import type { ArMember } from './ar.ts';
import { cachedTar, type ExpandedTar, type Expansion, fileTar, temporaryPath } from './store.ts';

/**
 * Decompressed data.tars, so that a second image with the same package needs no xz. The key is the SHA-256 of the
 * *compressed* member as it lies in the package at hand, so no caller can name a wrong one. Beside `<key>.tar` lies
 * `<key>.json` with the size and SHA-256 of the content, written last; both are written under another name and renamed.
 * Every use hashes the content (ten times as fast as xz) before anything is read from it: a damaged or half-written entry
 * is dropped and made again. Whoever can write to the directory can replace both files: it must be the user's own, as the
 * package cache is.
 */
export class ExpandedCache {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** A path in the cache's file system for a decompressor to write to. */
  temporaryPath(): string {
    return temporaryPath(this.#directory);
  }

  /** The verified entry, or undefined when there is none that is intact. */
  async find(key: Digest): Promise<ExpandedTar | undefined> {
    const expected = this.#record(key);
    if (expected === undefined) return undefined;
    const found = await openVerified(this.#path(key, 'tar'), expected.size, expected.digest);
    if (found === undefined) this.#drop(key);
    return found;
  }

  /** Keeps an expansion and opens it. A file's ownership passes to the cache. */
  keep(key: Digest, expansion: Expansion): ExpandedTar {
    const size = expansion.kind === 'memory' ? expansion.bytes.length : expansion.size;
    const { digest } = expansion;
    const temporary = expansion.kind === 'file' ? expansion.path : this.temporaryPath();
    if (expansion.kind === 'memory') writeFileSync(temporary, expansion.bytes, { flag: 'wx', mode: 0o600 });
    // Opened before it gets its name: another process may drop or replace the entry at any time.
    const descriptor = openSync(temporary, 'r');
    renameSync(temporary, this.#path(key, 'tar'));
    const record = this.temporaryPath();
    writeFileSync(record, JSON.stringify({ size, digest } satisfies Entry), { flag: 'wx', mode: 0o600 });
    renameSync(record, this.#path(key, 'json'));
    if (expansion.kind === 'file') return fileTar(descriptor, size, digest);
    return cachedTar(descriptor, expansion.bytes, digest);
  }

  #record(key: Digest): { size: number; digest: Digest } | undefined {
    try {
      const entry = ENTRY.parse(JSON.parse(readFileSync(this.#path(key, 'json'), 'utf8')));
      return { size: entry.size, digest: parseDigest(entry.digest) };
    } catch {
      // Absent or unreadable are the same to a cache: it is made again.
      return undefined;
    }
  }

  #drop(key: Digest): void {
    for (const suffix of ['json', 'tar'] as const) rmSync(this.#path(key, suffix), { force: true });
  }

  #path(key: Digest, suffix: 'tar' | 'json'): string {
    return join(this.#directory, `${digestHex(key)}.${suffix}`);
  }
}

const ENTRY = z.strictObject({ size: z.number().int().nonnegative(), digest: z.string() });
type Entry = z.infer<typeof ENTRY>;

/** Larger ones are hashed and listed in pieces: a run has several packages in hand at a time. */
export const READ_AT_ONCE = 4 * 1024 * 1024;

/** The cache key of a member: the digest of its compressed bytes. */
export async function compressedDigest(descriptor: number, member: ArMember): Promise<Digest> {
  return `sha256:${await sha256OfFile(descriptor, member.offset, member.size)}`;
}

async function openVerified(path: string, size: number, digest: Digest): Promise<ExpandedTar | undefined> {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return undefined;
  }
  let keepOpen = false;
  try {
    if (fstatSync(descriptor).size !== size) return undefined;
    const bytes = size <= READ_AT_ONCE ? readFileSync(descriptor) : undefined;
    if (`sha256:${await sha256OfFile(descriptor, 0, size)}` !== digest) return undefined;
    keepOpen = true;
    return bytes === undefined ? fileTar(descriptor, size, digest) : cachedTar(descriptor, bytes, digest);
  } finally {
    if (!keepOpen) closeSync(descriptor);
  }
}
