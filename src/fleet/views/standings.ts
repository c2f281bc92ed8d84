import { sql } from 'kysely';
import { noTiers, TIERS, type Tier, type TierCounts, tierOfRank } from '../sla.ts';
import type { FleetStore } from '../store/store.ts';
import { all, type Condition, isLate, isTicking, isWaived, numberOf } from './conditions.ts';

/** Open findings by where they stand; `open` is the sum of the others. */
export interface StateCounts {
  open: number;
  late: number;
  due: number;
  unmeasured: number;
  waived: number;
  pendingUpstream: number;
  unfixable: number;
  endOfLife: number;
}

/** What is open in an image, by tier and state. */
export interface Standing {
  readonly states: StateCounts;
  /** All that is open. */
  readonly tiers: TierCounts;
  readonly byTier: ReadonlyMap<Tier, StateCounts>;
  /** ISO 8601: of what is due and not late. */
  readonly nextDueAt: ReadonlyMap<Tier, string>;
  /** Of what is neither waived nor without a fix that can be had. */
  readonly worst: Tier | undefined;
}

export interface StandingRow {
  readonly key: string;
  readonly tier_rank: number;
  readonly state: keyof Omit<StateCounts, 'open'>;
  readonly findings: number;
  readonly due_at: string | null;
}

export function noStates(): StateCounts {
  return { open: 0, late: 0, due: 0, unmeasured: 0, waived: 0, pendingUpstream: 0, unfixable: 0, endOfLife: 0 };
}

/** What findings are counted by: each image, each team, or all together. */
export type Grouping = 'image' | 'team' | 'fleet';

/**
 * Counts open findings without reading them: most have no fix, and are counted while they are written; those that a clock runs
 * for or that are waived are few, and found by indexes of their own.
 * @param images which images; the table is `images`
 */
export async function standings(
  store: FleetStore,
  grouping: Grouping,
  images: readonly Condition[] = [],
): Promise<ReadonlyMap<string, Standing>> {
  const rows = await standingRows(store, grouping, images);
  const byKey = new Map<string, StandingRow[]>();
  for (const row of rows) {
    const list = byKey.get(row.key);
    if (list === undefined) byKey.set(row.key, [row]);
    else list.push(row);
  }
  return new Map([...byKey].map(([key, list]) => [key, standingOf(list)]));
}

/** Of the whole fleet, or of some images as one. */
export async function standing(store: FleetStore, images: readonly Condition[] = []): Promise<Standing> {
  return (await standings(store, 'fleet', images)).get('') ?? standingOf([]);
}

function standingOf(rows: readonly StandingRow[]): Standing {
  const [states, tiers] = [noStates(), noTiers()];
  const byTier = new Map(TIERS.map((tier) => [tier, noStates()]));
  const nextDueAt = new Map<Tier, string>();
  let worst: number | undefined;
  for (const { tier_rank: rank, state, findings, due_at: dueAt } of rows) {
    const tier = tierOfRank(rank);
    for (const counts of [states, byTier.get(tier) ?? noStates()]) {
      counts[state] += findings;
      counts.open += findings;
    }
    tiers[tier] += findings;
    const known = nextDueAt.get(tier);
    if (state === 'due' && dueAt !== null && (known === undefined || dueAt < known)) nextDueAt.set(tier, dueAt);
    const counts = state === 'late' || state === 'due' || state === 'unmeasured';
    if (counts && findings > 0) worst = Math.max(worst ?? 0, rank);
  }
  return { states, tiers, byTier, nextDueAt, worst: worst === undefined ? undefined : tierOfRank(worst) };
}

const STATE_OF_STANDING: Readonly<Record<string, keyof Omit<StateCounts, 'open'>>> = {
  unmeasured: 'unmeasured',
  'pending-upstream': 'pendingUpstream',
  unfixable: 'unfixable',
  eol: 'endOfLife',
};

const KEYS = {
  image: sql<string>`images.reference`,
  team: sql<string>`coalesce(images.team, '')`,
  fleet: sql<string>`''`,
} as const;

async function standingRows(
  store: FleetStore,
  grouping: Grouping,
  conditions: readonly Condition[],
): Promise<StandingRow[]> {
  const [now, key, which] = [store.now(), KEYS[grouping], all(conditions)];
  const counted = await sql<{ key: string; tier_rank: number; standing: string; findings: unknown }>`
    select ${key} as key, counts.tier_rank, counts.standing, sum(counts.findings) as findings
    from finding_counts as counts join images on images.reference = counts.reference
    where counts.standing <> 'clock' and ${which} group by 1, 2, 3`.execute(store.database);
  const waived = await sql<{ key: string; tier_rank: number; standing: string; findings: unknown }>`
    select ${key} as key, f.tier_rank, f.standing, count(*) as findings
    from findings as f join images on images.reference = f.reference
    where f.resolved_at is null and ${isWaived('f', now)} and ${which} group by 1, 2, 3`.execute(store.database);
  const ticking = await sql<{ key: string; tier_rank: number; late: number; findings: unknown; due_at: string }>`
    select ${key} as key, f.tier_rank, case when ${isLate('f', now)} then 1 else 0 end as late,
      count(*) as findings, min(f.due_at) as due_at
    from findings as f join images on images.reference = f.reference
    where ${isTicking('f', now)} and ${which} group by 1, 2, 3`.execute(store.database);
  const row = (from: { key: string; tier_rank: number }, state: StandingRow['state'], findings: number) => ({
    key: from.key,
    tier_rank: from.tier_rank,
    state,
    findings,
    due_at: null,
  });
  const still = (from: { key: string; tier_rank: number; standing: string; findings: unknown }, sign: 1 | -1) => {
    const state = STATE_OF_STANDING[from.standing];
    return state === undefined ? [] : [row(from, state, sign * numberOf(from.findings))];
  };
  return [
    ...counted.rows.flatMap((from) => still(from, 1)),
    ...waived.rows.flatMap((from) => [...still(from, -1), row(from, 'waived', numberOf(from.findings))]),
    ...ticking.rows.map((from) => ({
      ...row(from, from.late === 1 ? 'late' : 'due', numberOf(from.findings)),
      due_at: from.due_at,
    })),
  ];
}
