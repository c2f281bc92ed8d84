import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, postgresPrograms, startPostgres } from '../../../test/servers/postgres.ts';
import { sha256 } from '../../core/digest.ts';
import type { Clock } from '../../core/ports.ts';
import { verifyLedger } from './ledger.ts';
import { lockRun } from './lock.ts';
import { backupStore, pruneStore, verifyStore } from './maintenance.ts';
import { type ImageResult, knownImages, recordResult } from './results.ts';
import { finishRun, lastRuns, startRun } from './runs.ts';
import { FleetStore } from './store.ts';

const programs = postgresPrograms();
const START = Date.parse('2026-01-01T00:00:00Z');

let directory: string;
let names = 0;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'suture-store-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let time = START;
const clock: Clock = { now: () => time, sleep: () => Promise.resolve() };

const result = (reference: string, more: Partial<ImageResult> = {}): ImageResult => ({
  reference,
  outcome: 'patched',
  digest: sha256(reference),
  publishedReference: `${reference}-patched`,
  publishedDigest: sha256(`${reference}-patched`),
  repositories: [
    { id: 'http://deb.example.org/debian stable main', digest: sha256('x'), date: '2026-01-01T00:00:00Z' },
  ],
  detail: { changed: 1, pending: [], unusable: [], notes: [] },
  ...more,
});

describe.each([
  { kind: 'SQLite', usable: true },
  { kind: 'PostgreSQL (Debian package postgresql)', usable: programs !== undefined },
])('a fleet store on $kind', ({ kind, usable }) => {
  describe.skipIf(!usable)('when installed', () => {
    let server: PostgresServer | undefined;
    let location: string;
    beforeAll(async () => {
      if (kind !== 'SQLite' && programs !== undefined) server = await startPostgres(programs);
    }, 60_000);
    afterAll(() => server?.close());
    beforeEach(() => {
      time = START;
      names += 1;
      location = server === undefined ? join(directory, `${names}.db`) : server.database(`store${names}`);
    });

    const open = () => FleetStore.open(location, clock);

    it('keeps results, the image they belong to, and an event for each', async () => {
      const store = await open();
      const run = await startRun(store, { shard: '1/1', toolVersion: '1', images: 1 });
      const first = result('registry.example.org/a:1');
      await recordResult(store, run, first, { team: 'red' });
      await finishRun(store, run, 'done', { patched: 1 });
      await store.close();
      const again = await open();
      const known = (await knownImages(again, [first.reference, 'registry.example.org/b:1'])).get(first.reference);
      expect(known?.result).toEqual(first);
      expect(known?.image).toMatchObject({ team: 'red', digest: first.digest });
      expect((await verifyStore(again)).events).toBe(3);
      expect(await lastRuns(again, 5)).toMatchObject([{ id: run, status: 'done', summary: '{"patched":1}' }]);
      await again.close();
    });

    it('makes one chain of events of many writers at once', async () => {
      // A second connection of one process to one file would wait for itself: libsql blocks the thread while it waits.
      const stores = await Promise.all(kind === 'SQLite' ? [open()] : [open(), open(), open()]);
      await Promise.all(
        [0, 1, 2].flatMap((writer) =>
          Array.from({ length: 10 }, (_, at) =>
            recordResult(
              stores[writer % stores.length] as FleetStore,
              `run${writer}`,
              result(`r${writer}.example.org/${at}:1`),
            ),
          ),
        ),
      );
      const [store] = stores;
      if (store === undefined) throw new Error('no store');
      expect((await verifyLedger(store.database)).events).toBe(30);
      for (const opened of stores) await opened.close();
    });

    it('refuses to change events, and notices when the guard was taken away', async () => {
      const store = await open();
      for (const name of ['a', 'b', 'c']) await recordResult(store, 'run', result(`registry.example.org/${name}:1`));
      await expect(sql`update events set subject = 'x'`.execute(store.database)).rejects.toThrow('append-only');
      await expect(sql`delete from events where sequence = 3`.execute(store.database)).rejects.toThrow('append-only');
      const guards = kind === 'SQLite' ? ['events_no_update', 'events_no_delete'] : ['events_append_only'];
      for (const guard of guards)
        await sql.raw(`drop trigger ${guard}${kind === 'SQLite' ? '' : ' on events'}`).execute(store.database);
      await sql`update events set subject = 'x' where sequence = 2`.execute(store.database);
      await expect(verifyLedger(store.database)).rejects.toMatchObject({
        code: 'STORE_CORRUPT',
        message: 'event 2 was changed',
      });
      await sql`delete from events where sequence = 2`.execute(store.database);
      await expect(verifyLedger(store.database)).rejects.toThrow('event 2 is missing');
      await sql`delete from events where sequence > 1`.execute(store.database);
      await expect(verifyLedger(store.database)).rejects.toThrow('the ledger ends with event 1, its head says 3');
      await store.close();
    });

    it('writes a result and its event together or not at all', async () => {
      const store = await open();
      await expect(
        store.record({ kind: 'image-result', subject: 'x', data: {} }, async () => {
          throw new Error('disk full');
        }),
      ).rejects.toThrow('disk full');
      expect((await verifyLedger(store.database)).events).toBe(0);
      await store.close();
    });

    it('lets one run work at a time, shards of one partition side by side', async () => {
      const store = await open();
      const one = await lockRun(store, { index: 1, count: 2 });
      const two = await lockRun(store, { index: 2, count: 2 });
      await expect(lockRun(store, { index: 1, count: 2 })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
      await expect(lockRun(store, { index: 1, count: 1 })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
      await one.release();
      await two.release();
      const all = await lockRun(store, { index: 1, count: 1 });
      await all.release();
      await store.close();
    });

    it('takes over the lock of a process that died, and of one that was not heard of', async () => {
      const store = await open();
      const stale = { name: 'run 1/1', shard: '1/1', heartbeat_at: store.now() };
      // No process has the largest number.
      const { hostname } = await import('node:os');
      await store.database
        .insertInto('locks')
        .values({ ...stale, holder: `${hostname()}:4194305:x` })
        .execute();
      await (await lockRun(store, { index: 1, count: 1 })).release();
      await store.database
        .insertInto('locks')
        .values({ ...stale, holder: 'elsewhere:1:x' })
        .execute();
      await expect(lockRun(store, { index: 1, count: 1 })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
      time += 61_000;
      await (await lockRun(store, { index: 1, count: 1 })).release();
      await store.close();
    });

    it('closes a run that a crash left open', async () => {
      const store = await open();
      const crashed = await startRun(store, { shard: '1/1', toolVersion: '1', images: 1 });
      time += 1000;
      await startRun(store, { shard: '1/1', toolVersion: '1', images: 1 });
      expect((await lastRuns(store, 5)).find(({ id }) => id === crashed)?.status).toBe('interrupted');
      await verifyStore(store);
      await store.close();
    });

    it('prunes old results, but neither the last of an image nor any event', async () => {
      const store = await open();
      const step = {
        package: 'libx',
        architecture: 'amd64',
        action: 'upgrade',
        from: '1',
        to: '2',
        source: 'x',
        repository: 'r',
        size: 5_000_000_000,
        reason: 'security update',
        vulnerabilities: ['CVE-2026-1'],
      } as const;
      for (const run of ['one', 'two', 'three']) {
        await recordResult(store, run, result('registry.example.org/a:1', { steps: [step] }));
        const line = { run_id: run, sequence: 1, time: store.now(), reference: '', level: 'info', message: 'x' };
        await store.database.insertInto('run_logs').values(line).execute();
        time += 86_400_000;
      }
      const { events } = await verifyStore(store);
      expect(await pruneStore(store, new Date(time + 1).toISOString())).toEqual({ results: 2, runs: 0 });
      expect((await knownImages(store, ['registry.example.org/a:1'])).size).toBe(1);
      expect((await verifyStore(store)).events).toBe(events + 1);
      const steps = await store.database.selectFrom('result_steps').selectAll().execute();
      expect(steps.map(({ result_id: id, size }) => [id, Number(size)])).toEqual([
        ['three registry.example.org/a:1', 5_000_000_000],
      ]);
      expect(await store.database.selectFrom('run_logs').selectAll().execute()).toEqual([]);
      await store.close();
    });
  });
});

describe('a store in a file', () => {
  it('is backed up while in use, and the backup is a store', async () => {
    const store = await FleetStore.open(join(directory, 'live.db'), clock);
    await recordResult(store, 'run', result('registry.example.org/a:1'));
    const { path } = await backupStore(store, join(directory, 'backup.db'));
    await expect(backupStore(store, path)).rejects.toMatchObject({ code: 'USAGE' });
    const head = await verifyStore(store);
    await store.close();
    const copy = await FleetStore.open(path, clock);
    expect(await verifyStore(copy)).toEqual(head);
    await copy.close();
  });

  it('says so when it is no database', async () => {
    const path = join(directory, 'text.db');
    copyFileSync(new URL(import.meta.url), path);
    await expect(FleetStore.open(path, clock)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
