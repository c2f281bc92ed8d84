import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { type AdvisoryTree, advisoryBuckets } from '../../../test/support/advisory-database.ts';
import { writeBolt } from '../../../test/support/bolt-writer.ts';
import { sha256 } from '../../core/digest.ts';
import type { ScannedImage, ScannedPackage } from '../../packages/inventory/types.ts';
import { openVulnerabilityDatabase } from '../trivy-db/database.ts';
import { DatabaseChanges } from './changes.ts';
import { matchInventory } from './match-inventory.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const directory = mkdtempSync(join(tmpdir(), 'suture-changes-'));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
function write(tree: AdvisoryTree): string {
  const path = join(directory, `${++files}.db`);
  writeBolt(path, advisoryBuckets(tree));
  return path;
}

const identity = (name: string) => ({ digest: sha256(name), updatedAt: '2026-01-01T00:00:00Z' });

const rows = fc.dictionary(
  fc.constantFrom('CVE-1', 'CVE-2'),
  fc.record({ FixedVersion: fc.constantFrom('1', '2', '3') }),
  { minKeys: 1 },
);
const trees: fc.Arbitrary<AdvisoryTree> = fc.record({
  'data-source': fc.constant({ 'debian 12': { ID: 'debian', Name: 'Debian' } }),
  'debian 12': fc.dictionary(fc.constantFrom('a', 'b', 'c'), rows, { minKeys: 1 }),
  'alpine 3.19': fc.dictionary(fc.constantFrom('a', 'b'), rows, { minKeys: 1 }),
  'root.io debian 12': fc.constant({ a: { 'CVE-1': { VulnerableVersions: ['<2'], PatchedVersions: ['2'] } } }),
  vulnerability: fc.record({ 'CVE-1': fc.record({ Severity: fc.constantFrom('LOW', 'HIGH') }) }),
});

const packages: fc.Arbitrary<ScannedPackage> = fc
  .record({ name: fc.constantFrom('a', 'b', 'c', 'd'), version: fc.constantFrom('1', '2', '1.root.io.1') })
  .map(({ name, version }) => ({
    id: `${name}@${version}`,
    name,
    version,
    release: '',
    epoch: 0,
    arch: 'amd64',
    src: { name, version, release: '', epoch: 0 },
    licenses: [],
    dependsOn: [],
    identifier: { purl: `pkg:deb/debian/${name}@${version}?arch=amd64` },
  }));
const images: fc.Arbitrary<ScannedImage> = fc
  .record({
    os: fc.constantFrom(
      { family: 'debian', name: '12.5', extended: false },
      { family: 'alpine', name: '3.19.1', extended: false },
    ),
    packages: fc.array(packages, { maxLength: 4 }),
  })
  .map(({ os, packages: found }) => ({ os, packages: found, problems: [] }));

it('passes over an image only when the new database says the same of it (property)', () => {
  let [same, touched] = [0, 0];
  fc.assert(
    fc.property(trees, trees, fc.array(images, { minLength: 1, maxLength: 6 }), (before, after, list) => {
      const [old, next] = [write(before), write(after)];
      const database = openVulnerabilityDatabase(next, identity('same'));
      const known = openVulnerabilityDatabase(old, identity('same'));
      const changes = new DatabaseChanges(old, identity('old'), database, NOW);
      try {
        for (const image of list) {
          if (changes.touches(image)) {
            touched++;
            continue;
          }
          same++;
          const say = (of: typeof database) => matchInventory(of, image, { name: 'app' }, NOW);
          expect(say(database)).toEqual(say(known));
        }
      } finally {
        for (const open of [changes, database, known]) open.close();
        for (const path of [old, next]) rmSync(path);
      }
    }),
    { numRuns: 150 },
  );
  expect(Math.min(same, touched)).toBeGreaterThan(20);
});

it('sees what changed about one package, its vulnerability or its system, and nothing else', () => {
  const tree: AdvisoryTree = {
    'data-source': { 'debian 12': { ID: 'debian' } },
    'debian 12': { a: { 'CVE-1': { FixedVersion: '2' } }, b: { 'CVE-2': { FixedVersion: '2' } } },
    vulnerability: { 'CVE-1': { Severity: 'LOW' }, 'CVE-2': { Severity: 'LOW' } },
  };
  const old = write(tree);
  const image = (name: string): ScannedImage => {
    const [found] = fc.sample(packages, { numRuns: 1, seed: 1 });
    if (found === undefined) throw new Error('no package');
    const own = { ...found, id: `${name}@1`, name, version: '1', src: { ...found.src, name, version: '1' } };
    return { os: { family: 'debian', name: '12.5', extended: false }, packages: [own], problems: [] };
  };
  const touched = (after: AdvisoryTree) => {
    const database = openVulnerabilityDatabase(write(after), identity('new'));
    const changes = new DatabaseChanges(old, identity('old'), database, NOW);
    const names = ['a', 'b', 'c'].filter((name) => changes.touches(image(name)));
    changes.close();
    database.close();
    return names;
  };
  expect(touched(tree)).toEqual([]);
  const debian = tree['debian 12'] ?? {};
  expect(touched({ ...tree, 'debian 12': { ...debian, b: { 'CVE-2': { FixedVersion: '3' } } } })).toEqual(['b']);
  expect(touched({ ...tree, 'debian 12': { ...debian, c: { 'CVE-3': {} } } })).toEqual(['c']);
  expect(touched({ ...tree, vulnerability: { 'CVE-1': { Severity: 'HIGH' }, 'CVE-2': { Severity: 'LOW' } } })).toEqual([
    'a',
  ]);
  expect(touched({ ...tree, 'debian 11': { a: { 'CVE-9': {} } } })).toEqual([]);
});
