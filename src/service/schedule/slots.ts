import { createHash } from 'node:crypto';
import { Cron } from 'croner';
import type { Fleet } from '../../fleet/config/fleet.ts';
import type { Schedule } from '../../fleet/config/schedule.ts';

/** A schedule of a fleet, and the image sets that it is for. */
export interface ScheduleGroup {
  /** Says what it is; the store knows it by this. A schedule that is changed is another one. */
  readonly key: string;
  readonly schedule: Schedule;
  /** Names; undefined when it is for all of the fleet. */
  readonly sets: readonly string[] | undefined;
}

/** Image sets with the same schedule are run over together. */
export function scheduleGroups({ sets }: Fleet): readonly ScheduleGroup[] {
  const groups = new Map<string, { schedule: Schedule; names: Set<string> }>();
  for (const { name, policy } of sets) {
    const { schedule } = policy;
    if (schedule === undefined) continue;
    const key = `${schedule.cron} ${schedule.timeZone} ${schedule.jitterMs}`;
    const group = groups.get(key) ?? { schedule, names: new Set<string>() };
    group.names.add(name);
    groups.set(key, group);
  }
  const all = new Set(sets.map(({ name }) => name)).size;
  return [...groups].map(([key, { schedule, names }]) => ({
    key,
    schedule,
    sets: names.size === all ? undefined : [...names].sort(),
  }));
}

/** Times that are looked back at after a long sleep; only the newest of them is made up for. */
const LOOKED_BACK = 100;

/**
 * The newest time that has come, with its jitter, after `last`.
 * @param last milliseconds since the epoch
 * @returns undefined while none has
 */
export function dueSlot(schedule: Schedule, last: number, now: number): number | undefined {
  return past(schedule, now)
    .filter((slot) => slot > last && slot + jitterOf(schedule, slot) <= now)
    .sort((a, b) => b - a)[0];
}

/** When the next run begins, with its jitter. */
export function nextTime(schedule: Schedule, last: number, now: number): number | undefined {
  const waiting = past(schedule, now).filter((slot) => slot > last && slot + jitterOf(schedule, slot) > now);
  const next = cronOf(schedule).nextRun(new Date(now))?.getTime();
  const slots = [...waiting, ...(next === undefined ? [] : [next])];
  return slots.length === 0 ? undefined : Math.min(...slots.map((slot) => slot + jitterOf(schedule, slot)));
}

/** From the schedule and the time itself: the same on every replica, and spread over the fleets of a site. */
export function jitterOf({ cron, timeZone, jitterMs }: Schedule, slot: number): number {
  if (jitterMs === 0) return 0;
  const hash = createHash('sha256').update(`${cron}\0${timeZone}\0${slot}`).digest();
  return hash.readUIntBE(0, 6) % (jitterMs + 1);
}

/** Times that have come, without their jitter; the one that is exactly now among them, which croner leaves out. */
function past(schedule: Schedule, now: number): readonly number[] {
  return cronOf(schedule)
    .previousRuns(LOOKED_BACK, new Date(now + 1000))
    .map((date) => date.getTime())
    .filter((slot) => slot <= now);
}

function cronOf({ cron, timeZone }: Schedule): Cron {
  return new Cron(cron, { mode: '5-part', timezone: timeZone, paused: true });
}
