import { compareSeverity, SEVERITIES, type Severity } from '../../core/severity.ts';
import { type ScanResult, severityOf } from './result.ts';

/**
 * `unknown` wins over everything: an image about which nothing can be said is not clean, and findings from another source do
 * not make it known. `clean` means: everything was compared, and nothing was found.
 */
export type Verdict = 'clean' | 'findings' | 'unknown';

export function verdictOf({ unknowns, findings }: Pick<ScanResult, 'unknowns' | 'findings'>): Verdict {
  if (unknowns.some(({ scope }) => scope === 'image')) return 'unknown';
  return findings.length > 0 ? 'findings' : 'clean';
}

export type SeverityCounts = Readonly<Record<Severity, number>>;

export function countSeverities(findings: ScanResult['findings']): SeverityCounts {
  const counts = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as Record<Severity, number>;
  for (const finding of findings) counts[severityOf(finding)]++;
  return counts;
}

/** Highest first. */
export const FALLING_SEVERITIES: readonly Severity[] = [...SEVERITIES].sort((a, b) => compareSeverity(b, a));

/** Milliseconds from one ISO 8601 time to another; undefined when the first is not known. */
export function ageAt(updatedAt: string | undefined, at: string): number | undefined {
  const age = Date.parse(at) - Date.parse(updatedAt ?? '');
  return Number.isFinite(age) ? age : undefined;
}
