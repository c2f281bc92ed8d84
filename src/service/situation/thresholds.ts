import type { Fleet } from '../../fleet/config/fleet.ts';

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
