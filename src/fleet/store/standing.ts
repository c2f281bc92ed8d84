import type { ServiceLevels } from '../config/fleet.ts';
import { clockOf, tierOf, tierRank, withoutFix } from '../sla.ts';
import { waiverFor } from '../waiver-match.ts';
import type { FindingRow, WaiverRow } from './schema.ts';

/** Columns that follow from the others. They are kept so that the database can filter, sort and count by them. */
export type StandingColumns = Pick<
  FindingRow,
  'tier_rank' | 'standing' | 'started_at' | 'due_at' | 'waiver_id' | 'waived_until'
>;
export type FindingFacts = Omit<FindingRow, keyof StandingColumns>;

/** What of a finding that is open does not change by itself; `clock` becomes late when its time has come. */
export const STANDINGS = ['clock', 'unmeasured', 'pending-upstream', 'unfixable', 'eol'] as const;
export type Standing = (typeof STANDINGS)[number];

/** @param now milliseconds since the epoch */
export function withStanding(
  facts: FindingFacts,
  { levels, waivers, now }: { levels: ServiceLevels; waivers: readonly WaiverRow[]; now: number },
): FindingRow {
  const { startedAt, dueAt } = clockOf(facts, { levels, waivers });
  const waiver = facts.resolved_at === null ? waiverFor(waivers, facts, now) : undefined;
  return {
    ...facts,
    tier_rank: tierRank(tierOf(facts)),
    standing: facts.resolved_at === null ? standingOf(facts, startedAt, dueAt) : 'resolved',
    started_at: iso(startedAt),
    due_at: iso(dueAt),
    waiver_id: waiver?.id ?? null,
    waived_until: waiver?.expires_at ?? null,
  };
}

function standingOf(facts: FindingFacts, startedAt: number | undefined, dueAt: number | undefined): Standing {
  if (startedAt === undefined) return withoutFix(facts.status);
  return dueAt === undefined ? 'unmeasured' : 'clock';
}

function iso(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
