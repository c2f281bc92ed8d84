import { sql } from 'kysely';
import type { SlaState } from '../sla.ts';
import type { FleetStore } from '../store/store.ts';
import { isLate, numberOf } from '../views/conditions.ts';
import { type StateCounts, standing } from '../views/standings.ts';
import { listWaivers, waiverState } from '../waivers.ts';

export interface OpenFinding {
  readonly reference: string;
  readonly vulnerability: string;
  readonly package: string;
  readonly severity: string;
  readonly state: 'late';
  readonly startedAt: string;
  readonly dueAt: string;
  /** Why a fix that exists is not applied. */
  readonly blockedBy?: string;
}

export interface SlaReport {
  readonly counts: Readonly<Partial<Record<SlaState, number>>>;
  /** Findings that are late, those that have been for longest first. */
  readonly late: readonly OpenFinding[];
  /** Waivers that end within a week. */
  readonly expiring: readonly { readonly id: string; readonly owner: string; readonly expiresAt: string }[];
}

/** References of one statement: SQLite takes at most 32766 parameters. */
const BATCH = 5000;

/** Where the findings of these images stand now. */
export async function slaReport(store: FleetStore, references: readonly string[]): Promise<SlaReport> {
  const counts: Partial<Record<SlaState, number>> = {};
  const late: OpenFinding[] = [];
  for (let at = 0; at < references.length; at += BATCH) {
    const batch = references.slice(at, at + BATCH);
    const open = (await standing(store, [sql<boolean>`images.reference in (${sql.join(batch)})`])).states;
    for (const [state, name] of STATES) add(counts, state, open[name]);
    await countResolved(store, batch, counts);
    late.push(...(await lateOf(store, batch)));
  }
  const now = store.clock.now();
  return {
    counts,
    late: late.sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1)),
    expiring: (await listWaivers(store))
      .filter((waiver) => waiverState(waiver, now) === 'expiring')
      .map(({ id, owner, expires_at: expiresAt }) => ({ id, owner, expiresAt })),
  };
}

const STATES: readonly (readonly [SlaState, keyof StateCounts])[] = [
  ['late', 'late'],
  ['due', 'due'],
  ['waived', 'waived'],
  ['pending-upstream', 'pendingUpstream'],
  ['unfixable', 'unfixable'],
  ['eol', 'endOfLife'],
  ['unmeasured', 'unmeasured'],
];

function add(counts: Partial<Record<SlaState, number>>, state: SlaState, findings: number): void {
  if (findings > 0) counts[state] = (counts[state] ?? 0) + findings;
}

async function countResolved(
  store: FleetStore,
  references: readonly string[],
  counts: Partial<Record<SlaState, number>>,
): Promise<void> {
  const { rows } = await sql<{ met: unknown; late: unknown }>`select
      sum(case when due_at is null or resolved_at <= due_at then 1 else 0 end) as met,
      sum(case when due_at is not null and resolved_at > due_at then 1 else 0 end) as late
    from findings where resolved_at is not null and reference in (${sql.join(references)})`.execute(store.database);
  add(counts, 'met', numberOf(rows[0]?.met));
  add(counts, 'met-late', numberOf(rows[0]?.late));
}

async function lateOf(store: FleetStore, references: readonly string[]): Promise<OpenFinding[]> {
  const rows = await store.database
    .selectFrom('findings as f')
    .select(['reference', 'vulnerability', 'package', 'severity', 'started_at', 'due_at', 'blocked_by'])
    .where(isLate('f', store.now()))
    .where('reference', 'in', references)
    .execute();
  return rows.map(({ started_at: startedAt, due_at: dueAt, blocked_by: blockedBy, ...row }) => ({
    ...row,
    state: 'late' as const,
    startedAt: startedAt ?? '',
    dueAt: dueAt ?? '',
    ...(blockedBy === null ? {} : { blockedBy }),
  }));
}
