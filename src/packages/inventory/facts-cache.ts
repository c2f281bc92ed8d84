import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../../core/digest.ts';
import { CacheFile } from '../../oci/layer/cache-file.ts';
import type { LayerFacts } from './layer-facts.ts';

/** Raised with any change of LayerFacts or of the rules by which they are made: older files are then made again. */
const VERSION = 1;

const problem = z.strictObject({
  kind: z.enum(['os-unknown', 'no-packages', 'database-unreadable', 'package-invalid', 'os-contradictory']),
  path: z.string().optional(),
  detail: z.string(),
});
const repositoryClass = z.enum(['official', 'third-party']);
const found = z.strictObject({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  release: z.string(),
  epoch: z.number(),
  arch: z.string(),
  src: z.strictObject({ name: z.string(), version: z.string(), release: z.string(), epoch: z.number() }),
  modularityLabel: z.string().optional(),
  repositoryClass: repositoryClass.optional(),
  licenses: z.array(z.string()),
  maintainer: z.string().optional(),
  dependsOn: z.array(z.string()),
  filePath: z.string().optional(),
  digest: z.string().optional(),
  installedFiles: z.array(z.string()).optional(),
  analyzedBy: z.enum(['apk', 'dpkg', 'rpm']).optional(),
});
const os = z.strictObject({
  family: z.string(),
  name: z.string(),
  extended: z.boolean(),
  supplier: z.string().optional(),
  eosl: z.boolean().optional(),
});
const document = z.strictObject({
  version: z.literal(VERSION),
  facts: z.strictObject({
    diffId: z.string().refine(isDigest),
    removes: z.array(z.string()),
    databases: z.array(z.strictObject({ path: z.string(), packages: z.array(found), problems: z.array(problem) })),
    os: z.array(os),
    repository: z.strictObject({ family: z.string(), release: z.string() }).optional(),
    buildInfo: z
      .strictObject({
        contentSets: z.array(z.string()).optional(),
        nvr: z.string().optional(),
        arch: z.string().optional(),
      })
      .optional(),
    problems: z.array(problem),
  }),
});

/** LayerFacts by diff ID under `<cache>/facts/<algorithm>/<hex>.json`; several processes may share it. */
export class FactsCache {
  readonly #directory: string;

  constructor(cacheDirectory: string) {
    this.#directory = join(cacheDirectory, 'facts');
  }

  /** Undefined when there are none, or none that are intact, of this layer and of this version. */
  async get(diffId: Digest): Promise<LayerFacts | undefined> {
    const text = await readFile(this.#path(diffId), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const parsed = document.safeParse(parseJson(text));
    if (!parsed.success || parsed.data.facts.diffId !== diffId) return undefined;
    // JSON has no undefined: what is optional is absent, which is what the type asks for.
    return parsed.data.facts as LayerFacts;
  }

  /** @throws SutureError CACHE_UNWRITABLE */
  async put(facts: LayerFacts): Promise<void> {
    const file = await CacheFile.create(join(this.#directory, digestAlgorithm(facts.diffId)), digestHex(facts.diffId));
    try {
      await file.write(Buffer.from(JSON.stringify({ version: VERSION, facts })));
      await file.publish(this.#path(facts.diffId));
    } finally {
      await file.discard();
    }
  }

  #path(diffId: Digest): string {
    return join(this.#directory, digestAlgorithm(diffId), `${digestHex(diffId)}.json`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
