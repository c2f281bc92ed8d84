import { SutureError } from '../../../core/errors/error.ts';
import type { Advisory, DataSource } from '../advisory.ts';
import { own } from '../own.ts';
import { TRIVY_APK_ORDER } from '../versions/apk.ts';
import { TRIVY_DEB_ORDER } from '../versions/deb.ts';
import type { VersionOrder } from '../versions/order.ts';
import { TRIVY_RPM_ORDER } from '../versions/rpm.ts';
import type { Detected, MatchContext } from './detected.ts';
import { installedVersion, type ScannedOs, type ScannedPackage, sourceOrBinaryName, sourceVersion } from './package.ts';
import { inAnyRange } from './ranges.ts';
import { major, minor, osName } from './release.ts';

export type Supplier = 'rapidfort' | 'root.io' | 'seal';

/** Who rebuilt packages of this image, if anybody; Trivy asks in this order. */
export function supplierOf(os: ScannedOs, packages: readonly ScannedPackage[]): Supplier | undefined {
  if (os.supplier === 'rapidfort') return own(RAPIDFORT_ORDERS, os.family) ? 'rapidfort' : undefined;
  const mark = own(ROOT_IO_MARKS, os.family);
  if (mark && packages.some((pkg) => mark.test(installedVersion(pkg)))) return 'root.io';
  return own(SEAL_SOURCES, os.family) && packages.some(isSealPackage) ? 'seal' : undefined;
}

const ROOT_IO_MARKS: Readonly<Record<string, RegExp>> = {
  debian: /\.root\.io/,
  ubuntu: /\.root\.io/,
  alpine: /-r\d007\d/,
};

/** Root.io rebuilds packages of a distribution: its rows replace the distribution's for the same vulnerability. */
export function detectRootIo(context: MatchContext, packages: readonly ScannedPackage[]): Detected[] {
  const { os } = context;
  const order = os.family === 'alpine' ? TRIVY_APK_ORDER : TRIVY_DEB_ORDER;
  const base = `${os.family} ${os.family === 'debian' ? major(osName(os)) : minor(osName(os))}`;
  const own = `root.io ${base}`;
  const hasBase = context.useBucket(base);
  if (!context.useBucket(own) && !hasBase) return [];
  return packages.flatMap((pkg) => {
    const name = sourceOrBinaryName(pkg);
    const rows = new Map<string, readonly [Advisory, string]>();
    for (const advisory of context.advisories(base, name)) rows.set(advisory.id, [asRange(advisory), base]);
    for (const advisory of context.advisories(own, name)) rows.set(advisory.id, [advisory, own]);
    return [...rows.values()]
      .filter(([{ vulnerableVersions }]) => inAnyRange(sourceVersion(pkg), vulnerableVersions, order, 'stop'))
      .map(([advisory, bucket]) => supplied(context, pkg, advisory, bucket, (source) => source.id));
  });
}

/** "Fixed in" of the distribution as a range of versions. */
function asRange(advisory: Advisory): Advisory {
  const { fixedVersion } = advisory;
  if (fixedVersion === '') return advisory;
  return { ...advisory, fixedVersion: '', vulnerableVersions: [`<${fixedVersion}`], patchedVersions: [fixedVersion] };
}

interface SealSource {
  readonly bucket: string;
  readonly order: VersionOrder;
  /** Rows of each release of the distribution have a bucket of their own. */
  readonly hasReleases: boolean;
}

const SEAL_DEBIAN: SealSource = { bucket: 'seal debian', order: TRIVY_DEB_ORDER, hasReleases: false };
const SEAL_RED_HAT: SealSource = { bucket: 'seal Red Hat', order: TRIVY_RPM_ORDER, hasReleases: true };

const SEAL_SOURCES: Readonly<Record<string, SealSource>> = {
  alpine: { bucket: 'seal alpine', order: TRIVY_APK_ORDER, hasReleases: false },
  'cbl-mariner': SEAL_RED_HAT,
  centos: SEAL_RED_HAT,
  redhat: SEAL_RED_HAT,
  oracle: SEAL_RED_HAT,
  debian: SEAL_DEBIAN,
  ubuntu: SEAL_DEBIAN,
};

export function isSealPackage(pkg: ScannedPackage): boolean {
  return [pkg.name, pkg.sourceName].some((name) => name?.toLowerCase().startsWith('seal-'));
}

/** Seal's packages only; the others are the distribution's and matched by its rule. */
export function detectSeal(context: MatchContext, packages: readonly ScannedPackage[]): Detected[] {
  const source = own(SEAL_SOURCES, context.os.family);
  if (source === undefined) return [];
  return packages.flatMap((pkg) => {
    const release = source.hasReleases ? elRelease((pkg.sourceName ? pkg.sourceRelease : pkg.release) ?? '') : '';
    const bucket = release === '' ? source.bucket : `${source.bucket} ${release}`;
    if (!context.useBucket(bucket)) return [];
    return context
      .advisories(bucket, sourceOrBinaryName(pkg))
      .flatMap(byRange)
      .filter(({ vulnerableVersions }) => inAnyRange(sourceVersion(pkg), vulnerableVersions, source.order, 'stop'))
      .map((advisory) => supplied(context, pkg, advisory, bucket, (from) => from.baseId ?? ''));
  });
}

/**
 * Each range of a row of Seal's ends with the fix that stands at the same place (trivy-db splits them when it reads), so that
 * only the fix of the range is shown that a version lies in. A row without a range is about nothing.
 * @throws SutureError SCAN_FAILED where Trivy fails the scan: a range does not hold its fix
 */
function byRange(advisory: Advisory): readonly Advisory[] {
  const { id, vulnerableVersions, patchedVersions } = advisory;
  if (vulnerableVersions.length === 1) return [advisory];
  return vulnerableVersions.map((range, index) => {
    const fix = patchedVersions[index];
    if (fix === undefined || !range.includes(fix))
      throw new SutureError('SCAN_FAILED', `the range "${range}" of ${id} does not hold its fix ${fix ?? ''}`);
    return { ...advisory, vulnerableVersions: [range], patchedVersions: [fix] };
  });
}

/** `3.el8+sp1` → `8`, `9.el10_0.1` → `10`. */
function elRelease(release: string): string {
  const at = release.indexOf('el');
  return at < 0 ? '' : (release.slice(at + 2).split(/[_+]/, 1)[0] ?? '');
}

const RAPIDFORT_ORDERS: Readonly<Record<string, VersionOrder>> = {
  ubuntu: TRIVY_DEB_ORDER,
  alpine: TRIVY_APK_ORDER,
  redhat: TRIVY_RPM_ORDER,
};

/** RapidFort's feed covers all packages of its images, third-party ones too, by source and then by binary name. */
export function detectRapidFort(context: MatchContext, packages: readonly ScannedPackage[]): Detected[] {
  const order = own(RAPIDFORT_ORDERS, context.os.family) ?? TRIVY_DEB_ORDER;
  return packages.flatMap((pkg) => {
    const version = sourceVersion(pkg) || installedVersion(pkg);
    const bucket = rapidFortBucket(context.os, version);
    if (version === '' || !context.useBucket(bucket)) return [];
    const rows = new Map<string, Advisory>();
    for (const name of [pkg.name, sourceOrBinaryName(pkg)]) {
      for (const advisory of context.advisories(bucket, name)) rows.set(advisory.id, advisory);
    }
    return [...rows.values()]
      .filter(({ vulnerableVersions }) => inAnyRange(version, vulnerableVersions, order, 'skip'))
      .map((advisory) => supplied(context, pkg, advisory, bucket, (source) => source.id));
  });
}

/** RapidFort's own rebuilds belong to no release; rpm packages to the one of their last dist tag. */
function rapidFortBucket(os: ScannedOs, version: string): string {
  const bucket = (name: string, release: string) => (release === '' ? name : `${name} ${release}`);
  if (os.family === 'ubuntu') {
    const rebuilt = version.includes('+rf') || version.includes('rfubu');
    return bucket('rapidfort ubuntu', rebuilt ? '' : minor(osName(os)));
  }
  if (os.family === 'alpine') return bucket('rapidfort alpine', minor(os.name));
  const [, tag, number = ''] = [...version.matchAll(/\.(el|fc|rf)(\d*)/g)].at(-1) ?? [];
  switch (tag) {
    case 'fc':
      return bucket('rapidfort fedora', number);
    case 'rf':
      return 'rapidfort Red Hat';
    case 'el':
      return bucket('rapidfort Red Hat', number);
    default:
      return bucket('rapidfort Red Hat', major(os.name));
  }
}

function supplied(
  context: MatchContext,
  pkg: ScannedPackage,
  advisory: Advisory,
  bucket: string,
  severitySource: (source: DataSource) => string,
): Detected {
  const dataSource = context.database.dataSource(bucket);
  return {
    id: advisory.id,
    package: pkg,
    ...(pkg.id === undefined ? {} : { packageId: pkg.id }),
    vendorIds: [],
    installedVersion: installedVersion(pkg),
    fixedVersion: advisory.patchedVersions.join(', '),
    status: 'unknown',
    ...(dataSource === undefined || advisory.severity === 'UNKNOWN'
      ? {}
      : { ownSeverity: { severity: advisory.severity, source: severitySource(dataSource) } }),
    ...(dataSource === undefined ? {} : { dataSource }),
  };
}
