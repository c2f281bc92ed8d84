import { SutureError } from '../../../core/errors/error.ts';
import type { RedHatEntry } from '../advisory.ts';
import { own } from '../own.ts';
import { TRIVY_RPM_ORDER } from '../versions/rpm.ts';
import type { Detected, MatchContext } from './detected.ts';
import { installedVersion, modularName, type ScannedPackage } from './package.ts';
import { major } from './release.ts';

/** Repositories of an image that does not say what it was built from; Trivy has none for 10. */
const DEFAULT_CONTENT_SETS: Readonly<Record<string, readonly string[]>> = {
  '6': ['rhel-6-server-rpms', 'rhel-6-server-extras-rpms'],
  '7': ['rhel-7-server-rpms', 'rhel-7-server-extras-rpms'],
  '8': ['rhel-8-for-x86_64-baseos-rpms', 'rhel-8-for-x86_64-appstream-rpms'],
  '9': ['rhel-9-for-x86_64-baseos-rpms', 'rhel-9-for-x86_64-appstream-rpms'],
};

interface Row {
  readonly id: string;
  readonly vendorIds: readonly string[];
  readonly severity: RedHatEntry['cves'][number]['severity'];
  readonly entry: RedHatEntry;
}

/**
 * RHEL and CentOS: one bucket for all releases; what a package's repositories or container build are about (CPEs) chooses
 * the entries.
 * @throws SutureError SCAN_FAILED when nothing tells the CPEs of a package: Trivy fails the scan too
 */
export function detectRedHat(context: MatchContext, packages: readonly ScannedPackage[]): Detected[] {
  if (!context.useBucket('Red Hat')) return [];
  return packages.flatMap((pkg) => {
    const installed = installedVersion(pkg);
    return newestRows(context, pkg)
      .filter(({ entry }) => entry.fixedVersion === '' || TRIVY_RPM_ORDER.compare(installed, entry.fixedVersion) < 0)
      .map((row) => ({
        id: row.id,
        package: pkg,
        ...(pkg.id === undefined ? {} : { packageId: pkg.id }),
        vendorIds: row.vendorIds,
        installedVersion: installed,
        fixedVersion: TRIVY_RPM_ORDER.normalize(row.entry.fixedVersion),
        status: row.entry.status,
        ownSeverity: { severity: row.severity, source: 'redhat' },
      }));
  });
}

/** Per CVE the entry with the highest fixed version; one without a fix loses to any with. */
function newestRows(context: MatchContext, pkg: ScannedPackage): readonly Row[] {
  const cpes = cpesOf(context, pkg);
  const newest = new Map<string, Row>();
  for (const { key, entries } of context.database.redHat(modularName(pkg))) {
    for (const entry of entries) {
      if (!entry.affected.some((index) => cpes.has(index)) || !isForArchitecture(entry, pkg)) continue;
      for (const cve of entry.cves) {
        const isCve = key.startsWith('CVE-');
        const id = isCve ? key : cve.id;
        const known = newest.get(id);
        if (known && TRIVY_RPM_ORDER.compare(known.entry.fixedVersion, entry.fixedVersion) >= 0) continue;
        newest.set(id, { id, vendorIds: isCve ? [] : [key], severity: cve.severity, entry });
      }
    }
  }
  return [...newest.values()];
}

function isForArchitecture(entry: RedHatEntry, pkg: ScannedPackage): boolean {
  if (entry.architectures.length === 0 || pkg.architecture === 'noarch') return true;
  return entry.architectures.includes(pkg.architecture ?? '');
}

function cpesOf(context: MatchContext, pkg: ScannedPackage): ReadonlySet<number> {
  const { buildInfo } = pkg;
  const contentSets = buildInfo?.contentSets ?? own(DEFAULT_CONTENT_SETS, major(context.os.name)) ?? [];
  // `__8` is an artefact of Red Hat's image builds; `__9_DOT_2` (extended support) is part of the name.
  const names = contentSets.map((name) => name.replace(/__\d+$/, ''));
  const build = buildInfo ? `${buildInfo.nvr ?? ''}-${buildInfo.architecture ?? ''}` : '';
  const cpes = context.database.redHatCpes(names, [build]);
  if (cpes.size > 0) return cpes;
  throw new SutureError(
    'SCAN_FAILED',
    `nothing tells which Red Hat repositories ${pkg.name} came from (release ${context.os.name}, content sets: ${names.join(', ') || 'none'})`,
  );
}
