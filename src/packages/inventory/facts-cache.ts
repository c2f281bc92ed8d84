import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestAlgorithm, digestHex, sha256 } from '../../core/digest.ts';
import { CacheFile } from '../../oci/layer/cache-file.ts';
import type { DatabaseFacts, DatabasePackage } from './database-facts.ts';
import type { LayerFacts } from './layer-facts.ts';

/** Raised with any change of LayerFacts or of the rules by which they are made: older files are then made again. */
const VERSION = 3;

/** Length of the digest before the document. */
const DIGEST_LENGTH = 'sha256:'.length + 64;

/** Different packages that are kept in memory: those of a fleet, some tens of megabytes. */
const MOST_PACKAGES = 65_536;

/** Layers of which the facts are kept in memory: lists of packages that are shared, some tens of megabytes at most. */
const MOST_LAYERS = 4096;

/** The facts without their packages, of which only the number is given. */
interface Head {
  readonly version: number;
  readonly facts: Omit<LayerFacts, 'databases'>;
  readonly databases: readonly (Omit<LayerFacts['databases'][number], 'packages'> & {
    readonly count: number;
    /** Of the lines of its packages: databases of images that were built apart often hold the same. */
    readonly digest: Digest;
  })[];
}

/**
 * LayerFacts by diff ID under `<cache>/facts/<algorithm>/<hex>.json`; several processes may share it. A file is the digest of
 * the document, a line break and the document: a line for all but the packages, then a line for each package. What was
 * written by this version and is unchanged needs no check of its fields, which for a fleet would take longer than
 * everything else; and a package that many layers hold is parsed once and is one object.
 */
export class FactsCache {
  readonly #directory: string;
  readonly #packages = new Map<string, DatabasePackage>();
  readonly #lists = new Map<Digest, DatabaseFacts['packages']>();
  readonly #layers = new Map<Digest, LayerFacts>();

  constructor(cacheDirectory: string) {
    this.#directory = join(cacheDirectory, 'facts');
  }

  /** Undefined when there are none, or none that are intact, of this layer and of this version. */
  async get(diffId: Digest): Promise<LayerFacts | undefined> {
    const known = this.#layers.get(diffId) ?? (await this.#read(diffId));
    if (known === undefined) return undefined;
    if (this.#layers.size >= MOST_LAYERS) this.#layers.clear();
    this.#layers.set(diffId, known);
    return known;
  }

  async #read(diffId: Digest): Promise<LayerFacts | undefined> {
    const bytes = await readFile(this.#path(diffId)).catch(() => undefined);
    if (bytes === undefined) return undefined;
    const written = bytes.subarray(DIGEST_LENGTH + 1);
    if (bytes.toString('latin1', 0, DIGEST_LENGTH) !== sha256(written)) return undefined;
    const text = written.toString('utf8');
    const end = text.indexOf('\n');
    const { version, facts, databases } = JSON.parse(end < 0 ? text : text.slice(0, end)) as Head;
    if (version !== VERSION || facts.diffId !== diffId) return undefined;
    let start = 1;
    let lines: readonly string[] | undefined;
    const packagesOf = (first: number, count: number) => {
      lines ??= text.split('\n');
      return lines.slice(first, first + count).map((line) => this.#package(line));
    };
    return {
      ...facts,
      databases: databases.map(({ count, digest, ...database }) => {
        const packages = this.#lists.get(digest) ?? packagesOf(start, count);
        start += count;
        this.#keepList(digest, packages);
        return { ...database, packages };
      }),
    };
  }

  #keepList(digest: Digest, packages: DatabaseFacts['packages']): void {
    if (this.#lists.size >= MOST_LAYERS) this.#lists.clear();
    this.#lists.set(digest, packages);
  }

  /** @throws SutureError CACHE_UNWRITABLE */
  async put({ databases, ...facts }: LayerFacts): Promise<void> {
    const head: Head = {
      version: VERSION,
      facts,
      databases: databases.map(({ packages, ...database }) => ({
        ...database,
        count: packages.length,
        digest: sha256(packages.map((found) => JSON.stringify(found)).join('\n')),
      })),
    };
    const lines = [head, ...databases.flatMap(({ packages }) => packages)].map((line) => JSON.stringify(line));
    const file = await CacheFile.create(join(this.#directory, digestAlgorithm(facts.diffId)), digestHex(facts.diffId));
    try {
      const document = Buffer.from(lines.join('\n'));
      file.write(Buffer.from(`${sha256(document)}\n`));
      file.write(document);
      await file.publish(this.#path(facts.diffId));
    } finally {
      await file.discard();
    }
  }

  #package(line: string): DatabasePackage {
    const known = this.#packages.get(line);
    if (known !== undefined) return known;
    const made = JSON.parse(line) as DatabasePackage;
    if (this.#packages.size >= MOST_PACKAGES) this.#packages.clear();
    // A copy: a part of the whole text would keep all of it in memory.
    this.#packages.set(Buffer.from(line).toString('utf8'), made);
    return made;
  }

  #path(diffId: Digest): string {
    return join(this.#directory, digestAlgorithm(diffId), `${digestHex(diffId)}.json`);
  }
}
