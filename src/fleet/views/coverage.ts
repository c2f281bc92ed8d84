import { sql } from 'kysely';
import { OUTCOMES, type Outcome } from '../store/results.ts';
import type { FleetStore } from '../store/store.ts';
import { all, type Condition, numberOf } from './conditions.ts';
import { COMPLIANCE, type Compliance, imageTables, PRESENT } from './image-rows.ts';

export interface Coverage {
  images: number;
  byOutcome: Record<Outcome | 'unchecked', number>;
  byCompliance: Record<Compliance, number>;
  checkedLastDay: number;
}

const DAY_MS = 86_400_000;

export function noCoverage(): Coverage {
  return {
    images: 0,
    byOutcome: { patched: 0, clean: 0, partial: 0, pending: 0, refused: 0, failed: 0, unchecked: 0 },
    byCompliance: { compliant: 0, late: 0, unknown: 0 },
    checkedLastDay: 0,
  };
}

/** What became of the images of each team; the empty name is that of images without one. */
export async function coverageByTeam(
  store: FleetStore,
  conditions: readonly Condition[] = [],
): Promise<ReadonlyMap<string, Coverage>> {
  const now = store.now();
  const dayAgo = new Date(store.clock.now() - DAY_MS).toISOString();
  const { rows } = await sql<{
    team: string;
    outcome: string | null;
    compliance: Compliance;
    images: unknown;
    checked: unknown;
  }>`select coalesce(images.team, '') as team, results.outcome, ${COMPLIANCE} as compliance,
      count(*) as images, sum(case when images.last_checked_at >= ${dayAgo} then 1 else 0 end) as checked
    from ${imageTables(now)} where ${all([PRESENT, ...conditions])} group by 1, 2, 3 order by 1`.execute(
    store.database,
  );
  const byTeam = new Map<string, Coverage>();
  for (const { team, outcome, compliance, images, checked } of rows) {
    const coverage = byTeam.get(team) ?? noCoverage();
    byTeam.set(team, coverage);
    coverage.images += numberOf(images);
    coverage.byOutcome[OUTCOMES.find((name) => name === outcome) ?? 'unchecked'] += numberOf(images);
    coverage.byCompliance[compliance] += numberOf(images);
    coverage.checkedLastDay += numberOf(checked);
  }
  return byTeam;
}

/** Of the whole fleet. */
export async function coverageOfFleet(store: FleetStore): Promise<Coverage> {
  const whole = noCoverage();
  for (const part of (await coverageByTeam(store)).values()) {
    whole.images += part.images;
    whole.checkedLastDay += part.checkedLastDay;
    for (const name of [...OUTCOMES, 'unchecked'] as const) whole.byOutcome[name] += part.byOutcome[name];
    for (const name of ['compliant', 'late', 'unknown'] as const) whole.byCompliance[name] += part.byCompliance[name];
  }
  return whole;
}
