import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/ports.ts';
import { FleetStore } from '../../src/fleet/store/store.ts';
import { imageView } from '../../src/fleet/views/image.ts';
import { listImages } from '../../src/fleet/views/images.ts';
import { overviewOf } from '../../src/fleet/views/overview.ts';
import { runView } from '../../src/fleet/views/runs.ts';
import { ROUTES } from '../../src/service/api/contract/routes.ts';
import { databaseBytes, metadataBytes } from '../support/database-artifact.ts';
import { FleetWorld, report } from './support/fleet-world.ts';
import { World } from './support/world.ts';

let world: World;
let fleet: FleetWorld;
let store: FleetStore | undefined;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.publishFirst();
  fleet = await FleetWorld.open(world);
  return () => fleet.close();
});
afterEach(() => store?.close());

const HIGH = 'CVE-2025-0001';
const LOW = 'CVE-2025-0009';

async function importDatabase(): Promise<void> {
  const directory = world.path('database');
  const files = world.path('files');
  mkdirSync(directory);
  mkdirSync(files);
  const advisories = {
    'data-source': { 'debian 12': { ID: 'debian', Name: 'made-up' } },
    'debian 12': {
      greet: { [HIGH]: { FixedVersion: '1.0-1+deb1u1' } },
      notes: { [LOW]: { FixedVersion: '2.1' } },
    },
    vulnerability: { [HIGH]: { Severity: 'HIGH', Title: 'greet: too friendly' }, [LOW]: { Severity: 'LOW' } },
  };
  writeFileSync(join(files, 'trivy.db'), databaseBytes(directory, advisories));
  writeFileSync(join(files, 'metadata.json'), metadataBytes(new Date().toISOString()));
  expect((await world.call(['db', 'import', files])).code).toBe(0);
}

describe('what a run leaves in the store', () => {
  it('is all that the views show: plan, fixes, layers, base, teams, tiers', { timeout: 120_000 }, async () => {
    await importDatabase();
    const reference = await fleet.push(await world.image(), 'team/app:1');
    const other = await fleet.push(await world.image(), 'team/other:1');
    const place = world.path('fleet.db');
    const config = world.path('suture.yaml');
    const exploited = world.path('kev.json');
    const kev = (...ids: readonly string[]) =>
      writeFileSync(
        exploited,
        JSON.stringify({ vulnerabilities: ids.map((cveID) => ({ cveID, dateAdded: '2025-01-01' })) }),
      );
    const configure = (images: readonly string[], team: string) =>
      writeFileSync(
        config,
        [
          'apiVersion: suture.dev/v1alpha1',
          'kind: Fleet',
          `knownExploited: ${exploited}`,
          'images:',
          `  - {name: apps, team: ${team}, images: [${images.map((name) => `"${name}"`).join(', ')}],`,
          '     sla: {KNOWN_EXPLOITED: 1h, HIGH: 7d}}',
        ].join('\n'),
      );
    const run = async () => report(await fleet.run(['-c', config, '--store', place]));
    kev(HIGH);
    configure([reference, other], 'red');
    const first = await run();
    expect(first.counts).toMatchObject({ patched: 2 });
    store = await FleetStore.open(place, systemClock);

    const image = await imageView(store, reference);
    expect(ROUTES.image.response.parse(image)).toEqual(image);
    expect(image).toMatchObject({
      team: 'red',
      set: 'apps',
      outcome: 'patched',
      os: { family: 'debian' },
      platforms: ['linux/amd64'],
      result: { run: first.run, fixed: 1 },
      lineage: { base: { digest: image?.digest }, sameBase: 1 },
    });
    expect(image?.before?.KNOWN_EXPLOITED).toBeGreaterThan(0);
    expect(image?.after?.KNOWN_EXPLOITED).toBe(0);
    expect(image?.plan.steps.flatMap(({ vulnerabilities }) => vulnerabilities)).toContain(HIGH);
    expect(image?.resolved.items[0]).toMatchObject({
      vulnerability: HIGH,
      tier: 'KNOWN_EXPLOITED',
      state: 'met',
      title: 'greet: too friendly',
    });
    expect(image?.findings.items).toMatchObject([{ vulnerability: LOW, state: 'pending-upstream' }]);
    expect(image?.layers.filter(({ ours }) => ours)).toEqual(image?.layers.slice(-1));
    expect(image?.layers.at(-1)?.createdBy).toMatch(/^suture patch/);
    expect(image?.repositories).not.toEqual([]);
    expect(await runView(store, first.run ?? '')).toMatchObject({ status: 'done', images: 2, counts: { patched: 2 } });

    // Nothing is to do, but the configuration says something else of both images.
    kev(LOW);
    configure([reference], 'blue');
    expect((await run()).counts).toMatchObject({ unchanged: 1, patched: 1 });
    const { items } = await listImages(store, { limit: 10 });
    expect(items).toMatchObject([{ reference, team: 'blue', tiers: { KNOWN_EXPLOITED: 1 } }]);
    expect((await overviewOf(store, { days: 7 })).coverage).toMatchObject({ images: 1, byOutcome: { patched: 1 } });
    expect((await imageView(store, other))?.findings.items).toEqual([]);
    expect((await world.call(['store', 'verify', '--store', place])).code).toBe(0);
  });
});
