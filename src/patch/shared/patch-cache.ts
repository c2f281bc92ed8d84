import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type Digest, digestHex, sha256 } from '../../core/digest.ts';
import { CacheFile } from '../../oci/layer/cache-file.ts';
import type { CachedPatch } from './cached-outcome.ts';

/** Raised with any change of CachedPatch or of what a trace records. */
const VERSION = 1;

/** Bounds of the cache: images that differ in what a patch looks at, and plans. The oldest in use go first. */
const VARIANTS = 8;
const KEYS = 256;

/** Bytes of a document; a patch of a thousand packages has a tenth of it. */
const DOCUMENT_LIMIT = 64 * 1024 * 1024;

const NAME = /^[0-9a-f]{64}$/;

/**
 * What patches gave, under `<cache>/patches/<key>/<digest of the file>`. A file is complete or not there, and one whose content
 * is not what its name says is taken away: several processes may share the cache, and be killed. What was written by this
 * version and is unchanged needs no check of its fields.
 */
export class PatchCache {
  readonly #directory: string;
  /** Documents as they were read, by name. */
  readonly #read = new Map<string, Promise<CachedPatch | undefined>>();

  constructor(cacheDirectory: string) {
    this.#directory = join(cacheDirectory, 'patches');
  }

  /** All that is known for a key, last used first, until `accept` takes one. */
  async find(key: Digest, accept: (patch: CachedPatch) => Promise<boolean>): Promise<CachedPatch | undefined> {
    for (const name of (await this.#names(key)).slice(0, VARIANTS)) {
      const path = this.#path(key, name);
      const patch = await this.#load(path, name);
      if (patch === undefined || !(await accept(patch))) continue;
      const now = new Date();
      await utimes(path, now, now).catch(() => {});
      return patch;
    }
    return undefined;
  }

  /** @throws SutureError CACHE_UNWRITABLE */
  async put(key: Digest, patch: CachedPatch): Promise<void> {
    const document = Buffer.from(JSON.stringify({ version: VERSION, patch }));
    if (document.length > DOCUMENT_LIMIT) return;
    const bytes = await promisify(gzip)(document, { level: 1 });
    const name = digestHex(sha256(bytes));
    const file = await CacheFile.create(join(this.#directory, digestHex(key)), name);
    try {
      file.write(bytes);
      await file.publish(this.#path(key, name));
    } finally {
      await file.discard();
    }
    await this.#bound(key);
  }

  #path(key: Digest, name: string): string {
    return join(this.#directory, digestHex(key), name);
  }

  async #names(key: Digest): Promise<string[]> {
    return newestFirst(join(this.#directory, digestHex(key)));
  }

  #load(path: string, name: string): Promise<CachedPatch | undefined> {
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const [oldest] = this.#read.keys();
    if (this.#read.size >= KEYS && oldest !== undefined) this.#read.delete(oldest);
    const loading = load(path, name);
    this.#read.set(name, loading);
    return loading;
  }

  async #bound(key: Digest): Promise<void> {
    for (const name of (await this.#names(key)).slice(VARIANTS)) await rm(this.#path(key, name), { force: true });
    for (const other of (await newestFirst(this.#directory)).slice(KEYS))
      await rm(join(this.#directory, other), { recursive: true, force: true });
  }
}

async function load(path: string, name: string): Promise<CachedPatch | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  if (digestHex(sha256(bytes)) !== name) {
    await rm(path, { force: true });
    return undefined;
  }
  const text = await promisify(gunzip)(bytes, { maxOutputLength: DOCUMENT_LIMIT });
  const { version, patch } = JSON.parse(text.toString('utf8')) as { version: number; patch: CachedPatch };
  return version === VERSION ? patch : undefined;
}

/** Entries of a directory whose names are digests, by their time stamps. */
async function newestFirst(directory: string): Promise<string[]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => NAME.test(name));
  const dated = await Promise.all(
    names.map(async (name) => ({
      name,
      time: (await stat(join(directory, name)).catch(() => undefined))?.mtimeMs ?? 0,
    })),
  );
  return dated.sort((a, b) => b.time - a.time || (a.name < b.name ? -1 : 1)).map(({ name }) => name);
}
