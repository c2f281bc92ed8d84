import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
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
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  try {
    make(partial);
    renameSync(partial, target);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return target;
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
