import { sql } from 'kysely';
import { type SlaState, type Tier, tierOfRank } from '../../fleet/sla.ts';
import type { FindingRow } from '../../fleet/store/schema.ts';
import type { FleetStore } from '../../fleet/store/store.ts';

/** Open findings of an image that are alike; of a large fleet there are too many to look at each. */
export interface FindingCount {
  readonly severity: string;
  readonly tier: Tier;
  readonly state: SlaState;
  readonly fixable: boolean;
  readonly count: number;
}

/** By image. What is waived now is waived, whatever else it is. */
export async function countFindings(store: FleetStore): Promise<ReadonlyMap<string, readonly FindingCount[]>> {
  const now = store.now();
  const rows = await store.database
    .selectFrom('findings')
    .select(({ fn }) => [
      'reference',
      'severity',
      'tier_rank',
      'standing',
      sql<number>`case when fixed_version is null then 0 else 1 end`.as('fixable'),
      sql<number>`case when waived_until > ${now} then 1 else 0 end`.as('waived'),
      sql<number>`case when due_at < ${now} then 1 else 0 end`.as('late'),
      fn.countAll().as('findings'),
    ])
    .where('resolved_at', 'is', null)
    .groupBy(['reference', 'severity', 'tier_rank', 'standing', 'fixable', 'waived', 'late'])
    .execute();
  const counts = new Map<string, FindingCount[]>();
  for (const { reference, severity, tier_rank: rank, standing, fixable, waived, late, findings } of rows) {
    const state = waived === 1 ? 'waived' : standing === 'clock' ? (late === 1 ? 'late' : 'due') : standing;
    const count = { severity, tier: tierOfRank(rank), state: state as SlaState, fixable: fixable === 1 };
    add(counts, reference, { ...count, count: Number(findings) });
  }
  return counts;
}

/** Open findings whose clocks run: those that are due or late, and are not waived. By image. */
export async function runningClocks(store: FleetStore): Promise<ReadonlyMap<string, readonly FindingRow[]>> {
  const now = store.now();
  const rows = await store.database
    .selectFrom('findings')
    .selectAll()
    .where('resolved_at', 'is', null)
    .where('due_at', 'is not', null)
    .where('standing', '=', 'clock')
    .where(({ or, eb }) => or([eb('waived_until', 'is', null), eb('waived_until', '<=', now)]))
    .orderBy('due_at')
    .orderBy('vulnerability')
    .orderBy('package')
    .execute();
  const clocks = new Map<string, FindingRow[]>();
  for (const row of rows) add(clocks, row.reference, row);
  return clocks;
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
