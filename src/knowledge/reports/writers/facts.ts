import type { Finding, FindingStatus } from '../../findings.ts';
import type { ScanFinding, ScanResult, SuppressedFinding } from '../../scan/result.ts';
import { ageAt, countSeverities, FALLING_SEVERITIES, verdictOf } from '../../scan/verdict.ts';

/** Sentences that every format for people shares, so that all say the same. */

const PENDING_REASONS: Readonly<Record<FindingStatus, string>> = {
  unknown: 'no fix known',
  not_affected: 'not affected',
  affected: 'no fix yet',
  fixed: 'fixed',
  under_investigation: 'under investigation',
  will_not_fix: 'will not be fixed',
  fix_deferred: 'fix deferred',
  end_of_life: 'end of life',
};

/** The version that fixes it, or why there is none. */
export function fixOf(finding: Pick<Finding, 'fixedVersion' | 'status'>): string {
  return finding.fixedVersion ?? PENDING_REASONS[finding.status];
}

export function isFixable(finding: Pick<Finding, 'fixedVersion'>): boolean {
  return finding.fixedVersion !== undefined;
}

/** `debian 12.5, linux/amd64`. */
export function platformLine({ os, artifact }: ScanResult): string {
  const system = os === undefined ? 'unknown system' : `${os.family} ${os.name}`.trim();
  const platform = [artifact.platform.os, artifact.platform.architecture, artifact.platform.variant];
  const known = platform.filter((part) => part !== undefined).join('/');
  return known === '' ? system : `${system}, ${known}`;
}

/** `5 findings (1 critical, 4 low), 3 with a fix; 2 suppressed`, or what stands in their place. */
export function headline(result: ScanResult): string {
  const { findings, suppressed } = result;
  const parts: string[] = [];
  if (findings.length > 0) {
    const counts = countSeverities(findings);
    const bySeverity = FALLING_SEVERITIES.filter((severity) => counts[severity] > 0)
      .map((severity) => `${counts[severity]} ${severity.toLowerCase()}`)
      .join(', ');
    const fixable = findings.filter(isFixable).length;
    parts.push(`${count(findings.length, 'finding')} (${bySeverity}), ${fixable} with a fix`);
  } else if (verdictOf(result) === 'unknown') parts.push('unknown: nothing was found, and that says nothing');
  else parts.push(`no findings in ${count(result.packages.length, 'package')}`);
  if (suppressed.length > 0) parts.push(`${suppressed.length} suppressed`);
  const filtered = filteredLine(result);
  if (filtered !== undefined) parts.push(filtered);
  return parts.join('; ');
}

/** How many findings the options left out; undefined when none. */
export function filteredLine({ filtered }: ScanResult): string | undefined {
  const labels = {
    severity: 'by severity',
    unfixed: 'without a fix',
    status: 'by status',
    epss: 'by EPSS',
    kev: 'not known to be exploited',
  } as const;
  const parts = (Object.keys(labels) as (keyof typeof labels)[])
    .filter((key) => filtered[key] > 0)
    .map((key) => `${filtered[key]} ${labels[key]}`);
  return parts.length === 0 ? undefined : `left out: ${parts.join(', ')}`;
}

/** One line for each source of knowledge, with the time until which it knows. */
export function sourceLines({ sources, createdAt }: ScanResult): readonly string[] {
  return sources.map(({ name, updatedAt, digest }) => {
    const age = ageAt(updatedAt, createdAt);
    const dated =
      updatedAt === undefined
        ? 'of unknown date'
        : `of ${updatedAt}${age === undefined ? '' : `, ${ageText(age)} old`}`;
    return `${name} ${dated}${digest === undefined ? '' : `, ${digest}`}`;
  });
}

/** Everything of which nothing is known, what concerns the whole image first. Empty: everything was compared. */
export function unknownLines({ unknowns, os, endOfLife }: ScanResult): readonly string[] {
  const lines = unknowns.map(({ kind, subject, detail }) =>
    subject === '' || detail.includes(subject) ? `${kind}: ${detail}` : `${kind}: ${subject}: ${detail}`,
  );
  if (!endOfLife) return lines;
  return [`end-of-life: ${os?.family ?? 'the system'} ${os?.name ?? ''} gets no more advisories`, ...lines];
}

/** `not_affected by vex.json: code not present`. */
export function suppressionText({ suppression }: SuppressedFinding): string {
  const { status, source, justification, statement, expires } = suppression;
  const why = [justification, statement].filter((part) => part !== undefined && part !== '').join(': ');
  const until = expires === undefined ? '' : ` (until ${expires})`;
  return `${status} by ${source}${why === '' ? '' : `: ${why}`}${until}`;
}

/** `KEV`, `EPSS 12.3%`. */
export function threatText({ kev, epss }: ScanFinding): string {
  const parts: string[] = [];
  if (kev !== undefined) parts.push(kev.ransomware ? 'KEV (ransomware)' : 'KEV');
  if (epss !== undefined) parts.push(`EPSS ${(epss.score * 100).toFixed(1)}%`);
  return parts.join(', ');
}

/** Control characters of outside texts could drive a terminal or break a line. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those are replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, ' ');
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `3 days`, `7 hours`, `12 minutes`. */
export function ageText(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  const text =
    minutes < 120
      ? count(minutes, 'minute')
      : minutes < 2880
        ? count(Math.floor(minutes / 60), 'hour')
        : count(Math.floor(minutes / 1440), 'day');
  return ms < 0 ? `minus ${text}` : text;
}
