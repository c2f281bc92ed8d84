// Compares 1,000 stored inventories with a database, in a process of its own: node --import tsx bench/scan-fleet.ts CACHE DB.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../src/core/digest.ts';
import { reEvaluate } from '../src/knowledge/scan/re-evaluate.ts';
import { openVulnerabilityDatabase } from '../src/knowledge/trivy-db/database.ts';
import { FactsCache } from '../src/packages/inventory/facts-cache.ts';
import type { LayerFacts } from '../src/packages/inventory/layer-facts.ts';
import { mergeLayerFacts } from '../src/packages/inventory/merge.ts';
import { readDpkgDatabase } from '../src/packages/inventory/read-dpkg.ts';
import { UPDATED_AT } from './scan-database.ts';
import { statusFile, VERSIONS } from './scan-image.ts';

export const IMAGES = 1_000;
const PACKAGES = 400;
/** As in a fleet: images share bases, and what is installed differs by application and age. */
const BASES = 40;

const STATUS = 'var/lib/dpkg/status';
const nothing = { removes: [], databases: [], os: [], problems: [] };

/** Facts as scans of the images leave them: those of the bases, and those of each image's own layer. */
export async function writeFacts(cache: string): Promise<void> {
  const facts = new FactsCache(cache);
  for (let base = 0; base < BASES; base++) await facts.put(baseFacts(base));
  for (let image = 0; image < IMAGES; image++) await facts.put(ownFacts(image));
}

function baseFacts(base: number): LayerFacts {
  const os = [{ family: 'debian', name: '12.9', extended: false }];
  return { ...nothing, diffId: sha256(`base ${base}`), os, databases: [database(base, base % VERSIONS)] };
}

/** A layer that installs or upgrades a package holds the whole status file again. */
function ownFacts(image: number): LayerFacts {
  return {
    ...nothing,
    diffId: sha256(`image ${image}`),
    databases: [database(image % (BASES * 5), image % VERSIONS)],
  };
}

function database(variant: number, version: number): LayerFacts['databases'][number] {
  return { path: STATUS, ...readDpkgDatabase(statusFile(PACKAGES, variant, version), STATUS, new Map()) };
}

async function* inventories(cache: string) {
  const facts = new FactsCache(cache);
  const read = async (name: string) => {
    const found = await facts.get(sha256(name));
    if (found === undefined) throw new Error(`no facts of ${name}`);
    return { facts: found };
  };
  for (let image = 0; image < IMAGES; image++) {
    const layers = [await read(`base ${image % BASES}`), await read(`image ${image}`)];
    yield { image: mergeLayerFacts(layers, 'none') };
  }
}

async function main(cache: string, directory: string): Promise<void> {
  const path = join(directory, 'trivy.db');
  statSync(path);
  const database = openVulnerabilityDatabase(path, { digest: sha256('bench'), updatedAt: UPDATED_AT });
  const started = performance.now();
  let [images, findings] = [0, 0];
  for await (const result of reEvaluate(database, inventories(cache), Date.parse(UPDATED_AT))) {
    if ('failure' in result) throw result.failure;
    images++;
    findings += result.evaluation.findings.length;
  }
  database.close();
  process.stdout.write(`${JSON.stringify({ images, findings, seconds: (performance.now() - started) / 1000 })}\n`);
}

const [cache, directory] = process.argv.slice(2);
// Bundled, the file is the program; imported, it is not.
if (import.meta.filename === process.argv[1] && cache !== undefined && directory !== undefined)
  await main(cache, directory);
