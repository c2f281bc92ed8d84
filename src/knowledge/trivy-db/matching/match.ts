import { compareBytes } from '../../../core/bytes.ts';
import type { Digest } from '../../../core/digest.ts';
import { compareSeverity, type Severity } from '../../../core/severity.ts';
import type { Finding, FindingStatus, Provenance } from '../../findings.ts';
import type { DataSource, VulnerabilityDetails } from '../advisory.ts';
import type { VulnerabilityDatabase } from '../database.ts';
import { own } from '../own.ts';
import { primaryUrl, rate, statusOf } from './details.ts';
import { detect } from './detect.ts';
import { type Detected, MatchContext, type OrderDifference, type Unmatched } from './detected.ts';
import { isEndOfLife } from './end-of-life.ts';
import { fingerprint, osTarget, type ScannedArtifact } from './identity.ts';
import type { ScannedOs, ScannedPackage } from './package.ts';
import { detectRedHat } from './red-hat.ts';
import { major } from './release.ts';
import type { AdvisoryRows } from './remembered-rows.ts';
import { FAMILY_RULES, type FamilyRule } from './rules.ts';
import { detectRapidFort, detectRootIo, detectSeal, isSealPackage, supplierOf } from './suppliers.ts';

export interface MatchOptions {
  /** Milliseconds since the epoch; decides end of life and nothing else. */
  readonly now: number;
  /** Only these severities; default all. */
  readonly severities?: readonly Severity[];
  /** Findings of these statuses are left out. */
  readonly ignoreStatuses?: readonly FindingStatus[];
  /** Trivy's --ignore-unfixed: every status but `fixed` is left out. */
  readonly ignoreUnfixed?: boolean;
  /** For target and fingerprints. */
  readonly artifact?: ScannedArtifact;
  /** Shared by several runs over one database, which then read each row once. */
  readonly rows?: AdvisoryRows;
}

/** A finding with all that Trivy's report says of it. */
export interface MatchedFinding extends Finding {
  readonly severity: Severity;
  readonly packageId?: string;
  readonly scannedPackage: ScannedPackage;
  readonly dataSource?: DataSource;
  /** With the severity that was chosen among the vendors'; undefined when the database has no row for the ID. */
  readonly details?: VulnerabilityDetails;
  readonly fingerprint?: Digest;
}

export type MatchProvenance = Extract<Provenance, { kind: 'trivy-db' }> & {
  /** Every bucket that was asked, and whether it exists. */
  readonly buckets: readonly { readonly name: string; readonly found: boolean }[];
  /** What was not compared with any advisory. */
  readonly unmatched: readonly Unmatched[];
  readonly unmatchedThirdParty: readonly string[];
  /** Where the distribution's own version order says otherwise than Trivy's. */
  readonly orderDifferences: readonly OrderDifference[];
  /** The release gets no more advisories. */
  readonly eosl: boolean;
};

export interface MatchResult {
  readonly findings: readonly MatchedFinding[];
  readonly provenance: MatchProvenance;
  readonly target?: string;
}

/**
 * Finds the vulnerabilities of installed packages as Trivy does, bug for bug. No finding is not "clean": look at
 * `provenance.bucketFound` and `unmatched` for what nothing is known of.
 * @throws SutureError DATABASE_INVALID; SCAN_FAILED where Trivy fails the scan
 */
export function matchPackages(
  database: VulnerabilityDatabase,
  os: ScannedOs,
  packages: readonly ScannedPackage[],
  options: MatchOptions,
): MatchResult {
  const context = new MatchContext(database, os, options.now, options.rows);
  const supplier = supplierOf(os, packages);
  const detected = detectAll(context, packages, supplier);
  const target = options.artifact && osTarget(options.artifact.name, os);
  const findings = detected.map((found) => finding(context, found, options.artifact?.id, target));
  return {
    findings: select(findings, options),
    provenance: provenance(context, supplier !== undefined),
    ...(target === undefined ? {} : { target }),
  };
}

function detectAll(
  context: MatchContext,
  all: readonly ScannedPackage[],
  supplier: ReturnType<typeof supplierOf>,
): readonly Detected[] {
  const { family } = context.os;
  const isRedHat = family === 'redhat' || family === 'centos';
  const rule = own(FAMILY_RULES, family);
  if (rule === undefined && !isRedHat) {
    context.unmatched.push({ kind: 'unsupported-os', subject: `${family} ${context.os.name}`.trim() });
    return [];
  }
  // gpg-pubkey is a key that rpm lists as a package; its version is none.
  const packages = all.filter((pkg) => pkg.name !== 'gpg-pubkey');
  if (packages.length === 0) context.unmatched.push({ kind: 'no-packages', subject: family });
  const ofDistribution = (list: readonly ScannedPackage[], ruled = rule) =>
    ruled ? detect(context, ruled, list) : detectRedHat(context, list);
  switch (supplier) {
    case 'rapidfort':
      return detectRapidFort(context, packages);
    case 'root.io':
      return detectRootIo(context, official(context, packages));
    case 'seal': {
      const others = official(
        context,
        packages.filter((pkg) => !isSealPackage(pkg)),
      );
      return [
        ...ofDistribution(others, rule && ofReleaseAlone(rule)),
        ...detectSeal(context, packages.filter(isSealPackage)),
      ];
    }
    case undefined:
      return ofDistribution(rule?.keepsThirdParty ? packages : official(context, packages));
  }
}

/** Trivy does not tell a distribution's detector of the configured repositories when it asks on behalf of Seal. */
function ofReleaseAlone(rule: FamilyRule): FamilyRule {
  return { ...rule, bucket: ({ repositoryRelease: _, ...os }, now) => rule.bucket(os, now) };
}

/** A distribution's advisories say nothing about packages of other repositories, even of the same name. */
function official(context: MatchContext, packages: readonly ScannedPackage[]): readonly ScannedPackage[] {
  return packages.filter((pkg) => {
    if (pkg.repositoryClass !== 'third-party') return true;
    context.unmatched.push({ kind: 'third-party', subject: pkg.name });
    return false;
  });
}

function finding(
  context: MatchContext,
  found: Detected,
  artifact: string | undefined,
  target: string | undefined,
): MatchedFinding {
  const details = context.details(found.id);
  const { severity, source } = rate(found, details);
  const url = primaryUrl(found, details);
  const { architecture, purl } = found.package;
  return {
    vulnerability: found.id,
    vendorIds: found.vendorIds,
    package: {
      name: found.package.name,
      version: found.installedVersion,
      ...(architecture === undefined ? {} : { architecture }),
      ...(purl === undefined ? {} : { purl }),
    },
    severity,
    ...(source === undefined ? {} : { severitySource: source }),
    status: statusOf(found),
    ...(found.fixedVersion === '' ? {} : { fixedVersion: found.fixedVersion }),
    ...(details?.title === undefined ? {} : { title: details.title }),
    ...(url === undefined ? {} : { url }),
    ...(found.packageId === undefined ? {} : { packageId: found.packageId }),
    scannedPackage: found.package,
    ...(found.dataSource === undefined ? {} : { dataSource: found.dataSource }),
    ...(details === undefined ? {} : { details: withOwnSeverity(details, found) }),
    ...(artifact === undefined || target === undefined
      ? {}
      : { fingerprint: fingerprint(artifact, target, found.packageId ?? '', found.id) }),
  };
}

function withOwnSeverity(details: VulnerabilityDetails, { ownSeverity }: Detected): VulnerabilityDetails {
  if (ownSeverity === undefined || ownSeverity.source === '') return details;
  const vendorSeverity = { ...details.vendorSeverity, [ownSeverity.source]: ownSeverity.severity };
  return { ...details, vendorSeverity };
}

/** Filter, one of each, and Trivy's sort order. */
function select(findings: readonly MatchedFinding[], options: MatchOptions): readonly MatchedFinding[] {
  const unique = new Map<string, MatchedFinding>();
  for (const entry of findings) {
    if (options.severities && !options.severities.includes(entry.severity)) continue;
    if (options.ignoreUnfixed && entry.status !== 'fixed') continue;
    if (options.ignoreStatuses?.includes(entry.status)) continue;
    const key = [entry.vulnerability, entry.packageId, entry.package.name, entry.package.version].join('\0');
    const known = unique.get(key);
    // The greater text of the fixed version stays, not the greater version.
    if (known && compareBytes(known.fixedVersion ?? '', entry.fixedVersion ?? '') >= 0) continue;
    unique.set(key, entry);
  }
  return [...unique.values()].sort(
    (a, b) =>
      compareBytes(a.package.name, b.package.name) ||
      compareBytes(a.packageId ?? '', b.packageId ?? '') ||
      compareBytes(a.package.version, b.package.version) ||
      compareSeverity(b.severity, a.severity) ||
      compareBytes(a.vulnerability, b.vulnerability),
  );
}

function provenance(context: MatchContext, supplied: boolean): MatchProvenance {
  const { database, os, now } = context;
  const buckets = [...context.buckets].map(([name, found]) => ({ name, found }));
  const rule = own(FAMILY_RULES, os.family);
  const release = rule ? rule.release(os, now) : major(os.name);
  return {
    kind: 'trivy-db',
    digest: database.identity.digest,
    updatedAt: database.identity.updatedAt,
    bucket: buckets[0]?.name ?? '',
    bucketFound: buckets[0]?.found ?? false,
    buckets,
    unmatched: context.unmatched,
    unmatchedThirdParty: context.unmatched.filter(({ kind }) => kind === 'third-party').map(({ subject }) => subject),
    orderDifferences: context.orderDifferences,
    // Suppliers fix releases that their distribution gave up.
    eosl: !supplied && isEndOfLife(os.family, release, now),
  };
}
