import { compareDebVersions } from '../../../packages/deb/version/compare.ts';
import type { Advisory } from '../advisory.ts';
import { TRIVY_APK_ORDER } from '../versions/apk.ts';
import { TRIVY_DEB_ORDER } from '../versions/deb.ts';
import type { VersionOrder } from '../versions/order.ts';
import { TRIVY_RPM_ORDER } from '../versions/rpm.ts';
import {
  installedVersion,
  modularName,
  type ScannedOs,
  type ScannedPackage,
  sourceOrBinaryName,
  sourceVersion,
} from './package.ts';
import { alpineRelease, amazonRelease, major, minor, ubuntuRelease } from './release.ts';

/** How one family's packages are compared with its advisories: one row of the table of Trivy's detectors. */
export interface FamilyRule {
  /** Bucket of the advisories, and the release for the end-of-life list. */
  readonly bucket: (os: ScannedOs, now: number) => string;
  readonly release: (os: ScannedOs, now: number) => string;
  /** Name under which the advisories lie. */
  readonly packageName: (pkg: ScannedPackage) => string;
  /** The version that is compared. */
  readonly version: (pkg: ScannedPackage) => string;
  readonly order: VersionOrder;
  /** The distribution's own order, where Trivy uses another. */
  readonly strictCompare?: (a: string, b: string) => number;
  /** Advisories without a fixed version are reported; else they never match. */
  readonly reportsUnfixed?: boolean;
  /** A version from which on an advisory counts is looked at; others than Alpine's detector ignore it. */
  readonly readsAffected?: boolean;
  /** A package without a version is left out; the others compare it as the lowest. */
  readonly needsVersion?: boolean;
  /** Fixed versions that an advisory gives for this package; default its one. */
  readonly fixedVersions?: (pkg: ScannedPackage, advisory: Advisory) => readonly string[];
  /** False: this package cannot be matched. */
  readonly covers?: (pkg: ScannedPackage) => boolean;
  /** Fixed versions are printed as the library prints them: an epoch of 0 is dropped. */
  readonly normalizesFixed?: boolean;
  readonly hasVendorIds?: boolean;
  readonly hasStatus?: boolean;
  /** Source of severities in the advisories themselves. */
  readonly severitySource?: string;
  readonly withoutPackageId?: boolean;
  /** The source version is what is shown as installed. */
  readonly showsSourceVersion?: boolean;
  /** Third-party packages are compared too: the feed is not one vendor's. */
  readonly keepsThirdParty?: boolean;
  /** An unreadable version fails the scan. */
  readonly strictVersions?: boolean;
}

const asNamed = (os: ScannedOs) => os.name;
const noRelease = () => '';
const binaryName = (pkg: ScannedPackage) => pkg.name;
const sourceName = (pkg: ScannedPackage) => pkg.sourceName ?? '';

const deb = {
  packageName: sourceName,
  version: sourceVersion,
  order: TRIVY_DEB_ORDER,
  strictCompare: compareDebVersions,
  reportsUnfixed: true,
} as const;

const rpm = { packageName: binaryName, version: installedVersion, order: TRIVY_RPM_ORDER } as const;

/** Wolfi, Chainguard and MinimOS: one stream without releases. */
const rollingApk = (name: string): FamilyRule => ({
  bucket: () => name,
  release: noRelease,
  packageName: sourceOrBinaryName,
  version: installedVersion,
  order: TRIVY_APK_ORDER,
});

const suse = (name: string): FamilyRule => ({ ...rpm, bucket: (os) => `${name} ${os.name}`, release: asNamed });

const azure = (name: string): FamilyRule => ({
  bucket: (os) => `${name} ${minor(os.name)}`,
  release: noRelease,
  packageName: sourceName,
  version: sourceVersion,
  order: TRIVY_RPM_ORDER,
  reportsUnfixed: true,
  normalizesFixed: true,
  withoutPackageId: true,
});

/** Rocky and Oracle list fixed versions by architecture; a row without a list counts for all. */
function byArchitecture(pkg: ScannedPackage, advisory: Advisory): readonly string[] {
  if (advisory.entries.length === 0) return [advisory.fixedVersion];
  return advisory.entries
    .filter((entry) => entry.architectures.includes(pkg.architecture ?? ''))
    .map((entry) => entry.fixedVersion);
}

type OracleFlavour = 'normal' | 'fips' | 'ksplice';

/** Oracle ships three builds of some packages, whose versions must not be compared with each other (trivy 1967). */
function oracleFlavour(text: string): OracleFlavour {
  const version = text.toLowerCase();
  if (version.endsWith('_fips')) return 'fips';
  return version.split('.').some((part) => part.startsWith('ksplice')) ? 'ksplice' : 'normal';
}

export const FAMILY_RULES: Readonly<Record<string, FamilyRule>> = {
  debian: {
    ...deb,
    bucket: (os) => `debian ${major(os.name)}`,
    release: (os) => major(os.name),
    hasVendorIds: true,
    hasStatus: true,
    severitySource: 'debian',
  },
  ubuntu: { ...deb, bucket: (os, now) => `ubuntu ${ubuntuRelease(os, now)}`, release: ubuntuRelease },
  echo: {
    ...deb,
    bucket: () => 'echo',
    release: noRelease,
    hasStatus: true,
    severitySource: 'echo',
    showsSourceVersion: true,
    keepsThirdParty: true,
    strictVersions: true,
  },
  alpine: {
    bucket: (os) => `alpine ${alpineRelease(os)}`,
    release: (os) => minor(os.name),
    packageName: sourceOrBinaryName,
    version: sourceVersion,
    order: TRIVY_APK_ORDER,
    reportsUnfixed: true,
    readsAffected: true,
  },
  wolfi: rollingApk('wolfi'),
  chainguard: rollingApk('chainguard'),
  minimos: rollingApk('minimos'),
  rocky: {
    ...rpm,
    bucket: (os) => `rocky ${major(os.name)}`,
    release: (os) => major(os.name),
    packageName: modularName,
    fixedVersions: byArchitecture,
    normalizesFixed: true,
  },
  alma: {
    ...rpm,
    bucket: (os) => `alma ${major(os.name)}`,
    release: (os) => major(os.name),
    packageName: modularName,
    // AlmaLinux left the label out of some modular packages (bugs.almalinux.org 173).
    covers: (pkg) => !(pkg.release?.includes('.module_el') && !pkg.modularityLabel),
    normalizesFixed: true,
  },
  oracle: {
    ...rpm,
    bucket: (os) => `Oracle Linux ${major(os.name)}`,
    release: (os) => major(os.name),
    fixedVersions: (pkg, advisory) =>
      byArchitecture(pkg, advisory).filter((fixed) => oracleFlavour(fixed) === oracleFlavour(pkg.release ?? '')),
  },
  // Trivy compares Amazon's rpm versions by Debian's order.
  amazon: {
    ...rpm,
    bucket: (os) => `amazon linux ${amazonRelease(os)}`,
    release: amazonRelease,
    order: TRIVY_DEB_ORDER,
    strictCompare: TRIVY_RPM_ORDER.compare,
  },
  'opensuse-leap': suse('openSUSE Leap'),
  'opensuse-tumbleweed': { ...rpm, bucket: () => 'openSUSE Tumbleweed', release: noRelease },
  sles: suse('SUSE Linux Enterprise'),
  slem: suse('SUSE Linux Enterprise Micro'),
  photon: { ...rpm, bucket: (os) => `Photon OS ${os.name}`, release: asNamed, packageName: sourceName },
  azurelinux: azure('Azure Linux'),
  'cbl-mariner': azure('CBL-Mariner'),
  bottlerocket: { ...rpm, bucket: () => 'bottlerocket', release: noRelease, needsVersion: true },
};
