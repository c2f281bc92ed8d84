import { SEVERITIES, type Severity } from '../core/severity.ts';
import type { ServiceLevels } from './config/fleet.ts';
import type { FindingRow, WaiverRow } from './store/schema.ts';
import { waiverFor } from './waivers.ts';

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
  readonly waivers: readonly WaiverRow[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Judges a finding against the service levels of its image. The clock runs from when somebody could have acted: a fix that is
 * not in our mirror yet, or a finding that nobody knew of, is not late. Only a waiver stops it.
 */
export function assess(finding: FindingRow, { levels, waivers, now }: SlaContext): SlaAssessment {
  const blocked = finding.blocked_by === null ? {} : { blockedBy: finding.blocked_by };
  const startedAt = startOf(finding);
  const level = levels[severityOf(finding)];
  if (finding.resolved_at !== null) {
    if (startedAt === undefined || level === undefined) return { state: 'met' };
    const dueAt = Date.parse(startedAt) + level;
    return { state: Date.parse(finding.resolved_at) <= dueAt ? 'met' : 'met-late', startedAt, dueAt: iso(dueAt) };
  }
  const waiver = waiverFor(waivers, finding, now);
  if (waiver !== undefined) return { state: 'waived', waiver: waiver.id, ...blocked };
  if (startedAt === undefined) return { state: withoutFix(finding.status), ...blocked };
  if (level === undefined) return { state: 'unmeasured', startedAt, ...blocked };
  const dueAt = Date.parse(startedAt) + level;
  return { state: now <= dueAt ? 'due' : 'late', startedAt, dueAt: iso(dueAt), ...blocked };
}

/** A blocked fix can be had: what blocks it does not stop the clock. */
function startOf({
  first_detected_at: detected,
  fix_available_at: available,
  blocked_by: blockedBy,
}: FindingRow): string | undefined {
  const since = available ?? (blockedBy === null ? undefined : detected);
  if (since === undefined) return undefined;
  return Date.parse(since) > Date.parse(detected) ? since : detected;
}

function withoutFix(status: string): SlaState {
  switch (status) {
    case 'will_not_fix':
      return 'unfixable';
    case 'end_of_life':
      return 'eol';
    default:
      return 'pending-upstream';
  }
}

function severityOf({ severity }: FindingRow): Severity {
  return SEVERITIES.find((name) => name === severity) ?? 'UNKNOWN';
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
