import { SEVERITIES, type Severity } from '../../core/severity.ts';
import { FINDING_STATUSES, type FindingStatus } from '../findings.ts';
import { parseNumbers, Row } from './row.ts';

/** One row of an advisory bucket. */
export interface Advisory {
  /** Vulnerability ID; for SUSE the advisory's. */
  readonly id: string;
  readonly vendorIds: readonly string[];
  readonly status: FindingStatus;
  readonly severity: Severity;
  /** Empty: not fixed. */
  readonly fixedVersion: string;
  readonly affectedVersion: string;
  /** Per architecture (Rocky, Oracle); empty when `fixedVersion` holds for all. */
  readonly entries: readonly { readonly fixedVersion: string; readonly architectures: readonly string[] }[];
  /** Ranges joined by OR (Root.io, Seal, RapidFort). */
  readonly vulnerableVersions: readonly string[];
  readonly patchedVersions: readonly string[];
}

export interface RedHatEntry {
  readonly fixedVersion: string;
  readonly cves: readonly { readonly id: string; readonly severity: Severity }[];
  readonly architectures: readonly string[];
  readonly status: FindingStatus;
  /** Indices of the CPEs it is about. */
  readonly affected: readonly number[];
}

/** What is known of a vulnerability whatever the package. */
export interface VulnerabilityDetails {
  readonly title?: string;
  readonly description?: string;
  /** Empty or absent where nobody rated it. */
  readonly severity?: string;
  readonly cweIds: readonly string[];
  readonly vendorSeverity: Readonly<Record<string, Severity>>;
  /** As in the database, for reports. */
  readonly cvss: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  readonly references: readonly string[];
  readonly publishedDate?: string;
  readonly lastModifiedDate?: string;
}

export interface DataSource {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** The distribution whose severities count, where a supplier rebuilt its packages. */
  readonly baseId?: string;
}

export function severityOfNumber(value: number): Severity {
  return SEVERITIES[value] ?? 'UNKNOWN';
}

// The decoders throw what decodeRow() turns into an error that names the row.

function statusOfNumber(value: number): FindingStatus {
  return FINDING_STATUSES[value] ?? 'unknown';
}

export function decodeAdvisory(id: string, text: string): Advisory {
  const row = Row.parse(text);
  return {
    id,
    vendorIds: row.texts('VendorIDs'),
    status: statusOfNumber(row.number('Status')),
    severity: severityOfNumber(row.number('Severity')),
    fixedVersion: row.text('FixedVersion'),
    affectedVersion: row.text('AffectedVersion'),
    entries: row.rows('Entries').map((entry) => ({
      fixedVersion: entry.text('FixedVersion'),
      architectures: entry.texts('Arches'),
    })),
    vulnerableVersions: row.texts('VulnerableVersions'),
    patchedVersions: row.texts('PatchedVersions'),
  };
}

export function decodeRedHatEntries(text: string): readonly RedHatEntry[] {
  return Row.parse(text)
    .rows('Entries')
    .map((entry) => ({
      fixedVersion: entry.text('FixedVersion'),
      cves: entry
        .rows('Cves')
        .map((cve) => ({ id: cve.text('ID'), severity: severityOfNumber(cve.number('Severity')) })),
      architectures: entry.texts('Arches'),
      status: statusOfNumber(entry.number('Status')),
      affected: entry.numbers('Affected'),
    }));
}

export function decodeDetails(text: string): VulnerabilityDetails {
  const row = Row.parse(text);
  const ratings = row.row('VendorSeverity');
  const scores = row.row('CVSS');
  const [title, description, severity] = [row.text('Title'), row.text('Description'), row.text('Severity')];
  const [publishedDate, lastModifiedDate] = [row.text('PublishedDate'), row.text('LastModifiedDate')];
  return {
    ...(title ? { title } : {}),
    ...(description ? { description } : {}),
    ...(severity ? { severity } : {}),
    cweIds: row.texts('CweIDs'),
    vendorSeverity: Object.fromEntries(
      ratings.names().map((source) => [source, severityOfNumber(ratings.number(source))]),
    ),
    cvss: Object.fromEntries(scores.names().map((source) => [source, scoresOf(scores.row(source))])),
    references: row.texts('References'),
    ...(publishedDate ? { publishedDate } : {}),
    ...(lastModifiedDate ? { lastModifiedDate } : {}),
  };
}

export function decodeDataSource(text: string): DataSource {
  const row = Row.parse(text);
  const baseId = row.text('BaseID');
  return { id: row.text('ID'), name: row.text('Name'), url: row.text('URL'), ...(baseId ? { baseId } : {}) };
}

export function decodeIndices(text: string): readonly number[] {
  return parseNumbers(text);
}

function scoresOf(row: Row): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const name of ['V2Vector', 'V3Vector', 'V40Vector'] as const) {
    const vector = row.text(name);
    if (vector !== '') kept[name] = vector;
  }
  for (const name of ['V2Score', 'V3Score', 'V40Score'] as const) {
    const score = row.number(name);
    if (score !== 0) kept[name] = score;
  }
  return kept;
}
