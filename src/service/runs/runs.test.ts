import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, postgresPrograms, startPostgres } from '../../../test/servers/postgres.ts';
import type { Clock } from '../../core/ports.ts';
import type { LiveRow } from '../../fleet/store/service-tables.ts';
import { FleetStore } from '../../fleet/store/store.ts';
import type { RunLogLine } from '../api/contract/runs.ts';
import { LiveEvents } from './live.ts';
import { cancelRun, nextRequest, readScope, requestRun, requeueAbandoned, setState } from './queue.ts';
import { RunLog } from './run-log.ts';

const programs = postgresPrograms();
let time = Date.parse('2026-01-01T00:00:00Z');
const clock: Clock = { now: () => time++, sleep: () => Promise.resolve() };

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'suture-runs-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.each([
  { kind: 'SQLite', usable: true },
  { kind: 'PostgreSQL (Debian package postgresql)', usable: programs !== undefined },
])('on $kind', ({ kind, usable }) => {
  describe.skipIf(!usable)('when installed', () => {
    let server: PostgresServer | undefined;
    let store: FleetStore;
    let other: FleetStore;
    let names = 0;
    beforeAll(async () => {
      if (kind !== 'SQLite' && programs !== undefined) server = await startPostgres(programs);
    }, 60_000);
    afterAll(() => server?.close());
    beforeEach(async () => {
      names += 1;
      const place = server === undefined ? join(directory, `${names}.db`) : server.database(`runs${names}`);
      store = await FleetStore.open(place, clock);
      // A second connection of one process to one file would wait for itself.
      other = server === undefined ? store : await FleetStore.open(place, clock);
      return async () => {
        await store.close();
        if (other !== store) await other.close();
      };
    });

    const actor = { name: 'test' };
    const hook = (...references: string[]) =>
      requestRun(store, { trigger: 'webhook', scope: { references }, actor: { name: 'hook', address: '192.0.2.1' } });

    it('a queue gives runs in their order, and makes one run of many pushes', async () => {
      const first = await requestRun(store, { trigger: 'manual', scope: {}, actor });
      const second = await requestRun(store, { trigger: 'manual', scope: {}, actor });
      expect(second).not.toBe(first);
      const pushed = await hook('r.example.org/b:1');
      expect(await hook('r.example.org/a:1', 'r.example.org/b:1')).toBe(pushed);
      expect((await nextRequest(store))?.id).toBe(first);
      await setState(store, first ?? '', 'running');
      expect((await nextRequest(store))?.id).toBe(second);
      await setState(store, second ?? '', 'failed', { code: 'X', message: 'y' });
      const third = await nextRequest(store);
      expect(third?.id).toBe(pushed);
      expect(third && readScope(third)).toEqual({ references: ['r.example.org/a:1', 'r.example.org/b:1'] });
      await setState(store, pushed ?? '', 'running');
      expect(await hook('r.example.org/a:1')).not.toBe(pushed);
      expect(await requeueAbandoned(store)).toBe(2);
      expect((await nextRequest(store))?.id).toBe(first);
    });

    it('a queue takes each time of a schedule once, however many ask at once', async () => {
      const ask = (from: FleetStore) =>
        requestRun(from, { trigger: 'schedule', scope: {}, actor, slot: 'nightly 2026-01-01T00:00' });
      const asked = await Promise.all([store, other, store, other].map(ask));
      expect(asked.filter((id) => id !== undefined)).toHaveLength(1);
      expect(await store.database.selectFrom('run_requests').selectAll().execute()).toHaveLength(1);
    });

    it('a run that waits is cancelled at once, one that works is asked to stop', async () => {
      const waiting = (await requestRun(store, { trigger: 'manual', scope: {}, actor })) ?? '';
      await cancelRun(store, waiting, actor);
      expect(await nextRequest(store)).toBeUndefined();
      await expect(cancelRun(store, waiting, actor)).rejects.toMatchObject({ code: 'RUN_ENDED' });
      await expect(cancelRun(store, 'none', actor)).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
      const working = (await requestRun(store, { trigger: 'manual', scope: {}, actor })) ?? '';
      await setState(store, working, 'running');
      await cancelRun(other, working, { name: 'jo' });
      const row = await store.database.selectFrom('run_requests').selectAll().where('id', '=', working).execute();
      expect(row).toMatchObject([{ state: 'running', cancelled_by: 'jo', ended_at: null }]);
    });

    it('events reach readers of every replica in order, and those who come back get what they missed', async () => {
      const [here, there] = [store, other].map((place) => new LiveEvents(place, { pollMs: 20, gatherMs: 1 }));
      if (here === undefined || there === undefined) throw new Error('no events');
      const reader = () => {
        const rows: LiveRow[] = [];
        const state = { rows, gaps: 0 };
        return {
          state,
          events: (more: readonly LiveRow[]) => void rows.push(...more),
          missed: () => void state.gaps++,
        };
      };
      const publish = (from: LiveEvents, run: string) =>
        from.publish({ kind: 'run-queued', run, trigger: 'manual', at: '2026-01-01T00:00:00Z' });
      publish(here, 'before');
      await here.flush();
      const [one, two] = [reader(), reader()];
      const leave = await here.follow(one);
      await there.follow(two);
      for (let at = 0; at < 200; at++) {
        publish(at % 2 === 0 ? here : there, `run${at}`);
        if (at % 20 === 0) await Promise.all([here.flush(), there.flush()]);
      }
      await Promise.all([here.flush(), there.flush()]);
      await expect.poll(() => [one.state.rows.length, two.state.rows.length], { timeout: 10_000 }).toEqual([200, 200]);
      const sequences = one.state.rows.map(({ sequence }) => sequence);
      expect(sequences).toEqual(Array.from({ length: 200 }, (_, at) => at + 2));
      expect(two.state.rows).toEqual(one.state.rows);
      leave();
      const back = reader();
      await here.follow(back, 150);
      await expect.poll(() => back.state.rows.length).toBe(51);
      expect(back.state.gaps).toBe(0);
      for (const place of [9_999, 201 + 1]) {
        const lost = reader();
        await here.follow(lost, place);
        expect(lost.state.gaps).toBe(1);
      }
      await store.database.deleteFrom('live').where('sequence', '<', 100).execute();
      const late = reader();
      await here.follow(late, 3);
      publish(here, 'last');
      await here.flush();
      await expect.poll(() => late.state.rows.length).toBe(1);
      expect(late.state.gaps).toBe(1);
      await here.close();
      await there.close();
    });

    it('a log keeps the lines of each image up to a limit, and goes on after a crash', async () => {
      const told: RunLogLine[] = [];
      const open = () => RunLog.open(store, 'run', (lines) => void told.push(...lines));
      const log = await open();
      const progress = log.progress();
      const image = progress.about?.('r.example.org/a:1');
      image?.emit({ kind: 'start', id: 'x', title: 'Fetch' });
      image?.emit({ kind: 'advance', id: 'x', done: 5 });
      image?.emit({ kind: 'end', id: 'x', summary: '5 packages' });
      progress.emit({ kind: 'note', level: 'warning', message: 'm'.repeat(10_000) });
      for (let at = 0; at < 1000; at++) image?.emit({ kind: 'note', level: 'info', message: `line ${at}` });
      await log.close();
      const again = await open();
      again.add('error', 'after');
      await again.close();
      const rows = await store.database.selectFrom('run_logs').selectAll().orderBy('sequence').execute();
      expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, at) => at + 1));
      expect(rows[0]).toMatchObject({ reference: 'r.example.org/a:1', level: 'info', message: 'Fetch: 5 packages' });
      expect(rows[1]?.message).toHaveLength(4_000);
      expect(rows.filter(({ reference }) => reference !== '')).toHaveLength(300);
      expect(rows.slice(-2)).toMatchObject([{ message: 'more is not kept' }, { message: 'after', level: 'error' }]);
      expect(told.map(({ sequence }) => sequence)).toEqual(rows.map(({ sequence }) => sequence));
    });
  });
});
