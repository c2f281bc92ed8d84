import type { Severity } from '../../core/severity.ts';
import type { FindingStatus } from '../findings.ts';
import type { FilteredCounts, ScanFinding } from '../scan/result.ts';

export interface Selection {
  /** Only these severities; a finding that nobody rated always stays. */
  readonly severities?: readonly Severity[];
  readonly ignoreUnfixed?: boolean;
  readonly ignoreStatuses?: readonly FindingStatus[];
  /** From 0 to 1. A finding without a score stays: not scored is not harmless. */
  readonly minimumEpss?: number;
  /** Only findings of the catalogue of known exploited vulnerabilities. */
  readonly onlyExploited?: boolean;
}

export interface Selected {
  readonly findings: readonly ScanFinding[];
  /** How many were left out, each counted for the first reason. */
  readonly filtered: FilteredCounts;
}

/** Leaves out what was not asked for, and says how much that was. */
export function select(findings: readonly ScanFinding[], selection: Selection): Selected {
  const filtered = { severity: 0, unfixed: 0, status: 0, epss: 0, kev: 0 };
  const kept = findings.filter((finding) => {
    const reason = reasonAgainst(finding, selection);
    if (reason !== undefined) filtered[reason]++;
    return reason === undefined;
  });
  return { findings: kept, filtered };
}

function reasonAgainst(finding: ScanFinding, selection: Selection): keyof FilteredCounts | undefined {
  const { severity, status, epss } = finding;
  if (severity !== undefined && selection.severities?.includes(severity) === false) return 'severity';
  if (selection.ignoreUnfixed && status !== 'fixed') return 'unfixed';
  if (selection.ignoreStatuses?.includes(status)) return 'status';
  if (selection.minimumEpss !== undefined && epss !== undefined && epss.score < selection.minimumEpss) return 'epss';
  return selection.onlyExploited && finding.kev === undefined ? 'kev' : undefined;
}
