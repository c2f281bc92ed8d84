import { SutureError } from '../../core/errors/error.ts';
import type { Severity } from '../../core/severity.ts';
import type { RequestedPackage, UpgradeRequest } from '../../packages/family.ts';
import type { Finding, ScannerReport } from '../findings.ts';
import { sameRelease } from './release.ts';

/** What is known of the image that a report is applied to. */
export interface ReportedImage {
  /** `ID` and `VERSION_ID` of its os-release. */
  readonly os: { readonly id: string; readonly version?: string };
  readonly platform: { readonly architecture: string; readonly variant?: string };
  /** Diff IDs of its layers, to tell whether the report is of this very build. */
  readonly diffIds?: readonly string[];
}

export interface RequestOptions {
  /** Only findings of these severities; findings without any rating always count. */
  readonly severities?: readonly Severity[];
  /** Vulnerability or vendor advisory ids to leave out. */
  readonly ignore?: readonly string[];
  /** `security` when absent: versions of security suites are preferred. */
  readonly scope?: UpgradeRequest['scope'];
}

/** What a request is made from: a report, or a scan of our own. */
export type RequestSource = Pick<
  ScannerReport,
  'name' | 'artifact' | 'os' | 'platform' | 'coversOsPackages' | 'findings' | 'otherFindings'
>;

export interface ReportRequest {
  readonly request: UpgradeRequest;
  /** Vulnerability ids by package name, sorted: why each package is in the request. */
  readonly vulnerabilities: ReadonlyMap<string, readonly string[]>;
  /** Findings that no upgrade can fix: the report gives no fixed version. */
  readonly unfixed: readonly Finding[];
  /** For the person: what the report does not cover, or that it is of another build. */
  readonly notes: readonly string[];
}

/** Families whose advisories give versions of source packages (Trivy's detectors for them compare source versions). */
const SOURCE_VERSIONED = new Set(['debian', 'ubuntu', 'echo']);

/**
 * Turns a report into the upgrades that fix it: of each package the highest of the fixed versions. `compare` is the version
 * order of the image's package family.
 * @throws SutureError REPORT_MISMATCH when the report is of another OS, release or architecture than the image (the
 * platform that was asked for, not the machine's); REPORT_INCOMPLETE when it does not cover OS packages.
 */
export function requestFromReport(
  report: RequestSource,
  image: ReportedImage,
  compare: (a: string, b: string) => number,
  options: RequestOptions = {},
): ReportRequest {
  checkMatch(report, image);
  if (!report.coversOsPackages) {
    throw new SutureError('REPORT_INCOMPLETE', `${report.name} holds no result for OS packages`);
  }
  const wanted = report.findings.filter((finding) => isWanted(finding, options));
  const minimumOf: 'source' | 'binary' = SOURCE_VERSIONED.has(report.os?.family ?? '') ? 'source' : 'binary';
  const packages = new Map<string, { request: RequestedPackage; ids: Set<string> }>();
  for (const finding of wanted) {
    const minimum = fixFor(finding, compare);
    if (minimum === undefined) continue;
    const { name, architecture } = finding.package;
    const perArchitecture = minimumOf === 'source' ? architecture : undefined;
    const key = `${name}:${perArchitecture ?? ''}`;
    const known = packages.get(key);
    const ids = known?.ids ?? new Set<string>();
    if (finding.vulnerability !== '') ids.add(finding.vulnerability);
    const before = known?.request.minimum;
    const highest = before !== undefined && compare(before, minimum) >= 0 ? before : minimum;
    const request: RequestedPackage = {
      name,
      ...(perArchitecture ? { architecture: perArchitecture } : {}),
      minimum: highest,
      minimumOf,
    };
    packages.set(key, { request, ids });
  }
  const sorted = [...packages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  return {
    request: { scope: options.scope ?? 'security', only: sorted.map(({ request }) => request) },
    vulnerabilities: mergeByName(sorted),
    unfixed: wanted.filter((finding) => finding.fixedVersion === undefined),
    notes: notesOn(report, image, options),
  };
}

/** Milliseconds between the making of a report and `now`; undefined where the format does not date it. */
export function reportAge(report: ScannerReport, now: number): number | undefined {
  return report.createdAt === undefined ? undefined : now - Date.parse(report.createdAt);
}

function isWanted(finding: Finding, { severities, ignore }: RequestOptions): boolean {
  if (ignore !== undefined) {
    if (ignore.includes(finding.vulnerability) || finding.vendorIds.some((id) => ignore.includes(id))) return false;
  }
  return severities === undefined || finding.severity === undefined || severities.includes(finding.severity);
}

/** Of several fixed versions (one per branch) the lowest above the installed one; the highest where none is. */
function fixFor(finding: Finding, compare: (a: string, b: string) => number): string | undefined {
  const fixes = (finding.fixedVersion ?? '')
    .split(',')
    .map((version) => version.trim())
    .filter((version) => version !== '')
    .sort(compare);
  const installed = finding.package.version;
  if (fixes.length < 2 || installed === '') return fixes.at(-1);
  return fixes.find((version) => compare(version, installed) > 0) ?? fixes.at(-1);
}

function mergeByName(
  entries: readonly { readonly request: RequestedPackage; readonly ids: ReadonlySet<string> }[],
): ReadonlyMap<string, readonly string[]> {
  const merged = new Map<string, readonly string[]>();
  for (const { request, ids } of entries) {
    merged.set(request.name, [...new Set([...(merged.get(request.name) ?? []), ...ids])].sort());
  }
  return merged;
}

function checkMatch(report: RequestSource, { os, platform }: ReportedImage): void {
  const { architecture, variant } = report.platform;
  if (architecture !== undefined && architecture !== platform.architecture) {
    throw mismatch(report, `architecture ${architecture}`, platform.architecture);
  }
  if (variant !== undefined && platform.variant !== undefined && variant !== platform.variant) {
    throw mismatch(report, `variant ${variant}`, platform.variant);
  }
  if (report.os !== undefined && !sameRelease(report.os, os)) {
    const reported = [report.os.family, report.os.name].filter((part) => part !== undefined).join(' ');
    throw mismatch(report, reported, [os.id, os.version].filter((part) => part !== undefined).join(' '));
  }
}

function mismatch(report: RequestSource, reported: string, actual: string): SutureError {
  return new SutureError('REPORT_MISMATCH', `${report.name} is of ${reported}, but the image is ${actual}`);
}

function notesOn(report: RequestSource, image: ReportedImage, { severities }: RequestOptions): readonly string[] {
  const notes: string[] = [];
  if (report.os === undefined) notes.push('the report does not name its operating system');
  if (report.platform.architecture === undefined) notes.push('the report does not name its architecture');
  if (report.otherFindings > 0) notes.push(`${report.otherFindings} findings outside OS packages are not considered`);
  if (severities !== undefined && report.findings.some((finding) => finding.severity === undefined)) {
    notes.push('findings without a severity are included');
  }
  const { diffIds } = report.artifact;
  if (image.diffIds !== undefined && diffIds.length > 0 && diffIds.join() !== image.diffIds.join()) {
    notes.push('the report is of another build of the image: its layers differ');
  }
  return notes;
}
