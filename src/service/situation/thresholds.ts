import { Cron } from 'croner';
import type { Fleet } from '../../fleet/config/fleet.ts';
import type { Schedule } from '../../fleet/config/schedule.ts';
import { WAIVER_WARNING_MS } from '../../fleet/waiver-match.ts';

const HOUR = 3_600_000;
const DEFAULT_MOST = 48 * HOUR;

export interface DatabaseAges {
  /** Milliseconds. */
  readonly warning: number;
  readonly critical: number;
}

/** The strictest `maxDatabaseAge` is when runs begin to refuse images: that is critical, half of it a warning. Else 24 and 48 hours. */
export function databaseAges(fleet: Fleet | undefined): DatabaseAges {
  const limits = (fleet?.sets ?? []).flatMap(({ policy }) =>
    policy.maxDatabaseAge === undefined ? [] : [policy.maxDatabaseAge],
  );
  const critical = limits.length === 0 ? DEFAULT_MOST : Math.min(...limits);
  return { critical, warning: critical / 2 };
}

/** Milliseconds before its end that a waiver is warned of. */
export const WAIVER_WARNING = WAIVER_WARNING_MS;

const DAY = 24 * HOUR;
/** A whole year of weekdays and ends of months. */
const TIMES_LOOKED_AT = 400;
/** Any day will do: only how far times are apart is asked. */
const SOME_DAY = new Date('2026-01-01T00:00:00Z');

/**
 * Milliseconds from one run to the next, at the most: of the schedule that has the most runs, as every run is a sign that the
 * work goes on. A day without a schedule.
 */
export function runInterval(fleet: Fleet | undefined): number {
  const intervals = (fleet?.sets ?? []).flatMap(({ policy }) =>
    policy.schedule === undefined ? [] : [longestGap(policy.schedule)],
  );
  return intervals.length === 0 ? DAY : Math.min(...intervals);
}

function longestGap({ cron, timeZone, jitterMs }: Schedule): number {
  const times = new Cron(cron, { mode: '5-part', paused: true, timezone: timeZone }).nextRuns(
    TIMES_LOOKED_AT,
    SOME_DAY,
  );
  const gaps = times.slice(1).map((time, at) => time.getTime() - (times[at]?.getTime() ?? 0));
  return Math.max(...gaps, HOUR) + jitterMs;
}
