import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, postgresPrograms, startPostgres } from '../../../test/servers/postgres.ts';
import { DAY, HOUR, SAMPLE_START, sampleResult, TestClock } from '../../../test/support/sample-fleet.ts';
import { SEVERITIES } from '../../core/severity.ts';
import type { ServiceLevels } from '../config/fleet.ts';
import type { FleetFinding } from '../run/scan.ts';
import { assess } from '../sla.ts';
import { stateOf } from '../views/conditions.ts';
import { standings } from '../views/standings.ts';
import { addWaiver, listWaivers, removeWaiver } from '../waivers.ts';
import { recordFindings } from './findings.ts';
import { rememberOwners } from './owners.ts';
import { restateExploited, restateLevels, retireImages } from './restate.ts';
import { recordResult } from './results.ts';
import type { FindingRow } from './schema.ts';
import { FleetStore } from './store.ts';

const programs = postgresPrograms();
const IMAGES = ['r.example.org/a:1', 'r.example.org/b:1', 's.example.org/c:1'];
const IDS = ['CVE-1', 'CVE-2', 'CVE-3'];
const PACKAGES = ['x', 'y'];

const severities = fc.constantFrom(...SEVERITIES);
const levels: fc.Arbitrary<ServiceLevels> = fc
  .record(
    { CRITICAL: fc.integer({ min: 1, max: 96 }), KNOWN_EXPLOITED: fc.integer({ min: 1, max: 24 }) },
    { requiredKeys: [] },
  )
  .map((hours) => Object.fromEntries(Object.entries(hours).map(([name, value]) => [name, value * HOUR])));
const finding: fc.Arbitrary<FleetFinding & { isLeft: boolean; availableAt?: string; blockedBy?: string }> = fc
  .record({
    vulnerability: fc.constantFrom(...IDS),
    package: fc.constantFrom(...PACKAGES),
    severity: severities,
    status: fc.constantFrom('affected' as const, 'will_not_fix' as const, 'end_of_life' as const, 'fixed' as const),
    isLeft: fc.boolean(),
    available: fc.option(fc.integer({ min: -48, max: 48 }), { nil: undefined }),
    blocked: fc.boolean(),
  })
  .map(({ available, blocked, ...rest }) => ({
    ...rest,
    installedVersion: '1',
    ...(available === undefined ? {} : { availableAt: new Date(SAMPLE_START + available * HOUR).toISOString() }),
    ...(blocked ? { blockedBy: 'held: x' } : {}),
  }));

/** What can happen to a store, one thing after the other. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('scan' as const),
      image: fc.constantFrom(...IMAGES),
      levels,
      exploited: fc.option(fc.subarray(IDS), { nil: undefined }),
      findings: fc.uniqueArray(finding, { selector: (row) => `${row.vulnerability} ${row.package}` }),
    }),
  },
  fc.record({ kind: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 60 }) }),
  fc.record({
    kind: fc.constant('waive' as const),
    vulnerability: fc.constantFrom(...IDS),
    image: fc.constantFrom('**', 'r.example.org/*', ...IMAGES),
    package: fc.option(fc.constantFrom(...PACKAGES), { nil: undefined }),
    hours: fc.integer({ min: 1, max: 80 }),
  }),
  fc.record({ kind: fc.constant('unwaive' as const) }),
  fc.record({ kind: fc.constant('levels' as const), image: fc.constantFrom(...IMAGES), levels }),
  fc.record({ kind: fc.constant('exploited' as const), ids: fc.subarray(IDS) }),
  fc.record({ kind: fc.constant('leave' as const), image: fc.constantFrom(...IMAGES) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe.each([
  { kind: 'SQLite', usable: true },
  { kind: 'PostgreSQL (Debian package postgresql)', usable: programs !== undefined },
])('what is kept of findings on $kind', ({ kind, usable }) => {
  describe.skipIf(!usable)('when installed', () => {
    let server: PostgresServer | undefined;
    let directory: string;
    let names = 0;
    const clock = new TestClock();
    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'suture-standing-'));
      if (kind !== 'SQLite' && programs !== undefined) server = await startPostgres(programs);
    }, 120_000);
    afterAll(() => {
      server?.close();
      rmSync(directory, { recursive: true, force: true });
    });
    const open = () => {
      names += 1;
      clock.time = SAMPLE_START;
      return FleetStore.open(server?.database(`standing${names}`) ?? join(directory, `${names}.db`), clock);
    };

    it('is what counting everything anew gives, whatever happened', { timeout: 300_000 }, async () => {
      const store = await open();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
          await empty(store);
          clock.time = SAMPLE_START;
          for (const one of steps) await perform(store, clock, one);
          await compareWithDefinition(store);
        }),
        { numRuns: kind === 'SQLite' ? 60 : 25 },
      );
      await store.close();
    });
  });
});

async function empty(store: FleetStore): Promise<void> {
  for (const table of ['findings', 'finding_counts', 'vulnerabilities', 'waivers', 'images', 'results'] as const)
    await store.database.deleteFrom(table).execute();
}

async function perform(store: FleetStore, clock: TestClock, one: Step): Promise<void> {
  switch (one.kind) {
    case 'wait':
      clock.time += one.hours * HOUR;
      return;
    case 'scan': {
      const left = one.findings.filter(({ isLeft }) => isLeft);
      const fixOf = (row: FleetFinding) => {
        const found = one.findings.find(
          (each) => each.vulnerability === row.vulnerability && each.package === row.package,
        );
        return {
          ...(found?.availableAt === undefined ? {} : { availableAt: found.availableAt }),
          ...(found?.blockedBy === undefined ? {} : { blockedBy: found.blockedBy }),
        };
      };
      const exploited = one.exploited === undefined ? {} : { exploited: new Set(one.exploited) };
      if (one.exploited !== undefined) await restateExploited(store, new Set(one.exploited));
      await recordFindings(store, one.image, one.findings, left, fixOf, { levels: one.levels, ...exploited });
      await recordResult(store, 'run', sampleResult(one.image), { source: 'fleet' });
      return;
    }
    case 'waive':
      await addWaiver(store, {
        vulnerability: one.vulnerability,
        image: one.image,
        ...(one.package === undefined ? {} : { package: one.package }),
        owner: 'o',
        ticket: 't',
        reason: 'r',
        justification: 'none',
        expiresAt: clock.time + one.hours * HOUR,
      });
      return;
    case 'unwaive': {
      const held = (await listWaivers(store)).find(
        (row) => row.removed_at === null && Date.parse(row.expires_at) > clock.time,
      );
      if (held !== undefined) await removeWaiver(store, held.id);
      return;
    }
    case 'levels':
      return restateLevels(store, new Map([[one.image, one.levels]]));
    case 'exploited':
      await restateExploited(store, new Set(one.ids));
      return;
    case 'leave': {
      const named = new Set(IMAGES.filter((image) => image !== one.image));
      await retireImages(store, 'fleet', named);
      await rememberOwners(store, new Map([...named].map((reference) => [reference, { source: 'fleet' }])));
    }
  }
}

/** The columns and tables that are kept, compared with what the definition says of each finding. */
async function compareWithDefinition(store: FleetStore): Promise<void> {
  const waivers = await listWaivers(store);
  const images = await store.database.selectFrom('images').selectAll().execute();
  const { rows } = await sql<FindingRow & { state: string }>`select f.*, ${stateOf('f', store.now())} as state
    from findings as f`.execute(store.database);
  for (const row of rows) {
    if (row.resolved_at !== null) continue;
    const image = images.find(({ reference }) => reference === row.reference);
    const context = { levels: JSON.parse(image?.levels ?? '{}') as ServiceLevels, waivers, now: store.clock.now() };
    const { state, startedAt, dueAt, waiver } = assess(row, context);
    expect({ state: row.state, started: row.started_at, due: row.due_at }).toEqual({
      state,
      started: startedAt ?? null,
      due: dueAt ?? null,
    });
    if (state === 'waived') expect(row.waiver_id).toBe(waiver);
  }
  await compareCounts(store, rows);
  await compareVulnerabilities(store, rows);
}

async function compareCounts(store: FleetStore, rows: readonly (FindingRow & { state: string })[]): Promise<void> {
  const byImage = await standings(store, 'image');
  for (const image of IMAGES) {
    const counted = byImage.get(image)?.states;
    const open = rows.filter((row) => row.reference === image && row.resolved_at === null);
    const of = (state: string) => open.filter((row) => row.state === state).length;
    expect(counted ?? { open: 0 }).toMatchObject({ open: open.length });
    if (counted !== undefined)
      expect(counted).toEqual({
        open: open.length,
        late: of('late'),
        due: of('due'),
        unmeasured: of('unmeasured'),
        waived: of('waived'),
        pendingUpstream: of('pending-upstream'),
        unfixable: of('unfixable'),
        endOfLife: of('eol'),
      });
  }
}

async function compareVulnerabilities(store: FleetStore, rows: readonly FindingRow[]): Promise<void> {
  const stored = await store.database.selectFrom('vulnerabilities').selectAll().orderBy('id').execute();
  const images = (of: readonly FindingRow[]) => new Set(of.map(({ reference }) => reference));
  const ids = [...new Set(rows.map(({ vulnerability }) => vulnerability))].sort();
  expect(stored.map(({ id }) => id)).toEqual(ids);
  for (const row of stored) {
    const all = rows.filter(({ vulnerability }) => vulnerability === row.id);
    const open = all.filter(({ resolved_at: resolved }) => resolved === null);
    const fixable = open.filter(({ started_at: started }) => started !== null);
    expect(row).toMatchObject({
      open_images: images(open).size,
      fixable_images: images(fixable).size,
      resolved_images: images(all).size - images(open).size,
    });
    if (open.length > 0) expect(row.tier_rank).toBeGreaterThanOrEqual(Math.max(...open.map((each) => each.tier_rank)));
  }
}

describe('restating', () => {
  it('gives images back that a configuration names again, and forgets nothing that happened', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'suture-leave-'));
    const clock = new TestClock();
    const store = await FleetStore.open(join(directory, 'fleet.db'), clock);
    const [image = ''] = IMAGES;
    const found: FleetFinding = {
      vulnerability: 'CVE-1',
      package: 'x',
      severity: 'CRITICAL',
      status: 'fixed',
      installedVersion: '1',
    };
    const scan = async () => {
      await recordFindings(store, image, [found], [found], () => ({ blockedBy: 'held: x' }), {
        levels: { CRITICAL: DAY },
      });
      await recordResult(store, 'run', sampleResult(image), { source: 'fleet' });
    };
    await scan();
    clock.time += DAY;
    expect(await retireImages(store, 'another configuration', new Set())).toEqual([]);
    expect(await retireImages(store, 'fleet', new Set())).toEqual([image]);
    expect(await retireImages(store, 'fleet', new Set())).toEqual([]);
    expect(await store.database.selectFrom('findings').selectAll().execute()).toEqual([]);
    expect(await store.database.selectFrom('vulnerabilities').selectAll().execute()).toEqual([]);
    expect(await store.database.selectFrom('results').select('reference').execute()).toEqual([{ reference: image }]);
    const left = await store.database.selectFrom('events').select('kind').where('subject', '=', image).execute();
    expect(left.map(({ kind }) => kind)).toEqual(['image-result', 'image-left']);
    await scan();
    const [again] = await store.database.selectFrom('images').selectAll().execute();
    expect(again).toMatchObject({ left_at: null, source: 'fleet' });
    expect(await store.database.selectFrom('findings').select('first_detected_at').execute()).toEqual([
      { first_detected_at: new Date(SAMPLE_START + DAY).toISOString() },
    ]);
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
});
