import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, postgresPrograms, startPostgres } from '../servers/postgres.ts';
import { databaseBytes, metadataBytes } from '../support/database-artifact.ts';
import { FleetWorld } from './support/fleet-world.ts';
import { isBlobPull } from './support/recording-proxy.ts';
import { Events, type List, pause, type Run, RunningService } from './support/running-service.ts';
import { FIRST_TAG, World } from './support/world.ts';

const programs = postgresPrograms();

let world: World;
let fleet: FleetWorld;
const started: RunningService[] = [];

/** A service that is ended with the test. */
async function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const service = await RunningService.start(world, args, environment);
  started.push(service);
  return service;
}

beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.publishFirst();
  fleet = await FleetWorld.open(world);
  return async () => {
    for (const service of started.splice(0)) await service.kill();
    await fleet.close();
  };
});

function config(references: readonly string[], more = ''): string {
  const path = world.path('suture.yaml');
  const images = references.map((reference) => JSON.stringify(reference)).join(', ');
  writeFileSync(
    path,
    `apiVersion: suture.dev/v1alpha1\nkind: Fleet\n${more}images:\n  - {name: all, images: [${images}]}\n`,
  );
  return path;
}

async function makeToken(store: string, role = 'admin'): Promise<string> {
  const { code, stdout } = await world.call(['token', 'create', '--name', 'test', '--role', role, '--store', store]);
  expect(code).toBe(0);
  return stdout.trim();
}

describe('a service', () => {
  it('refuses to start without a way to log in, and everywhere without authentication', async () => {
    const args = ['-c', config([]).replace('none', ''), '--store', world.path('fleet.db')];
    writeFileSync(args[1] ?? '', 'registry.example.org/a:1\n');
    const unguarded = await world.run(['serve', '-o', 'json', ...args]);
    expect([unguarded.code, JSON.parse(unguarded.stdout)]).toMatchObject([2, { code: 'ACCESS_UNGUARDED' }]);
    const wide = await world.run(['serve', '-o', 'json', '--insecure-no-auth', '--listen', '0.0.0.0:0', ...args]);
    expect([wide.code, JSON.parse(wide.stdout)]).toMatchObject([2, { code: 'ACCESS_UNGUARDED' }]);
  });

  it('runs when asked, tells how it goes, and does nothing the second time', async () => {
    const references = await fleet.pushMany(2, 2);
    const store = world.path('fleet.db');
    const token = await makeToken(store, 'operator');
    const service = await start(['-c', config(references), '--store', store]);
    const stream = new Events(`${service.url}/api/v1/events/stream`, token);
    await stream.opened;
    const { id, status } = await service.post<Run>('/runs', token, {});
    expect(status).toBe('queued');
    expect(await service.ran(id, token)).toMatchObject({ status: 'done', trigger: 'manual', counts: { patched: 4 } });
    for (const reference of references) expect(await fleet.digestOf(`${reference}-patched-${FIRST_TAG}`)).toBeDefined();
    await expect.poll(() => stream.kinds, { timeout: 10_000 }).toContain('run-finished');
    expect(stream.kinds.filter((kind) => kind === 'image-finished')).toHaveLength(4);
    expect(stream.kinds.slice(0, 2)).toEqual(['run-queued', 'run-started']);
    const last = stream.lastId;
    stream.close();
    const log = await service.get<List<{ reference?: string; message: string }>>(`/runs/${id}/log?limit=500`, token);
    for (const reference of references)
      expect(log.items.filter((line) => line.reference === reference).map(({ message }) => message)).toContain(
        'patched',
      );
    const again = await service.post<Run>('/runs', token, { references: references.slice(0, 1) });
    expect(await service.ran(again.id, token)).toMatchObject({ status: 'done', counts: { patched: 1, unchanged: 1 } });
    // Whoever comes back gets what was missed.
    const back = new Events(`${service.url}/api/v1/events/stream`, token, last);
    await expect.poll(() => back.kinds, { timeout: 10_000 }).toContain('run-finished');
    expect(back.kinds[0]).toBe('run-queued');
    back.close();
    const metrics = await fetch(`${service.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    expect(await metrics.text()).toContain('patch_run_last_success_timestamp_seconds');
    expect((await fetch(`${service.url}/metrics`)).status).toBe(401);
  });

  it('gives the image in hand back at SIGTERM and goes on with the next start', async () => {
    const references = await fleet.pushMany(2, 3);
    const store = world.path('fleet.db');
    const token = await makeToken(store);
    const args = ['-c', config(references), '--store', store];
    let answered = 0;
    fleet.proxy.fault = () => (++answered > 40 ? { hang: true } : undefined);
    const service = await start(args);
    const { id } = await service.post<Run>('/runs', token, {});
    await expect.poll(() => answered, { timeout: 60_000 }).toBeGreaterThan(40);
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    fleet.proxy.fault = () => undefined;
    const next = await start(args);
    expect(await next.ran(id, token)).toMatchObject({ id, status: 'done', counts: { patched: 6, failed: 0 } });
  }, 180_000);

  it('stops a run that is cancelled, and runs on a push that a registry tells of', async () => {
    const references = await fleet.pushMany(1, 2);
    const store = world.path('fleet.db');
    const token = await makeToken(store);
    const secret = world.path('secret');
    writeFileSync(secret, 'a secret of the registry\n');
    fleet.proxy.fault = () => ({ hang: true });
    const service = await start([...['-c', config(references), '--store', store, '--hook-secret-file', secret]]);
    const { id } = await service.post<Run>('/runs', token, {});
    await expect.poll(async () => (await service.get<Run>(`/runs/${id}/log`, token)) !== undefined).toBe(true);
    await pause(1500);
    await service.post(`/runs/${id}/cancel`, token);
    expect(await service.ran(id, token)).toMatchObject({ status: 'cancelled' });
    fleet.proxy.fault = () => undefined;
    const [host, repository = '', tag] = [fleet.proxy.host, references[0]?.slice(fleet.proxy.host.length + 1, -2), '1'];
    const tell = (target: object, authorization: string) =>
      fetch(`${service.url}/api/v1/hooks/registry`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/vnd.docker.distribution.events.v1+json' },
        body: JSON.stringify({ events: [{ action: 'push', target, request: { host } }] }),
      });
    expect((await tell({ repository, tag }, 'Bearer wrong')).status).toBe(401);
    const patched = await tell({ repository, tag: `1-patched-${FIRST_TAG}` }, 'Bearer a secret of the registry');
    expect([patched.status, await patched.json()]).toEqual([202, { images: 0 }]);
    const pushed = await tell({ repository, tag }, 'Bearer a secret of the registry');
    expect([pushed.status, await pushed.json()]).toEqual([202, { images: 1 }]);
    const runs = await service.get<List<Run>>('/runs', token);
    const [run] = runs.items;
    expect(run?.trigger).toBe('webhook');
    expect(await service.ran(run?.id ?? '', token)).toMatchObject({ status: 'done', counts: { patched: 1 } });
  }, 180_000);

  it('compares what is stored with a new database, without pulling anything', async () => {
    const database = async (advisories: Readonly<Record<string, unknown>>, updatedAt: string) => {
      const directory = world.path('database');
      const files = world.path('files');
      mkdirSync(directory);
      mkdirSync(files);
      const tree = {
        'data-source': { 'debian 12': { ID: 'debian', Name: 'made-up' } },
        'debian 12': advisories,
        vulnerability: { 'CVE-2025-0001': { Severity: 'HIGH' }, 'CVE-2025-0009': { Severity: 'CRITICAL' } },
      };
      writeFileSync(join(files, 'trivy.db'), databaseBytes(directory, tree));
      writeFileSync(join(files, 'metadata.json'), metadataBytes(updatedAt));
      expect((await world.call(['db', 'import', files])).code).toBe(0);
    };
    const greet = { 'CVE-2025-0001': { FixedVersion: '1.0-1+deb1u1' } };
    await database({ greet }, '2026-01-01T00:00:00Z');
    const reference = await fleet.push(await world.image(), 'team/greets:1');
    const other = await fleet.push(await world.image({ packages: [] }), 'team/plain:1');
    const store = world.path('fleet.db');
    const token = await makeToken(store);
    const service = await start(['-c', config([reference, other]), '--store', store]);
    const { id } = await service.post<Run>('/runs', token, {});
    expect(await service.ran(id, token)).toMatchObject({ status: 'done' });
    fleet.proxy.take();
    await database({ greet, notes: { 'CVE-2025-0009': {} } }, '2026-01-02T00:00:00Z');
    interface Finding {
      readonly vulnerability: string;
      readonly state: string;
    }
    const findings = (name: string) =>
      service.get<List<Finding>>(`/image/findings?reference=${encodeURIComponent(name)}`, token);
    await expect
      .poll(async () => (await findings(reference)).items.map(({ vulnerability }) => vulnerability), {
        timeout: 60_000,
      })
      .toContain('CVE-2025-0009');
    expect((await findings(other)).items).toEqual([]);
    const { items } = await service.get<List<{ kind: string; data: object }>>(
      '/events?kind=findings-re-evaluated',
      token,
    );
    expect(items).toMatchObject([{ data: { images: 2, touched: 1, toRun: 0 } }]);
    expect(fleet.proxy.take()).toEqual([]);
    // A run finds that nothing changed, although the database did.
    const again = await service.post<Run>('/runs', token, {});
    expect(await service.ran(again.id, token)).toMatchObject({ counts: { unchanged: 2 } });
    expect(fleet.proxy.take().filter((line) => isBlobPull(line))).toEqual([]);
  }, 180_000);
});

describe.skipIf(programs === undefined)('two replicas on PostgreSQL (Debian package postgresql)', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres(programs ?? '');
  }, 60_000);
  afterAll(() => server.close());

  it('schedule once, and the other goes on when one is killed', async () => {
    const references = await fleet.pushMany(2, 3);
    const store = server.database('replicas');
    const token = await makeToken(store);
    const args = ['-c', config(references), '--store', store];
    let answered = 0;
    // The registry falls silent, so that the run is in the middle for certain.
    fleet.proxy.fault = () => (++answered > 60 ? { hang: true } : undefined);
    const first = await start(args);
    await expect.poll(() => first.schedules, { timeout: 30_000 }).toBe(true);
    const second = await start(args, { SUTURE_CACHE_DIR: world.path('cache') });
    // Any replica takes requests; the one that has the office works.
    const { id } = await second.post<Run>('/runs', token, {});
    await expect.poll(() => answered, { timeout: 60_000 }).toBeGreaterThan(60);
    expect(second.schedules).toBe(false);
    expect(await second.get<Run>(`/runs/${id}`, token)).toMatchObject({ status: 'running' });
    await first.kill();
    fleet.proxy.fault = () => undefined;
    expect(await second.ran(id, token)).toMatchObject({ id, status: 'done', counts: { patched: 6, failed: 0 } });
    expect(second.schedules).toBe(true);
    for (const reference of references) expect(await fleet.digestOf(`${reference}-patched-${FIRST_TAG}`)).toBeDefined();
    const { items } = await second.get<List<Run>>('/runs', token);
    expect(items).toHaveLength(1);
    const { code } = await world.call(['store', 'verify', '--store', store]);
    expect(code).toBe(0);
  }, 240_000);

  it('begin each time of a schedule once', async () => {
    const [reference = ''] = await fleet.pushMany(1, 1);
    const store = server.database('schedule');
    const token = await makeToken(store);
    const minutely = config([reference], "defaults: {schedule: {cron: '* * * * *'}}\n");
    const args = ['-c', minutely, '--store', store];
    const services = [await start(args), await start(args, { SUTURE_CACHE_DIR: world.path('cache') })];
    const [service] = services;
    if (service === undefined) throw new Error('no service');
    await expect
      .poll(async () => (await service.get<List<Run>>('/runs?status=done', token)).items.length, {
        timeout: 150_000,
        interval: 1000,
      })
      .toBeGreaterThanOrEqual(2);
    const { items } = await service.get<List<{ kind: string; subject: string; time: string }>>(
      '/events?kind=run-requested&limit=100',
      token,
    );
    const minutes = items.map(({ time }) => time.slice(0, 16));
    expect(new Set(minutes).size).toBe(minutes.length);
    expect(services.filter(({ schedules }) => schedules)).toHaveLength(1);
  }, 240_000);
});
