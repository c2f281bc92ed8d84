import { join } from 'node:path';
import { type Digest, digestHex, isDigest, sha256 } from '../../../core/digest.ts';
import { SutureError } from '../../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../../core/limits.ts';
import { readCacheFile, writeCacheFile } from '../../cache-files.ts';
import { SharedWork } from '../../shared-work.ts';
import { readApk } from '../archive/open.ts';
import type { IndexEntry } from './index-entry.ts';
import type { Location } from './locations.ts';
import type { RepositoryTransport } from './transport.ts';

const PARALLEL_READS = 4;

/** A package file in the cache, proven against the signed index. */
export interface CachedPackage {
  readonly path: string;
  readonly digest: Digest;
}

/**
 * Package files by digest in `<cache>/packages/sha256/<hex>.apk`. An index proves a package by the SHA-1 identity of its
 * control segment and that in turn its data, but has no digest of the file: the digest is learned from the proven file, and
 * remembered by identity and size so that the next plan needs no download.
 */
export class PackageCache {
  readonly #directory: string;
  readonly #transport: RepositoryTransport;
  readonly #downloads = new SharedWork<CachedPackage>(PARALLEL_READS);

  constructor(cacheDirectory: string, transport: RepositoryTransport) {
    this.#directory = join(cacheDirectory, 'packages');
    this.#transport = transport;
  }

  /**
   * Calls for the same package share one download.
   * @throws SutureError PACKAGE_HASH_MISMATCH, PACKAGE_INVALID (nothing is kept), REPOSITORY_UNREACHABLE
   */
  async obtain(entry: IndexEntry, location: Location, architecture: string): Promise<CachedPackage> {
    const find = async () => (await this.#kept(entry)) ?? this.#download(entry, location, architecture);
    return this.#downloads.get(`${entry.identity} ${entry.size}`, find);
  }

  async #kept(entry: IndexEntry): Promise<CachedPackage | undefined> {
    const digest = (await readCacheFile(this.#recordPath(entry)))?.toString('latin1').trim() ?? '';
    if (!isDigest(digest)) return undefined;
    const path = this.#path(digest);
    const bytes = await readCacheFile(path);
    if (bytes === undefined || sha256(bytes) !== digest) return undefined;
    // The record is no proof; the file is, once more.
    prove(bytes, entry);
    return { path, digest };
  }

  async #download(entry: IndexEntry, location: Location, architecture: string): Promise<CachedPackage> {
    const name = fileName(entry);
    checkLimit(`the package ${name}`, entry.size, LIMITS.wholeFile);
    const path = architecture === '' ? name : `${architecture}/${name}`;
    const { bytes } = await this.#transport.readFirst([location], path, LIMITS.wholeFile, entry.size);
    prove(bytes, entry);
    const digest = sha256(bytes);
    await writeCacheFile(this.#path(digest), bytes);
    await writeCacheFile(this.#recordPath(entry), Buffer.from(`${digest}\n`));
    return { path: this.#path(digest), digest };
  }

  #path(digest: Digest): string {
    return join(this.#directory, 'sha256', `${digestHex(digest)}.apk`);
  }

  #recordPath({ identity, size }: IndexEntry): string {
    const hex = Buffer.from(identity.slice(2), 'base64').toString('hex');
    return join(this.#directory, 'apk-identities', `${hex}-${size}`);
  }
}

/** `name-version.apk`, how apk finds every package next to its index. */
export function fileName({ name, version }: Pick<IndexEntry, 'name' | 'version'>): string {
  return `${name}-${version}.apk`;
}

function prove(bytes: Buffer, entry: IndexEntry): void {
  const what = fileName(entry);
  if (bytes.length !== entry.size) {
    throw new SutureError(
      'PACKAGE_HASH_MISMATCH',
      `${what} has ${bytes.length} bytes, not ${entry.size} as the signed index says`,
    );
  }
  const { info } = readApk(bytes, what, { identity: entry.identity });
  if (info.name !== entry.name || info.version !== entry.version) {
    throw new SutureError('PACKAGE_HASH_MISMATCH', `${what} holds ${info.name} ${info.version}`);
  }
}
