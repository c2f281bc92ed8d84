import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Everything here can be made again; removing it only costs time. */
export const CACHE = process.env['SUTURE_DIFFERENTIAL_CACHE'] ?? join(tmpdir(), 'suture-differential');

/** A short name for what something is made of. */
export function identityOf(ingredients: unknown): string {
  return createHash('sha256').update(JSON.stringify(ingredients)).digest('hex').slice(0, 16);
}

/**
 * The directory `<kind>-<identity>` of the cache, filled by `make` when it is not there yet. It appears whole or not at
 * all, and directories of the same kind made of something else are dropped.
 */
export function cachedDirectory(kind: string, identity: string, make: (directory: string) => void): string {
  const target = join(CACHE, `${kind}-${identity}`);
  if (existsSync(target)) return target;
  mkdirSync(CACHE, { recursive: true });
  removeOutdated(kind);
  const partial = `${target}.part-${process.pid}`;
  const release = lock(`${target}.lock`);
  try {
    if (existsSync(target)) return target;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial);
    make(partial);
    renameSync(partial, target);
  } finally {
    rmSync(partial, { recursive: true, force: true });
    release();
  }
  return target;
}

/** Waits until no other process makes the same. */
function lock(path: string): () => void {
  for (;;) {
    try {
      writeFileSync(path, `${process.pid}`, { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const owner = ownerOf(path);
      if (owner !== '' && !existsSync(`/proc/${owner}`)) rmSync(path, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
  }
}

/** The process that made the lock; empty when it is just being made or removed. */
function ownerOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** What was made for other ingredients, and what processes left that ended before it was whole. */
function removeOutdated(kind: string): void {
  for (const name of readdirSync(CACHE)) {
    if (!name.startsWith(`${kind}-`)) continue;
    const [whole, , owner] = /^[0-9a-f]{16}(\.part-(\d+))?$/.exec(name.slice(kind.length + 1)) ?? [];
    if (whole === undefined || (owner !== undefined && existsSync(`/proc/${owner}`))) continue;
    rmSync(join(CACHE, name), { recursive: true, force: true });
  }
}
