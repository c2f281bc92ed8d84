import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type AdvisoryTree, advisoryBuckets } from '../../../test/support/advisory-database.ts';
import { writeBolt } from '../../../test/support/bolt-writer.ts';
import { sha256 } from '../../core/digest.ts';
import type { ScannedImage, ScannedOs, ScannedPackage } from '../../packages/inventory/types.ts';
import { openVulnerabilityDatabase, type VulnerabilityDatabase } from '../trivy-db/database.ts';
import { type Evaluation, matchInventory } from './match-inventory.ts';
import { reEvaluate } from './re-evaluate.ts';
import { sortUnknowns } from './unknown.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const rows = {
  'CVE-1': { FixedVersion: '2', Severity: 3 },
  'CVE-2': { Status: 5 },
  'CVE-3': { FixedVersion: '3', VendorIDs: ['A-1'] },
};
const TREE: AdvisoryTree = {
  'data-source': { 'debian 12': { ID: 'debian', Name: 'Debian' }, 'rocky 9': { ID: 'rocky' } },
  'debian 12': { a: rows, b: rows, '~': { 'CVE-9': {} } },
  'rocky 9': {
    a: rows,
    b: { 'CVE-1': { FixedVersion: '2-1', Entries: [{ FixedVersion: '3-1', Arches: ['x86_64'] }] } },
  },
  'alpine 3.19': { a: rows },
  'Red Hat': { a: { 'RHSA-1': { Entries: [{ FixedVersion: '2', Cves: [{ ID: 'CVE-1' }], Affected: [1] }] } } },
  'Red Hat CPE': { repository: { 'rhel-9-for-x86_64-baseos-rpms': [1] } },
  'root.io debian 12': { a: { 'CVE-1': { VulnerableVersions: ['<2'], PatchedVersions: ['2'] } } },
  vulnerability: { 'CVE-1': { Title: 'one', Severity: 'LOW' }, 'CVE-3': { VendorSeverity: { debian: 4 } } },
};

const directory = mkdtempSync(join(tmpdir(), 'suture-re-evaluate-'));
let database: VulnerabilityDatabase;
beforeAll(() => {
  const path = join(directory, 'trivy.db');
  writeBolt(path, advisoryBuckets(TREE));
  database = openVulnerabilityDatabase(path, { digest: sha256('test'), updatedAt: '2026-01-01T00:00:00Z' });
});
afterAll(() => {
  database.close();
  rmSync(directory, { recursive: true });
});

const systems: fc.Arbitrary<ScannedOs | undefined> = fc.constantFrom(
  { family: 'debian', name: '12.5', extended: false },
  { family: 'debian', name: '9', extended: false },
  { family: 'rocky', name: '9.3', extended: false },
  { family: 'redhat', name: '9.3', extended: false },
  { family: 'alpine', name: '3.19.1', extended: false },
  { family: 'echo', name: '', extended: false },
  { family: 'plan9', name: '4', extended: false },
  undefined,
);

/** One object for all packages of a source and version, as packages of cached facts share it. */
const sources = new Map<string, ScannedPackage['src']>();
function sourceOf(name: string, version: string): ScannedPackage['src'] {
  const known = sources.get(`${name} ${version}`) ?? { name, version, release: '', epoch: 0 };
  sources.set(`${name} ${version}`, known);
  return known;
}

const packages: fc.Arbitrary<ScannedPackage> = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c', 'gpg-pubkey'),
    shared: fc.boolean(),
    version: fc.constantFrom('1', '2', '2.5', 'x', '1.root.io.1'),
    arch: fc.constantFrom('amd64', 'x86_64', 'i386'),
    source: fc.constantFrom('a', 'b', ''),
    layer: fc.constantFrom('x', 'y', undefined),
    thirdParty: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
  })
  .map(({ name, version, arch, source, layer, thirdParty, shared }) => ({
    id: `${name}@${version}`,
    name,
    version,
    release: '',
    epoch: 0,
    arch,
    src: shared ? sourceOf(source, version) : { name: source, version, release: '', epoch: 0 },
    ...(thirdParty ? { repositoryClass: 'third-party' as const } : {}),
    licenses: [],
    dependsOn: [],
    ...(layer === undefined ? {} : { layer: { diffId: sha256(layer) } }),
    identifier: { purl: `pkg:deb/debian/${name}@${version}?arch=${arch}` },
  }));

const images: fc.Arbitrary<ScannedImage> = fc
  .record({ os: systems, packages: fc.array(packages, { maxLength: 8 }) })
  .map(({ os, packages: found }) => ({
    ...(os === undefined ? {} : { os }),
    packages: found,
    problems: os === undefined ? [{ kind: 'os-unknown' as const, detail: 'no file says' }] : [],
  }));

function outcome(work: () => Evaluation): unknown {
  try {
    return comparable(work());
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** Without layers and details, and unknowns in the order in which a result shows them. */
function comparable(evaluation: Evaluation): unknown {
  const findings = evaluation.findings.map(({ layer: _, details: __, ...finding }) => finding);
  return { ...evaluation, findings, unknowns: sortUnknowns(evaluation.unknowns) };
}

async function reEvaluateAll(list: readonly ScannedImage[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for await (const result of reEvaluate(
    database,
    list.map((image) => ({ image })),
    NOW,
  )) {
    expect(result.inventory.image).toBe(list[results.length]);
    results.push('failure' in result ? result.failure.code : comparable(result.evaluation));
  }
  return results;
}

it('says of every image what a scan of it says (property)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(images, { maxLength: 6 }), async (list) => {
      const expected = list.map((image) => outcome(() => matchInventory(database, image, { name: 'app' }, NOW)));
      expect(await reEvaluateAll(list)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

it('takes the first of several architectures of one ID, also when their sources differ', async () => {
  const [some] = fc.sample(packages, { numRuns: 1, seed: 1 });
  if (some === undefined) throw new Error('no package');
  const { repositoryClass: _, ...plain } = some;
  const of = (name: string, arch: string, source: string): ScannedPackage => ({
    ...plain,
    id: `${name}@1`,
    name,
    version: '1',
    arch,
    src: { name: source, version: '1', release: '', epoch: 0 },
  });
  const image: ScannedImage = {
    os: { family: 'debian', name: '12.5', extended: false },
    packages: [of('a', 'amd64', 'a'), of('b', 'amd64', 'b'), of('b', 'i386', 'a')],
    problems: [],
  };
  const whole = matchInventory(database, image, { name: 'app' }, NOW);
  expect(whole.findings.map(({ package: found }) => found.architecture)).toEqual(whole.findings.map(() => 'amd64'));
  expect(whole.findings).toHaveLength(6);
  expect(await reEvaluateAll([image])).toEqual([comparable(whole)]);
});

it('reads the advisories of a package once for all images', async () => {
  const advisories = vi.spyOn(database, 'advisories');
  const details = vi.spyOn(database, 'details');
  const [image] = fc.sample(
    packages.map((found): ScannedImage => {
      const same = { ...found, name: 'a', src: { ...found.src, name: 'a', version: '1' }, version: '1' };
      return { os: { family: 'debian', name: '12.5', extended: false }, packages: [same], problems: [] };
    }),
    { numRuns: 1, seed: 1 },
  );
  if (image === undefined) throw new Error('no image');
  const results = await reEvaluateAll(
    Array.from({ length: 50 }, (_, number) => ({
      ...image,
      packages: image.packages.map((found) => ({ ...found, layer: { diffId: sha256(String(number)) } })),
    })),
  );
  expect(results).toHaveLength(50);
  expect(advisories).toHaveBeenCalledTimes(1);
  expect(details).toHaveBeenCalledTimes(3);
});
