import { z } from 'zod';
import { SutureError } from '../../core/errors/error.ts';
import { SEVERITIES, type Severity } from '../../core/severity.ts';
import { FINDING_STATUSES, type FindingStatus } from '../findings.ts';

// Go writes no empty fields and reads null as empty; unknown fields are ignored.
const text = z.string().nullish();
const texts = z.array(z.string()).nullish();
const number = z.number().nullish();

const advisorySchema = z.object({
  VendorIDs: texts,
  Status: number,
  Severity: number,
  FixedVersion: text,
  AffectedVersion: text,
  Arches: texts,
  VulnerableVersions: texts,
  PatchedVersions: texts,
  Entries: z.array(z.object({ FixedVersion: text, Arches: texts })).nullish(),
});

const redHatSchema = z.object({
  Entries: z
    .array(
      z.object({
        FixedVersion: text,
        Cves: z.array(z.object({ ID: text, Severity: number })).nullish(),
        Arches: texts,
        Status: number,
        Affected: z.array(z.number()).nullish(),
      }),
    )
    .nullish(),
});

const cvss = z.object({
  V2Vector: text,
  V3Vector: text,
  V40Vector: text,
  V2Score: number,
  V3Score: number,
  V40Score: number,
});

const detailsSchema = z.object({
  Title: text,
  Description: text,
  Severity: text,
  CweIDs: texts,
  VendorSeverity: z.record(z.string(), z.number()).nullish(),
  CVSS: z.record(z.string(), cvss).nullish(),
  References: texts,
  PublishedDate: text,
  LastModifiedDate: text,
});

const dataSourceSchema = z.object({ ID: text, Name: text, URL: text, BaseID: text });

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

export function severityOfNumber(value: number | null | undefined): Severity {
  return SEVERITIES[value ?? 0] ?? 'UNKNOWN';
}

function statusOfNumber(value: number | null | undefined): FindingStatus {
  return FINDING_STATUSES[value ?? 0] ?? 'unknown';
}

/** @throws SutureError DATABASE_INVALID */
export function decodeAdvisory(id: string, value: Buffer, what: string): Advisory {
  const row = decode(advisorySchema, value, what);
  return {
    id,
    vendorIds: row.VendorIDs ?? [],
    status: statusOfNumber(row.Status),
    severity: severityOfNumber(row.Severity),
    fixedVersion: row.FixedVersion ?? '',
    affectedVersion: row.AffectedVersion ?? '',
    entries: (row.Entries ?? []).map((entry) => ({
      fixedVersion: entry.FixedVersion ?? '',
      architectures: entry.Arches ?? [],
    })),
    vulnerableVersions: row.VulnerableVersions ?? [],
    patchedVersions: row.PatchedVersions ?? [],
  };
}

/** @throws SutureError DATABASE_INVALID */
export function decodeRedHatEntries(value: Buffer, what: string): readonly RedHatEntry[] {
  return (decode(redHatSchema, value, what).Entries ?? []).map((entry) => ({
    fixedVersion: entry.FixedVersion ?? '',
    cves: (entry.Cves ?? []).map((cve) => ({ id: cve.ID ?? '', severity: severityOfNumber(cve.Severity) })),
    architectures: entry.Arches ?? [],
    status: statusOfNumber(entry.Status),
    affected: entry.Affected ?? [],
  }));
}

/** @throws SutureError DATABASE_INVALID */
export function decodeDetails(value: Buffer, what: string): VulnerabilityDetails {
  const row = decode(detailsSchema, value, what);
  const ratings = Object.entries(row.VendorSeverity ?? {});
  const scores = Object.entries(row.CVSS ?? {});
  return {
    ...(row.Title ? { title: row.Title } : {}),
    ...(row.Description ? { description: row.Description } : {}),
    ...(row.Severity ? { severity: row.Severity } : {}),
    cweIds: row.CweIDs ?? [],
    vendorSeverity: Object.fromEntries(ratings.map(([source, rating]) => [source, severityOfNumber(rating)])),
    cvss: Object.fromEntries(scores.map(([source, score]) => [source, withoutEmpty(score)])),
    references: row.References ?? [],
    ...(row.PublishedDate ? { publishedDate: row.PublishedDate } : {}),
    ...(row.LastModifiedDate ? { lastModifiedDate: row.LastModifiedDate } : {}),
  };
}

/** @throws SutureError DATABASE_INVALID */
export function decodeDataSource(value: Buffer, what: string): DataSource {
  const row = decode(dataSourceSchema, value, what);
  return {
    id: row.ID ?? '',
    name: row.Name ?? '',
    url: row.URL ?? '',
    ...(row.BaseID ? { baseId: row.BaseID } : {}),
  };
}

/** @throws SutureError DATABASE_INVALID */
export function decodeIndices(value: Buffer, what: string): readonly number[] {
  return decode(z.array(z.number()), value, what, []);
}

function withoutEmpty(row: Record<string, string | number | null | undefined>): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(row)) if (value) kept[key] = value;
  return kept;
}

function decode<T>(schema: z.ZodType<T>, value: Buffer, what: string, empty: unknown = {}): T {
  let row: unknown;
  try {
    row = JSON.parse(value.toString('utf8')) ?? empty;
  } catch (cause) {
    throw new SutureError('DATABASE_INVALID', `${what} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = schema.safeParse(row);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new SutureError('DATABASE_INVALID', `${what} is not valid: ${issue?.path.join('.')}: ${issue?.message}`);
}
