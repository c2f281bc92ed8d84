import { SEVERITIES, type Severity } from '../core/severity.ts';
import type { ServiceLevels } from './config/fleet.ts';
import type { FindingRow, WaiverRow } from './store/schema.ts';
import { matchingWaivers, type WaivedFinding, waiverFor } from './waiver-match.ts';

/** What a service level is set for, the worst first: known to be exploited counts before any severity. */
export const TIERS = ['KNOWN_EXPLOITED', 'CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN'] as const;
export type Tier = (typeof TIERS)[number];

export type TierCounts = Record<Tier, number>;

export function noTiers(): TierCounts {
  return { KNOWN_EXPLOITED: 0, CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0, UNKNOWN: 0 };
}

/** Rising with what it means: 5 is the worst. How tiers are kept in the store, so that a threshold is a comparison. */
export function tierRank(tier: Tier): number {
  return TIERS.length - 1 - TIERS.indexOf(tier);
}

export function tierOfRank(rank: number): Tier {
  return TIERS[TIERS.length - 1 - rank] ?? 'UNKNOWN';
}

/**
 * Where a finding stands. `met`: fixed in time; `met-late`: fixed, too late; `due`: to be fixed, in time so far; `late`;
 * `waived`; `pending-upstream`: no fix can be had from our repositories; `unfixable`: the distribution will not fix it;
 * `eol`: the system gets no fixes any more; `unmeasured`: no service level is set for its severity.
 */
export type SlaState =
  | 'met'
  | 'met-late'
  | 'due'
  | 'late'
  | 'waived'
  | 'pending-upstream'
  | 'unfixable'
  | 'eol'
  | 'unmeasured';

/** What of a finding its service level depends on; times are ISO 8601. */
export type SlaSubject = WaivedFinding &
  Pick<
    FindingRow,
    'severity' | 'status' | 'blocked_by' | 'first_detected_at' | 'fix_available_at' | 'exploited_since' | 'resolved_at'
  >;

export interface SlaAssessment {
  readonly state: SlaState;
  /** ISO 8601: when the clock began, the later of first detection and the fix being in our repositories. */
  readonly startedAt?: string;
  readonly dueAt?: string;
  readonly waiver?: string;
  /** Why a fix that exists is not applied. */
  readonly blockedBy?: string;
}

export interface SlaContext {
  readonly levels: ServiceLevels;
  /** All that ever were: those that ended stopped the clock while they held. */
  readonly waivers: readonly WaiverRow[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What of the clock does not depend on the time that it is now. */
export interface SlaClock {
  readonly startedAt?: number;
  readonly dueAt?: number;
}

/**
 * Judges a finding against the service levels of its image: the registry's, which end when the patched image is published. A
 * level for what runs in a cluster would take the same clock and another end. The clock runs from when somebody could have
 * acted: a fix that is not in our mirror yet, or a finding that nobody knew of, is not late. Only a waiver stops it.
 */
export function assess(finding: SlaSubject, context: SlaContext): SlaAssessment {
  const { waivers, now } = context;
  const blocked = finding.blocked_by === null ? {} : { blockedBy: finding.blocked_by };
  const { startedAt, dueAt } = clockOf(finding, context);
  const times = {
    ...(startedAt === undefined ? {} : { startedAt: iso(startedAt) }),
    ...(dueAt === undefined ? {} : { dueAt: iso(dueAt) }),
  };
  if (finding.resolved_at !== null)
    return { state: dueAt === undefined || Date.parse(finding.resolved_at) <= dueAt ? 'met' : 'met-late', ...times };
  const waiver = waiverFor(waivers, finding, now);
  if (waiver !== undefined) return { state: 'waived', waiver: waiver.id, ...times, ...blocked };
  if (startedAt === undefined) return { state: withoutFix(finding.status), ...blocked };
  if (dueAt === undefined) return { state: 'unmeasured', ...times, ...blocked };
  return { state: now <= dueAt ? 'due' : 'late', ...times, ...blocked };
}

/**
 * When the clock of a finding began and when it ends. What becomes known to be exploited has the shorter of both levels left:
 * that of its severity as before, and that of exploited ones from when that was known.
 */
export function clockOf(finding: SlaSubject, { levels, waivers }: Pick<SlaContext, 'levels' | 'waivers'>): SlaClock {
  const startedAt = startOf(finding);
  if (startedAt === undefined) return {};
  const ends: number[] = [];
  const level = levels[severityOf(finding)];
  const pauses = pausesOf(matchingWaivers(waivers, finding));
  if (level !== undefined) ends.push(endOf(startedAt, level, pauses));
  const exploited = levels.KNOWN_EXPLOITED;
  if (finding.exploited_since !== null && exploited !== undefined)
    ends.push(endOf(Math.max(startedAt, Date.parse(finding.exploited_since)), exploited, pauses));
  return ends.length === 0 ? { startedAt } : { startedAt, dueAt: Math.min(...ends) };
}

export function tierOf(finding: Pick<FindingRow, 'severity' | 'exploited_since'>): Tier {
  return finding.exploited_since === null ? severityOf(finding) : 'KNOWN_EXPLOITED';
}

/** A blocked fix can be had: what blocks it does not stop the clock. */
function startOf({
  first_detected_at: detected,
  fix_available_at: available,
  blocked_by: blockedBy,
}: SlaSubject): number | undefined {
  const since = available ?? (blockedBy === null ? undefined : detected);
  return since === undefined ? undefined : Math.max(Date.parse(since), Date.parse(detected));
}

/** Why there is nothing to be late with. */
export function withoutFix(status: string): 'unfixable' | 'eol' | 'pending-upstream' {
  switch (status) {
    case 'will_not_fix':
      return 'unfixable';
    case 'end_of_life':
      return 'eol';
    default:
      return 'pending-upstream';
  }
}

interface Pause {
  readonly from: number;
  readonly to: number;
}

/** The times that waivers held, overlapping ones as one, in order. */
function pausesOf(waivers: readonly WaiverRow[]): readonly Pause[] {
  const pauses: { from: number; to: number }[] = [];
  const times = waivers.map(({ created_at: from, expires_at: end, removed_at: removed }) => ({
    from: Date.parse(from),
    to: Math.min(Date.parse(end), removed === null ? Number.POSITIVE_INFINITY : Date.parse(removed)),
  }));
  for (const { from, to } of times.sort((a, b) => a.from - b.from)) {
    const last = pauses.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else pauses.push({ from, to });
  }
  return pauses;
}

/** A waiver stops a clock that runs; one that comes when the time is over gives none back. */
function endOf(startedAt: number, level: number, pauses: readonly Pause[]): number {
  let end = startedAt + level;
  for (const { from, to } of pauses) if (from <= end && to > startedAt) end += to - Math.max(from, startedAt);
  return end;
}

function severityOf({ severity }: Pick<FindingRow, 'severity'>): Severity {
  return SEVERITIES.find((name) => name === severity) ?? 'UNKNOWN';
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
