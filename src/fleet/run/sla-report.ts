import type { ServiceLevels } from '../config/fleet.ts';
import { assess, type SlaAssessment, type SlaState } from '../sla.ts';
import { findingsOf } from '../store/findings.ts';
import type { FleetStore } from '../store/store.ts';
import { listWaivers, waiverState } from '../waivers.ts';

export interface OpenFinding extends SlaAssessment {
  readonly reference: string;
  readonly vulnerability: string;
  readonly package: string;
  readonly severity: string;
}

export interface SlaReport {
  readonly counts: Readonly<Partial<Record<SlaState, number>>>;
  /** Findings that are late, those that have been for longest first. */
  readonly late: readonly OpenFinding[];
  /** Waivers that end within a week. */
  readonly expiring: readonly { readonly id: string; readonly owner: string; readonly expiresAt: string }[];
}

/** Where the findings of these images stand now. @param levels of each image, by reference */
export async function slaReport(store: FleetStore, levels: ReadonlyMap<string, ServiceLevels>): Promise<SlaReport> {
  const now = store.clock.now();
  const waivers = await listWaivers(store);
  const counts: Partial<Record<SlaState, number>> = {};
  const late: OpenFinding[] = [];
  for (const row of await findingsOf(store, [...levels.keys()])) {
    const assessment = assess(row, { levels: levels.get(row.reference) ?? {}, waivers, now });
    counts[assessment.state] = (counts[assessment.state] ?? 0) + 1;
    const { reference, vulnerability, package: name, severity } = row;
    if (assessment.state === 'late') late.push({ reference, vulnerability, package: name, severity, ...assessment });
  }
  return {
    counts,
    late: late.sort((a, b) => ((a.dueAt ?? '') < (b.dueAt ?? '') ? -1 : 1)),
    expiring: waivers
      .filter((waiver) => waiverState(waiver, now) === 'expiring')
      .map(({ id, owner, expires_at: expiresAt }) => ({ id, owner, expiresAt })),
  };
}
