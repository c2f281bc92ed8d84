import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type AdvisoryTree, advisoryBuckets } from '../../../test/support/advisory-database.ts';
import { writeBolt } from '../../../test/support/bolt-writer.ts';
import { sampleResult, TestClock } from '../../../test/support/sample-fleet.ts';
import { sha256 } from '../../core/digest.ts';
import { loadFleet } from '../../fleet/config/load.ts';
import { findingsOf } from '../../fleet/store/findings.ts';
import { recordInventories } from '../../fleet/store/inventories.ts';
import { recordResult } from '../../fleet/store/results.ts';
import { startRun } from '../../fleet/store/runs.ts';
import { FleetStore } from '../../fleet/store/store.ts';
import { openVulnerabilityDatabase } from '../../knowledge/trivy-db/database.ts';
import type { ScannedImage } from '../../packages/inventory/types.ts';
import { applyDatabase } from './apply-database.ts';

const BEFORE: AdvisoryTree = {
  'data-source': { 'debian 12': { ID: 'debian' } },
  'debian 12': { a: { 'CVE-1': {} }, c: { 'CVE-3': {} } },
  vulnerability: {},
};
const AFTER: AdvisoryTree = {
  ...BEFORE,
  'debian 12': { ...BEFORE['debian 12'], a: { 'CVE-1': {}, 'CVE-2': { FixedVersion: '2' } } },
};

const name = (number: number) => `registry.example.org/shop/app${number}:1`;
const image = (...names: string[]): ScannedImage => ({
  os: { family: 'debian', name: '12.5', extended: false },
  packages: names.map((own) => ({
    id: `${own}@1`,
    name: own,
    version: '1',
    release: '',
    epoch: 0,
    arch: 'amd64',
    src: { name: own, version: '1', release: '', epoch: 0 },
    licenses: [],
    dependsOn: [],
    identifier: {},
  })),
  problems: [],
});

let directory: string;
let store: FleetStore;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'suture-apply-'));
  store = await FleetStore.open(join(directory, 'fleet.db'), new TestClock());
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

function write(file: string, tree: AdvisoryTree): string {
  const path = join(directory, file);
  writeBolt(path, advisoryBuckets(tree));
  return path;
}

/** Images that hold these packages, each compared with the database before by a run. */
async function fleetOf(...packages: (readonly string[])[]) {
  const file = join(directory, 'suture.yaml');
  const images = packages.map((_, number) => name(number));
  writeFileSync(
    file,
    `apiVersion: suture.dev/v1alpha1\nkind: Fleet\nimages:\n  - {images: ${JSON.stringify(images)}}\n`,
  );
  const id = await startRun(store, { shard: '1/1', toolVersion: '1.0.0', images: packages.length });
  for (const [number, names] of packages.entries()) {
    const sample = sampleResult(name(number));
    await recordResult(store, id, { ...sample, detail: { ...sample.detail, database: sha256('before') } });
    for (const role of ['before', 'after'] as const)
      await recordInventories(store, name(number), role, [image(...names)]);
  }
  return loadFleet(file);
}

it('compares only images that the new database touches, and reads what they share once', async () => {
  const fleet = await fleetOf(['a', 'c'], ['c'], ['a', 'b'], ['a']);
  const before = write('before.db', BEFORE);
  const identity = { digest: sha256('after'), updatedAt: '2026-01-02T00:00:00Z' };
  const database = openVulnerabilityDatabase(write('after.db', AFTER), identity);
  const advisories = vi.spyOn(database, 'advisories');
  try {
    const pathOf = async () => ({ path: before, updatedAt: '2026-01-01T00:00:00Z' });
    expect(await applyDatabase(store, fleet, '1.0.0', { database, pathOf })).toEqual({
      images: 4,
      touched: [name(0), name(2), name(3)],
      toRun: [name(0), name(2), name(3)],
    });
    const known = await findingsOf(store, [name(0), name(1), name(2), name(3)]);
    const found = known.map((row) => `${row.reference} ${row.package} ${row.vulnerability}`).sort();
    expect(found).toEqual([
      `${name(0)} a CVE-1`,
      `${name(0)} a CVE-2`,
      `${name(0)} c CVE-3`,
      `${name(2)} a CVE-1`,
      `${name(2)} a CVE-2`,
      `${name(3)} a CVE-1`,
      `${name(3)} a CVE-2`,
    ]);
    // Once to see what changed, once to compare: for four images, two inventories each.
    expect(advisories.mock.calls.filter(([, of]) => of === 'a')).toHaveLength(2);
  } finally {
    database.close();
  }
});

it('leaves an image of which something is not known to a run', async () => {
  const fleet = await fleetOf(['c'], []);
  const identity = { digest: sha256('after'), updatedAt: '2026-01-02T00:00:00Z' };
  const database = openVulnerabilityDatabase(write('after.db', AFTER), identity);
  try {
    const applied = await applyDatabase(store, fleet, '1.0.0', { database, pathOf: async () => undefined });
    expect(applied).toEqual({ images: 2, touched: [name(0), name(1)], toRun: [name(1)] });
  } finally {
    database.close();
  }
});
