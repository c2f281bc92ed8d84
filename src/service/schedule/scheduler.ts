import type { Fleet } from '../../fleet/config/fleet.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { requestRun } from '../runs/queue.ts';
import { dueSlot, type ScheduleGroup, scheduleGroups } from './slots.ts';

/** A run that begins this much later than it was to is one that makes up for a time without the service. */
const LATE_MS = 120_000;

/**
 * Asks for the runs whose time has come. However many times went by while nobody was there, one run makes up for them.
 * @param asked called with each run that was put into the queue
 */
export async function askForDueRuns(
  store: FleetStore,
  fleet: Fleet,
  asked: (run: string, trigger: 'schedule' | 'catch-up') => void,
): Promise<void> {
  for (const group of scheduleGroups(fleet)) await askIfDue(store, group, asked);
}

async function askIfDue(
  store: FleetStore,
  { key, schedule, sets }: ScheduleGroup,
  asked: (run: string, trigger: 'schedule' | 'catch-up') => void,
): Promise<void> {
  const now = store.clock.now();
  const last = await lastSlot(store, key);
  if (last === undefined) {
    // What was never seen to is not late: the first time is the next one.
    await remember(store, key, now);
    return;
  }
  const slot = dueSlot(schedule, last, now);
  if (slot === undefined) return;
  const trigger = now - slot > schedule.jitterMs + LATE_MS ? 'catch-up' : 'schedule';
  const run = await requestRun(store, {
    trigger,
    scope: sets === undefined ? {} : { sets },
    actor: { name: `schedule ${key}` },
    slot: `${key} ${new Date(slot).toISOString()}`,
  });
  await remember(store, key, slot);
  if (run !== undefined) asked(run, trigger);
}

/** Milliseconds since the epoch; undefined for a schedule that is new. */
export async function lastSlot(store: FleetStore, key: string): Promise<number | undefined> {
  const row = await store.database.selectFrom('schedules').selectAll().where('name', '=', key).executeTakeFirst();
  return row && Date.parse(row.last_slot);
}

async function remember(store: FleetStore, name: string, slot: number): Promise<void> {
  const row = { name, last_slot: new Date(slot).toISOString() };
  await store.database
    .insertInto('schedules')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute();
}
