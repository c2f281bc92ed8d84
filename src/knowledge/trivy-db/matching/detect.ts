import { SutureError } from '../../../core/errors/error.ts';
import type { Advisory, DataSource } from '../advisory.ts';
import type { Detected, MatchContext } from './detected.ts';
import { installedVersion, type ScannedPackage } from './package.ts';
import type { FamilyRule } from './rules.ts';

/** Compares packages with one bucket by the rule of a family. @throws SutureError SCAN_FAILED, DATABASE_INVALID */
export function detect(context: MatchContext, rule: FamilyRule, packages: readonly ScannedPackage[]): Detected[] {
  const bucket = rule.bucket(context.os, context.now);
  if (!context.useBucket(bucket)) return [];
  const dataSource = context.database.dataSource(bucket);
  const found: Detected[] = [];
  // By name, so that the rows that binary packages of one source share are read once and need not be kept.
  const groups = byAdvisoryName(context, rule, packages);
  for (const [name, sharing] of groups) {
    const advisories = context.advisories(bucket, name);
    for (const pkg of sharing)
      for (const advisory of advisories) matchAdvisory(context, rule, pkg, advisory, dataSource, found);
  }
  return groups.size < 2 ? found : inOrderOf(packages, found);
}

/** Trivy goes package by package: of one ID in several architectures the first one's finding stays. */
function inOrderOf(packages: readonly ScannedPackage[], found: Detected[]): Detected[] {
  const positions = new Map(packages.map((pkg, index) => [pkg, index]));
  const position = (entry: Detected) => positions.get(entry.package) ?? 0;
  return found.sort((a, b) => position(a) - position(b));
}

function byAdvisoryName(context: MatchContext, rule: FamilyRule, packages: readonly ScannedPackage[]) {
  const groups = new Map<string, ScannedPackage[]>();
  for (const pkg of packages) {
    if (!isReadable(context, rule, pkg)) continue;
    const name = rule.packageName(pkg);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [pkg]);
    else group.push(pkg);
  }
  return groups;
}

function isReadable(context: MatchContext, rule: FamilyRule, pkg: ScannedPackage): boolean {
  const unmatched = (kind: 'module-unknown' | 'source-unknown' | 'version-unreadable') => {
    context.unmatched.push({ kind, subject: pkg.name });
    return false;
  };
  if (rule.covers?.(pkg) === false) return unmatched('module-unknown');
  if (rule.packageName(pkg) === '') return unmatched('source-unknown');
  const version = rule.version(pkg);
  if (version === '' && rule.needsVersion) return unmatched('version-unreadable');
  if (rule.order.isValid(version)) return true;
  if (rule.strictVersions) throw unreadable(pkg.name, version);
  return unmatched('version-unreadable');
}

function matchAdvisory(
  context: MatchContext,
  rule: FamilyRule,
  pkg: ScannedPackage,
  advisory: Advisory,
  dataSource: DataSource | undefined,
  found: Detected[],
): void {
  for (const fixed of rule.fixedVersions?.(pkg, advisory) ?? [advisory.fixedVersion])
    if (isAffected(context, rule, pkg, advisory, fixed)) found.push(detected(rule, pkg, advisory, fixed, dataSource));
}

function isAffected(
  context: MatchContext,
  rule: FamilyRule,
  pkg: ScannedPackage,
  advisory: Advisory,
  fixed: string,
): boolean {
  const { order } = rule;
  const installed = rule.version(pkg);
  if (rule.readsAffected && advisory.affectedVersion !== '') {
    if (!order.isValid(advisory.affectedVersion) || order.compare(advisory.affectedVersion, installed) > 0)
      return false;
  }
  if (fixed === '' && rule.reportsUnfixed) return true;
  if (!order.isValid(fixed)) {
    if (rule.strictVersions) throw unreadable(`the fix of ${advisory.id}`, fixed);
    return false;
  }
  const reported = order.compare(installed, fixed) < 0;
  if (rule.strictCompare && rule.strictCompare(installed, fixed) < 0 !== reported) {
    context.orderDifferences.push({
      package: pkg.name,
      vulnerability: advisory.id,
      installedVersion: installed,
      fixedVersion: fixed,
      reported,
    });
  }
  return reported;
}

function detected(
  rule: FamilyRule,
  pkg: ScannedPackage,
  advisory: Advisory,
  fixed: string,
  dataSource: DataSource | undefined,
): Detected {
  const { severitySource } = rule;
  return {
    id: advisory.id,
    package: pkg,
    ...(rule.withoutPackageId || pkg.id === undefined ? {} : { packageId: pkg.id }),
    vendorIds: rule.hasVendorIds ? advisory.vendorIds : [],
    installedVersion: rule.showsSourceVersion ? rule.version(pkg) : installedVersion(pkg),
    fixedVersion: rule.normalizesFixed ? rule.order.normalize(fixed) : fixed,
    status: rule.hasStatus ? advisory.status : 'unknown',
    ...(severitySource === undefined || advisory.severity === 'UNKNOWN'
      ? {}
      : { ownSeverity: { severity: advisory.severity, source: severitySource } }),
    ...(dataSource === undefined ? {} : { dataSource }),
  };
}

function unreadable(what: string, version: string): SutureError {
  return new SutureError('SCAN_FAILED', `the version "${version}" of ${what} cannot be read`);
}
