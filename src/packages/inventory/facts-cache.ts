import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestAlgorithm, digestHex, sha256 } from '../../core/digest.ts';
import { CacheFile } from '../../oci/layer/cache-file.ts';
import type { LayerFacts } from './layer-facts.ts';

/** Raised with any change of LayerFacts or of the rules by which they are made: older files are then made again. */
const VERSION = 2;

/** Length of the digest before the document. */
const DIGEST_LENGTH = 'sha256:'.length + 64;

/**
 * LayerFacts by diff ID under `<cache>/facts/<algorithm>/<hex>.json`; several processes may share it. A file is the digest of
 * the document, a line break and the document: what was written by this version and is unchanged needs no check of its
 * fields, which for a fleet would take longer than everything else.
 */
export class FactsCache {
  readonly #directory: string;

  constructor(cacheDirectory: string) {
    this.#directory = join(cacheDirectory, 'facts');
  }

  /** Undefined when there are none, or none that are intact, of this layer and of this version. */
  async get(diffId: Digest): Promise<LayerFacts | undefined> {
    const bytes = await readFile(this.#path(diffId)).catch(() => undefined);
    if (bytes === undefined) return undefined;
    const written = bytes.subarray(DIGEST_LENGTH + 1);
    if (bytes.toString('latin1', 0, DIGEST_LENGTH) !== sha256(written)) return undefined;
    const { version, facts } = JSON.parse(written.toString('utf8')) as { version: number; facts: LayerFacts };
    return version === VERSION && facts.diffId === diffId ? facts : undefined;
  }

  /** @throws SutureError CACHE_UNWRITABLE */
  async put(facts: LayerFacts): Promise<void> {
    const file = await CacheFile.create(join(this.#directory, digestAlgorithm(facts.diffId)), digestHex(facts.diffId));
    try {
      const document = Buffer.from(JSON.stringify({ version: VERSION, facts }));
      await file.write(Buffer.from(`${sha256(document)}\n`));
      await file.write(document);
      await file.publish(this.#path(facts.diffId));
    } finally {
      await file.discard();
    }
  }

  #path(diffId: Digest): string {
    return join(this.#directory, digestAlgorithm(diffId), `${digestHex(diffId)}.json`);
  }
}
