import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../core/ports.ts';
import type { Fleet } from '../../fleet/config/fleet.ts';
import { loadFleet } from '../../fleet/config/load.ts';
import { FleetStore } from '../../fleet/store/store.ts';
import { nextRequest, readScope, setState } from '../runs/queue.ts';
import { Lease } from './lease.ts';
import { askForDueRuns } from './scheduler.ts';
import { dueSlot, jitterOf, nextTime, scheduleGroups } from './slots.ts';

const at = (text: string) => Date.parse(text);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let time = at('2026-03-28T00:00:00Z');
const clock: Clock = { now: () => time, sleep: () => Promise.resolve() };
let directory: string;
let store: FleetStore;
beforeEach(async () => {
  time = at('2026-03-28T00:00:00Z');
  directory = mkdtempSync(join(tmpdir(), 'suture-schedule-'));
  store = await FleetStore.open(join(directory, 'fleet.db'), clock);
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

function fleetOf(defaults: string, second = ''): Promise<Fleet> {
  const file = join(directory, 'suture.yaml');
  const set = (name: string, more: string) => `  - {name: ${name}, images: ["r.example.org/${name}:1"]${more}}\n`;
  writeFileSync(
    file,
    `apiVersion: suture.dev/v1alpha1\nkind: Fleet\ndefaults: {${defaults}}\nimages:\n${set('a', '')}${set('b', second)}`,
  );
  return loadFleet(file);
}

describe('the times of a schedule', () => {
  const nightly = { cron: '30 2 * * *', timeZone: 'Europe/Berlin', jitterMs: 0 };

  it('are those of its zone, also when clocks are set', () => {
    expect(dueSlot(nightly, at('2026-03-27T12:00:00Z'), at('2026-03-28T01:29:59Z'))).toBeUndefined();
    expect(dueSlot(nightly, at('2026-03-27T12:00:00Z'), at('2026-03-28T01:30:00Z'))).toBe(at('2026-03-28T01:30:00Z'));
    // On the 29th of March 02:30 does not exist; the run is not left out.
    const skipped = dueSlot(nightly, at('2026-03-28T12:00:00Z'), at('2026-03-29T12:00:00Z'));
    expect(skipped).toBeGreaterThan(at('2026-03-29T00:00:00Z'));
    expect(nextTime(nightly, at('2026-03-28T01:30:00Z'), at('2026-03-30T12:00:00Z'))).toBe(at('2026-03-31T00:30:00Z'));
  });

  it('come later by up to the jitter, each by the same on every replica', () => {
    const spread = { ...nightly, jitterMs: HOUR };
    const slot = at('2026-03-28T01:30:00Z');
    const jitter = jitterOf(spread, slot);
    expect(jitter).toBeGreaterThan(0);
    expect(jitter).toBeLessThanOrEqual(HOUR);
    expect(jitterOf(spread, slot)).toBe(jitter);
    expect(dueSlot(spread, slot - HOUR, slot + jitter - 1)).toBeUndefined();
    expect(dueSlot(spread, slot - HOUR, slot + jitter)).toBe(slot);
    expect(nextTime(spread, slot - HOUR, slot)).toBe(slot + jitter);
    const many = new Set(Array.from({ length: 50 }, (_, day) => jitterOf(spread, slot + day * 24 * HOUR)));
    expect(many.size).toBeGreaterThan(45);
  });

  it('are shared by the sets that have the same', async () => {
    const same = scheduleGroups(await fleetOf('schedule: {cron: "0 * * * *"}'));
    expect(same).toMatchObject([{ sets: undefined }]);
    const two = scheduleGroups(await fleetOf('schedule: {cron: "0 * * * *"}', ', schedule: {cron: "5 * * * *"}'));
    expect(two.map(({ sets }) => sets)).toEqual([['a'], ['b']]);
    expect(scheduleGroups(await fleetOf('scope: all'))).toEqual([]);
  });
});

describe('the scheduler', () => {
  const due = async (fleet: Fleet) => {
    const asked: string[] = [];
    await askForDueRuns(store, fleet, (_, trigger) => asked.push(trigger));
    return asked;
  };

  it('asks once for each time, and once for all that were missed', async () => {
    const fleet = await fleetOf('schedule: {cron: "0 * * * *"}');
    expect(await due(fleet)).toEqual([]);
    time += HOUR;
    expect(await due(fleet)).toEqual(['schedule']);
    expect(await due(fleet)).toEqual([]);
    const request = await nextRequest(store);
    expect(request?.trigger).toBe('schedule');
    expect(request?.slot).toContain('2026-03-28T01:00');
    await setState(store, request?.id ?? '', 'done');
    time += 7 * HOUR + 30 * MINUTE;
    expect(await due(fleet)).toEqual(['catch-up']);
    expect(await due(fleet)).toEqual([]);
    expect((await nextRequest(store))?.slot).toContain('2026-03-28T08:00');
  });

  it('does not pile up runs behind one that takes long', async () => {
    const fleet = await fleetOf('schedule: {cron: "0 * * * *"}', ', schedule: {cron: "5 * * * *"}');
    await due(fleet);
    for (let hour = 0; hour < 5; hour++) {
      time += HOUR;
      await due(fleet);
    }
    const rows = await store.database.selectFrom('run_requests').selectAll().execute();
    expect(rows.map(readScope)).toEqual([{ sets: ['a'] }, { sets: ['b'] }]);
  });

  it('asks once when two replicas believe to have the office', async () => {
    const fleet = await fleetOf('schedule: {cron: "0 * * * *"}');
    await due(fleet);
    time += HOUR;
    const asked = await Promise.all([due(fleet), due(fleet), due(fleet)]);
    expect(asked.flat()).toEqual(['schedule']);
    expect(await store.database.selectFrom('run_requests').selectAll().execute()).toHaveLength(1);
  });
});

describe('an office', () => {
  const times = { beatMs: 1_000_000, expiryMs: 3_000_000 };
  let now = 0;
  const lease = (taken: (signal: AbortSignal) => Promise<void> = () => Promise.resolve()) =>
    new Lease(store, 'scheduler', { taken }, times, () => now);

  it('is taken by one, given back when it stops, and taken over when it falls silent', async () => {
    const [one, two] = [lease(), lease()];
    await one.turn();
    await two.turn();
    expect([one.isHeld, two.isHeld]).toEqual([true, false]);
    await one.stop();
    await two.turn();
    expect(two.isHeld).toBe(true);
    const three = lease();
    await three.turn();
    now += 2_999_999;
    await three.turn();
    expect(three.isHeld).toBe(false);
    // A sign of life, whenever it came, counts from when it was seen.
    await two.turn();
    now += 1;
    await three.turn();
    now += 2_999_999;
    await three.turn();
    expect(three.isHeld).toBe(false);
    now += 1;
    await three.turn();
    expect(three.isHeld).toBe(true);
    expect(two.isHeld).toBe(true);
    await two.turn();
    expect(two.isHeld).toBe(false);
    await three.stop();
    await two.stop();
  });

  it('is taken by one of many that come at once', async () => {
    const many = Array.from({ length: 10 }, () => lease());
    await Promise.all(many.map((one) => one.turn()));
    expect(many.filter(({ isHeld }) => isHeld)).toHaveLength(1);
    for (const one of many) await one.stop();
  });

  it('ends for whoever cannot write, before another one takes it', async () => {
    let ended = false;
    const one = lease(async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
    });
    await one.turn();
    const { database } = store;
    await database.schema.alterTable('leases').renameTo('gone').execute();
    now += 1_000_000;
    await one.turn();
    expect(one.isHeld).toBe(true);
    now += 1_000_000;
    await one.turn();
    expect(one.isHeld).toBe(false);
    await one.stop();
    expect(ended).toBe(true);
  });
});
