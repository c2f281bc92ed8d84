import { SutureError } from '../../../core/errors/error.ts';
import type { Clock } from '../../../core/ports.ts';

/** Milliseconds since a database was built; its makers build every six hours. */
export function databaseAge(database: { readonly updatedAt: string }, clock: Pick<Clock, 'now'>): number {
  return clock.now() - Date.parse(database.updatedAt);
}

/**
 * Refuses a database that is too old, counted from when it was built: when it was fetched says nothing about what it knows.
 * @param maxAgeMs greatest age in milliseconds
 * @throws SutureError DATABASE_STALE
 */
export function requireFresh(
  database: { readonly updatedAt: string },
  maxAgeMs: number,
  clock: Pick<Clock, 'now'>,
): void {
  const age = databaseAge(database, clock);
  // A time that cannot be read is no proof of freshness.
  if (age <= maxAgeMs) return;
  throw new SutureError(
    'DATABASE_STALE',
    `the vulnerability database of ${database.updatedAt} is ${formatAge(age)} old; at most ${formatAge(maxAgeMs)} is allowed`,
  );
}

/** `3 days`, `7 hours`, `0 minutes`. */
export function formatAge(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const;
  const [name, size] = units.find(([, length]) => Math.abs(ms) >= 2 * length) ?? units[2];
  const count = Math.floor(ms / size);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
