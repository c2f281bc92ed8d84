import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { type Digest, digestHex, isDigest, parseDigest, sha256 } from '../../../../core/digest.ts';
import { fromBytes } from '../../../../core/streams.ts';
import { readCacheFile, writeCacheFile } from '../../../cache-files.ts';

/** A signed index as fetched: InRelease alone, or Release with its detached signature. */
export interface SignedRelease {
  /** InRelease, or Release. */
  readonly signed: Uint8Array;
  /** Release.gpg. */
  readonly detached?: Uint8Array;
}

export function releaseDigest(release: SignedRelease): Digest {
  return sha256(release.signed);
}

const SEEN = z.object({ repository: z.string(), date: z.iso.datetime(), digest: z.string().refine(isDigest) });

export interface SeenRelease {
  readonly date: number;
  readonly digest: Digest;
}

/**
 * What the cache remembers of Release files: each verified one by digest, so that a stored plan can be reproduced, and the
 * newest one of each repository, so that an older one is noticed.
 */
export class ReleaseStore {
  readonly #directory: string;

  constructor(cacheDirectory: string) {
    this.#directory = join(cacheDirectory, 'releases');
  }

  /** The stored file with exactly this digest; undefined when there is none, or it is damaged. */
  async read(digest: Digest): Promise<SignedRelease | undefined> {
    const path = this.#path(digest);
    const signed = await readCacheFile(path);
    if (signed === undefined || sha256(signed) !== digest) return undefined;
    const detached = await readCacheFile(`${path}.gpg`);
    return { signed, ...(detached === undefined ? {} : { detached }) };
  }

  async write(release: SignedRelease): Promise<void> {
    const path = this.#path(releaseDigest(release));
    if (release.detached !== undefined) await writeCacheFile(`${path}.gpg`, fromBytes(release.detached));
    await writeCacheFile(path, fromBytes(release.signed));
  }

  /** @param repository what is remembered: the repository's id and, when redirected, where it was read from */
  async newest(repository: string): Promise<SeenRelease | undefined> {
    const bytes = await readCacheFile(this.#seenPath(repository));
    if (bytes === undefined) return undefined;
    try {
      const { date, digest } = SEEN.parse(JSON.parse(bytes.toString('utf8')));
      return { date: Date.parse(date), digest: parseDigest(digest) };
    } catch {
      // A damaged record is as good as none: the cache may be deleted at any time.
      return undefined;
    }
  }

  async remember(repository: string, seen: SeenRelease): Promise<void> {
    const record = { repository, date: new Date(seen.date).toISOString(), digest: seen.digest };
    await writeCacheFile(this.#seenPath(repository), fromBytes(Buffer.from(`${JSON.stringify(record)}\n`)));
  }

  #path(digest: Digest): string {
    return join(this.#directory, 'sha256', digestHex(digest));
  }

  #seenPath(repository: string): string {
    return join(this.#directory, 'newest', `${createHash('sha256').update(repository).digest('hex')}.json`);
  }
}
