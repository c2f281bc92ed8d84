import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tableServer } from '../../../test/servers/http-table.ts';
import { postgresPrograms, startPostgres } from '../../../test/servers/postgres.ts';
import { isInstalled } from '../../../test/servers/programs.ts';
import { sha256 } from '../../core/digest.ts';
import type { Clock } from '../../core/ports.ts';
import type { Fleet } from '../../fleet/config/fleet.ts';
import { loadFleet } from '../../fleet/config/load.ts';
import type { FleetFinding } from '../../fleet/run/scan.ts';
import { recordFindings } from '../../fleet/store/findings.ts';
import { type ImageResult, recordResult } from '../../fleet/store/results.ts';
import { finishRun, startRun } from '../../fleet/store/runs.ts';
import { FleetStore } from '../../fleet/store/store.ts';
import { addWaiver } from '../../fleet/waivers.ts';
import { createHttpClient } from '../../net/client.ts';
import { collectNotices } from '../notify/collect.ts';
import { readSituation } from '../situation/read-situation.ts';
import { databaseAges } from '../situation/thresholds.ts';
import { METRICS } from './definitions.ts';
import { fleetMetricsText, writeMetricsFile } from './fleet-metrics.ts';
import { fleetSamples } from './fleet-samples.ts';
import { ServiceMetrics } from './service-metrics.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-01-10T00:00:00Z');
let time = START;
const clock: Clock = { now: () => time, sleep: () => Promise.resolve() };

const postgres = postgresPrograms();
let directory: string;
let store: FleetStore;
let fleet: Fleet;
let names = 0;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'suture-metrics-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach(async () => {
  time = START;
  names += 1;
  store = await FleetStore.open(join(directory, `${names}.db`), clock);
  const file = join(directory, 'suture.yaml');
  writeFileSync(
    file,
    `apiVersion: suture.dev/v1alpha1
kind: Fleet
defaults: {sla: {CRITICAL: 24h, HIGH: 7d}, maxDatabaseAge: 36h}
notifications: [{name: ops, kind: slack, url: {env: URL}}]
images:
  - {images: [registry.example.org/shop/a:1, registry.example.org/shop/b:1], team: shop}
  - {repository: registry.example.org/base/c, team: base}
`,
  );
  fleet = await loadFleet(file);
  return () => store.close();
});

const finding = (vulnerability: string, more: Partial<FleetFinding> = {}): FleetFinding => ({
  vulnerability,
  package: 'libc6',
  severity: 'CRITICAL',
  status: 'fixed',
  installedVersion: '1',
  fixedVersion: '2',
  ...more,
});

const result = (
  reference: string,
  outcome: ImageResult['outcome'],
  detail: Partial<ImageResult['detail']> = {},
): ImageResult => ({
  reference,
  outcome,
  digest: sha256(reference),
  repositories: [
    { id: 'http://deb.example.org/debian stable main', digest: sha256('x'), date: '2026-01-09T00:00:00Z' },
  ],
  detail: { changed: 0, pending: [], unusable: [], notes: [], database: sha256('db'), ...detail },
  ...(outcome === 'patched' ? { publishedReference: `${reference}-patched`, publishedDigest: sha256(outcome) } : {}),
});

/** As a run does, with the service levels of the configuration. */
const record = (
  reference: string,
  before: readonly FleetFinding[],
  remaining: readonly FleetFinding[],
  fixOf: Parameters<typeof recordFindings>[4],
) => recordFindings(store, reference, before, remaining, fixOf, { levels: { CRITICAL: 24 * HOUR, HIGH: 168 * HOUR } });

const A = 'registry.example.org/shop/a:1';
const B = 'registry.example.org/shop/b:1';
const C = 'registry.example.org/base/c:3';

async function run(...results: ImageResult[]): Promise<void> {
  const id = await startRun(store, { shard: '1/1', toolVersion: '1', images: results.length });
  for (const each of results) await recordResult(store, id, each);
  const counts: Record<string, number> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  time += 60_000;
  await finishRun(store, id, 'done', counts);
}

const database = { updatedAt: '2026-01-09T18:00:00.000Z', nextUpdate: '2026-01-10T18:00:00.000Z' };
const text = () => fleetMetricsText({ store, fleet, database, version: '1.2.3' });
const lines = async () => (await text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('metrics of a fleet', () => {
  it('say where every image stands, and nothing about what is not known', async () => {
    await run(
      result(A, 'failed'),
      result(B, 'patched'),
      result(C, 'clean'),
      result('registry.example.org/gone:1', 'failed'),
    );
    await record(
      B,
      [finding('CVE-1'), finding('CVE-2', { severity: 'HIGH' })],
      [finding('CVE-2', { severity: 'HIGH' })],
      () => ({
        availableAt: '2026-01-09T12:00:00Z',
      }),
    );
    const found = await lines();
    expect(found).toContain(`patch_image_result{image="${A}",result="failed"} 1`);
    expect(found).toContain(`patch_image_result{image="${A}",result="patched"} 0`);
    expect(found).toContain(`patch_image_result{image="${C}",result="clean"} 1`);
    expect(found).toContain('patch_images{team="shop",result="failed"} 1');
    expect(found).toContain(`patch_image_fixable_vulnerabilities{image="${B}",severity="HIGH"} 1`);
    expect(found).toContain(
      `patch_image_sla_deadline_timestamp_seconds{image="${B}",severity="HIGH"} ${(START + 60_000) / 1000 + 7 * 86_400}`,
    );
    expect(found).toContain('trivy_db_age_hours 6.016666666666667');
    expect(found).toContain('patch_run_last_success_timestamp_seconds{shard="1/1"} 1768003260');
    expect(found).toContain('patch_run_duration_seconds{shard="1/1"} 60');
    expect(found).toContain('patch_time_to_remediate_seconds_bucket{stage="patched",le="3600"} 1');
    expect(found).toContain('patch_time_to_remediate_seconds_bucket{stage="detected",le="43200"} 0');
    expect(found).toContain('patch_time_to_remediate_seconds_bucket{stage="detected",le="86400"} 1');
    expect(found).toContain('patch_notifications_waiting{channel="ops"} 0');
    // Never verified; not of the fleet; no clock.
    expect(found.join('\n')).not.toContain(`patch_image_last_verified_timestamp_seconds{image="${A}"`);
    expect(found.join('\n')).not.toContain('gone');
    expect(found.join('\n')).not.toContain(`patch_image_sla_deadline_timestamp_seconds{image="${C}"`);
  });

  it('leave out images that left the fleet, and know those of other configurations', async () => {
    await run(result(A, 'clean'), result(C, 'clean'), result('registry.example.org/gone:1', 'failed'));
    await store.database.updateTable('images').set({ left_at: store.now() }).where('reference', '=', C).execute();
    const { images, elsewhere } = await readSituation(store, fleet, database);
    expect(images.map(({ reference }) => reference)).toEqual([A]);
    expect(elsewhere).toEqual(['registry.example.org/gone:1']);
  });

  it('leave out what there is nothing of', async () => {
    const empty = await fleetMetricsText({ store, fleet, database: undefined, version: '1' });
    expect(empty).not.toMatch(/patch_db_|trivy_db|patch_run_|patch_image_result|patch_time/);
    expect(empty).toContain('patch_store_up 1');
  });

  it('tell waived, unfixable, and end of life apart', async () => {
    await run(result(A, 'pending'), result(B, 'clean'), result(C, 'partial', { endOfLife: true }));
    await record(A, [finding('CVE-1')], [finding('CVE-1')], () => ({ blockedBy: 'held' }));
    const { fixedVersion: _, ...unfixed } = finding('CVE-2', { status: 'will_not_fix' });
    await record(B, [unfixed], [unfixed], () => ({}));
    const reasons = { owner: 'o', ticket: 't', reason: 'r', justification: 'none' } as const;
    await addWaiver(store, {
      vulnerability: 'CVE-1',
      image: 'registry.example.org/shop/*',
      ...reasons,
      expiresAt: time + 24 * HOUR,
    });
    const found = await lines();
    expect(found).toContain(`patch_image_result{image="${A}",result="waived"} 1`);
    expect(found).toContain(`patch_image_result{image="${B}",result="unfixable"} 1`);
    expect(found).toContain(`patch_image_result{image="${C}",result="eol"} 1`);
    expect(found).toContain('patch_waivers_active{team="shop"} 1');
    expect(found).toContain('patch_waivers_active{team="base"} 0');
    expect(found.filter((line) => line.startsWith('patch_waiver_expiry_timestamp_seconds'))).toHaveLength(1);
  });

  it('count the failures in a row, and forget them with a success', async () => {
    for (let at = 0; at < 3; at++) await run(result(A, 'failed'), result(B, 'clean'));
    expect(await lines()).toContain(`patch_image_consecutive_failures{image="${A}"} 3`);
    await run(result(A, 'clean'), result(B, 'failed'));
    const found = await lines();
    expect(found).toContain(`patch_image_consecutive_failures{image="${A}"} 0`);
    expect(found).toContain(`patch_image_consecutive_failures{image="${B}"} 1`);
  });

  it('stay within their bounds, the most urgent images first', async () => {
    await run(result(A, 'clean'), result(B, 'failed'), result(C, 'clean'));
    const samples = fleetSamples(await readSituation(store, fleet, database), 1);
    const images = new Set(samples.map(({ labels }) => labels['image']).filter((image) => image !== undefined));
    expect([...images]).toEqual([B]);
    expect(samples).toContainEqual({ name: 'patch_images_omitted', labels: {}, value: 2 });
  });

  it.skipIf(postgres === undefined)('are the same on PostgreSQL (Debian package postgresql)', async () => {
    const server = await startPostgres(postgres ?? '');
    const sqlite = store;
    const texts: string[] = [];
    try {
      for (const each of [sqlite, await FleetStore.open(server.database('metrics'), clock)]) {
        store = each;
        time = START;
        for (let at = 0; at < 2; at++) await run(result(A, 'failed'), result(B, 'patched'), result(C, 'clean'));
        await record(B, [finding('CVE-1'), finding('CVE-2')], [finding('CVE-1')], () => ({
          availableAt: '2026-01-09T12:00:00Z',
        }));
        texts.push(await text());
        if (each !== sqlite) await each.close();
      }
    } finally {
      store = sqlite;
      server.close();
    }
    expect(texts[0]).toContain(`patch_image_consecutive_failures{image="${A}"} 2`);
    expect(texts[1]).toBe(texts[0]);
  });

  it.skipIf(!isInstalled('promtool'))('pass promtool check metrics (Debian package prometheus)', async () => {
    await run(result(A, 'failed'), result(B, 'patched'), result(C, 'clean'));
    await record(B, [finding('CVE-1')], [], () => ({ availableAt: '2026-01-09T12:00:00Z' }));
    const all = await new ServiceMetrics().text({ store, fleet, database, version: '1.2.3' });
    const { stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], { input: all, encoding: 'utf8' });
    // The alias has hours because those whose dashboards ask for it have.
    expect(
      (stdout + stderr).split('\n').filter((line) => line !== '' && !line.startsWith('trivy_db_age_hours ')),
    ).toEqual([]);
    for (const name of all.matchAll(/^# TYPE (\S+) (\S+)$/gm))
      expect(METRICS).toHaveProperty(name[1] ?? '', expect.objectContaining({ type: name[2] }));
  });

  it('are written as a whole or not at all', async () => {
    const folder = mkdtempSync(join(directory, 'textfile-'));
    await writeMetricsFile(join(folder, 'suture.prom'), 'old\n');
    await writeMetricsFile(join(folder, 'suture.prom'), 'new\n');
    expect(readFileSync(join(folder, 'suture.prom'), 'utf8')).toBe('new\n');
    expect(readdirSync(folder)).toEqual(['suture.prom']);
    await expect(writeMetricsFile(join(folder, 'no', 'x.prom'), '')).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  });
});

describe('metrics of a service', () => {
  it('say that the store is down instead of failing', async () => {
    const closed = await FleetStore.open(join(directory, 'closed.db'), clock);
    await closed.close();
    const all = await new ServiceMetrics().text({ store: closed, fleet, database, version: '1' });
    expect(all).toContain('patch_store_up 0');
    expect(all).toContain('process_resident_memory_bytes');
  });

  it('count requests to registries', async () => {
    const server = await tableServer([{ path: '/v2/' }, { path: '/v2/a', status: 404 }, { path: '/other' }]);
    const metrics = new ServiceMetrics();
    const client = metrics.counted(createHttpClient({ environment: {}, retries: { attempts: 1 } }));
    for (const path of ['/v2/', '/v2/a', '/other']) (await client.get(server.url + path)).discard();
    await client.close();
    await server.close();
    await client.get(`${server.url}/v2/`).catch(() => {});
    const all = await metrics.text({ store, fleet, database, version: '1' });
    expect(all.match(/^patch_registry_requests_total.*$/gm)).toEqual([
      'patch_registry_requests_total{code="200"} 1',
      'patch_registry_requests_total{code="404"} 1',
      'patch_registry_requests_total{code="NETWORK_UNREACHABLE"} 1',
    ]);
  });
});

describe('notices of a fleet', () => {
  const events = async (db: Parameters<typeof readSituation>[2] = database) =>
    collectNotices(await readSituation(store, fleet, db), databaseAges(fleet)).map(({ key }) => key);

  it('come from runs, images, clocks, waivers and the database', async () => {
    for (let at = 0; at < 3; at++)
      await run(result(A, 'failed'), result(B, 'patched'), result(C, 'clean', { endOfLife: true }));
    expect(await events()).toEqual([
      'run-partly 1/1',
      `end-of-life ${C}`,
      `image-failing ${A}`,
      `image-patched ${B} ${sha256('patched')}`,
    ]);
    await run(result(A, 'failed'), result(B, 'failed'));
    expect(await events()).toContain('run-failed 1/1');
    await run(result(A, 'clean'), result(B, 'clean'), result(C, 'clean'));
    expect(await events()).toEqual([]);
  });

  it('tell of a clock in the last fifth of its window, and when it is over', async () => {
    await run(result(A, 'pending'));
    await record(A, [finding('CVE-1'), finding('CVE-2')], [finding('CVE-1'), finding('CVE-2')], () => ({
      availableAt: '2026-01-01T00:00:00Z',
      blockedBy: 'held',
    }));
    const due = new Date(time + 24 * HOUR).toISOString();
    const clocks = async () => (await events({ updatedAt: store.now() })).filter((key) => key.startsWith('sla'));
    time += 19 * HOUR;
    expect(await clocks()).toEqual([]);
    time += HOUR;
    expect(await clocks()).toEqual([`sla-due ${A} CRITICAL ${due}`]);
    time += 5 * HOUR;
    expect(await clocks()).toEqual([`sla-breached ${A} CRITICAL ${due}`]);
  });

  it('tell of the database by the strictest age of the configuration, and when there is none', async () => {
    expect(await events({ updatedAt: new Date(START - 17 * HOUR).toISOString() })).toEqual([]);
    expect(await events({ updatedAt: new Date(START - 19 * HOUR).toISOString() })).toEqual(['database-stale warning']);
    expect(await events({ updatedAt: new Date(START - 37 * HOUR).toISOString() })).toEqual(['database-stale critical']);
    const missing = collectNotices(await readSituation(store, fleet, undefined), databaseAges(fleet));
    expect(missing.map(({ key }) => key)).toEqual(['database-stale missing']);
  });

  it('tell of a waiver in its last week', async () => {
    const reasons = { owner: 'o', ticket: 't', reason: 'r', justification: 'none' } as const;
    const row = await addWaiver(store, {
      vulnerability: 'CVE-1',
      image: '**',
      ...reasons,
      expiresAt: time + 8 * 24 * HOUR,
    });
    const fresh = { updatedAt: new Date(START + 25 * HOUR).toISOString() };
    expect(await events(fresh)).toEqual([]);
    time += 25 * HOUR;
    expect(await events(fresh)).toEqual([`waiver-expiring ${row.id} ${row.expires_at}`]);
    time += 8 * 24 * HOUR;
    expect((await events(fresh)).filter((key) => key.startsWith('waiver'))).toEqual([]);
  });
});
