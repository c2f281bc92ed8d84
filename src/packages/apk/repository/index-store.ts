import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { type Digest, digestHex, isDigest, sha256 } from '../../../core/digest.ts';
import { readCacheFile, writeCacheFile } from '../../cache-files.ts';

const SEEN = z.object({ repository: z.string(), made: z.number(), digest: z.string().refine(isDigest) });

export interface SeenIndex {
  /** Seconds since the epoch, from the signed archive. */
  readonly made: number;
  readonly digest: Digest;
}

/** What the cache remembers of signed indexes: each by digest, and the newest one of each repository. */
export class IndexStore {
  readonly #directory: string;

  constructor(cacheDirectory: string) {
    this.#directory = join(cacheDirectory, 'apk-indexes');
  }

  /** The stored file with exactly this digest; undefined when there is none, or it is damaged. */
  async read(digest: Digest): Promise<Buffer | undefined> {
    const bytes = await readCacheFile(this.#path(digest));
    return bytes !== undefined && sha256(bytes) === digest ? bytes : undefined;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await writeCacheFile(this.#path(sha256(bytes)), bytes);
  }

  /** @param repository the repository's id and where it was read from */
  async newest(repository: string): Promise<SeenIndex | undefined> {
    const bytes = await readCacheFile(this.#seenPath(repository));
    if (bytes === undefined) return undefined;
    try {
      return SEEN.parse(JSON.parse(bytes.toString('utf8')));
    } catch {
      // A damaged record is as good as none: the cache may be deleted at any time.
      return undefined;
    }
  }

  async remember(repository: string, seen: SeenIndex): Promise<void> {
    const text = `${JSON.stringify({ repository, made: seen.made, digest: seen.digest })}\n`;
    await writeCacheFile(this.#seenPath(repository), Buffer.from(text));
  }

  #path(digest: Digest): string {
    return join(this.#directory, 'sha256', digestHex(digest));
  }

  #seenPath(repository: string): string {
    return join(this.#directory, 'newest', `${createHash('sha256').update(repository).digest('hex')}.json`);
  }
}
