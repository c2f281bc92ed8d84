import type { Severity } from '../../core/severity.ts';
import { compareApkVersions, isValidApkVersion } from '../../packages/apk/version/compare.ts';
import { compareDebVersions } from '../../packages/deb/version/compare.ts';
import { purlType } from '../../packages/inventory/purl.ts';
import type { ScannedImage, ScannedOs, ScannedPackage } from '../../packages/inventory/types.ts';
import { compareRpmVersions } from '../../packages/rpm/version/evr.ts';
import { fullVersion } from '../sbom/subject.ts';
import type { Evaluation } from '../scan/match-inventory.ts';
import type { KnowledgeSource, ScanFinding } from '../scan/result.ts';
import { UNMATCHED_DETAILS, type Unknown } from '../scan/unknown.ts';

/** From `introduced` (empty: from the first version) to before `fixed`, or up to `lastAffected`; neither: not fixed. */
export interface AffectedRange {
  readonly introduced: string;
  readonly fixed?: string;
  readonly lastAffected?: string;
}

/** What a distribution or database says of one package of one release. */
export interface PackageAdvisory {
  /** CVE where there is one. */
  readonly id: string;
  /** Other names of the same: DSA, RHSA, OSV's own. */
  readonly vendorIds: readonly string[];
  readonly packageName: string;
  readonly packageKind: 'source' | 'binary';
  readonly ranges: readonly AffectedRange[];
  /** Versions named one by one. */
  readonly versions?: readonly string[];
  /** Only these; all when absent. */
  readonly architectures?: readonly string[];
  /** `nodejs:12`: only packages of this module and stream; none when absent. */
  readonly module?: string;
  readonly severity?: Severity;
  readonly title?: string;
  readonly url?: string;
  /** Whether it is about a release. */
  appliesTo(os: ScannedOs, repositoryRelease: string | undefined): boolean;
}

/** Advisories of one file or directory, with the date until which it knows. */
export interface AdvisorySet {
  readonly source: KnowledgeSource;
  readonly advisories: readonly PackageAdvisory[];
}

interface Order {
  compare(a: string, b: string): number;
  isValid(version: string): boolean;
}

const ORDERS: Readonly<Record<ReturnType<typeof purlType>, Order>> = {
  deb: { compare: compareDebVersions, isValid: (version) => /^(?:\d+:)?\d/.test(version) },
  apk: { compare: compareApkVersions, isValid: isValidApkVersion },
  rpm: { compare: compareRpmVersions, isValid: (version) => version !== '' },
  bottlerocket: { compare: compareRpmVersions, isValid: (version) => version !== '' },
};

/**
 * Compares an inventory with advisories by the distribution's own version order. A set without any advisory for the release
 * says nothing about the image, and is reported as such.
 */
export function matchAdvisories(set: AdvisorySet, image: ScannedImage): Evaluation {
  const { source } = set;
  const { os, repository } = image;
  const applicable = os === undefined ? [] : set.advisories.filter((entry) => entry.appliesTo(os, repository?.release));
  if (os === undefined || applicable.length === 0)
    return { findings: [], unknowns: [nothingSaid(source, os)], sources: [source], endOfLife: false };
  const order = ORDERS[purlType(os.family)];
  const byName = new Map<string, PackageAdvisory[]>();
  for (const entry of applicable) {
    const key = `${entry.packageKind} ${entry.packageName}`;
    byName.set(key, [...(byName.get(key) ?? []), entry]);
  }
  const findings: ScanFinding[] = [];
  const unknowns: Unknown[] = [];
  for (const found of image.packages) {
    if (found.repositoryClass === 'third-party') {
      unknowns.push(thirdParty(found.name));
      continue;
    }
    const candidates = [
      ...(byName.get(`source ${found.src.name || found.name}`) ?? []),
      ...(byName.get(`binary ${found.name}`) ?? []),
    ];
    if (candidates.length === 0) continue;
    if (!order.isValid(fullVersion(found)))
      unknowns.push({
        kind: 'version-unreadable',
        scope: 'package',
        subject: found.name,
        detail: `the version of ${found.name} cannot be compared`,
      });
    else findings.push(...findingsOf(found, candidates, order, source.name));
  }
  return { findings, unknowns, sources: [source], endOfLife: false };
}

function thirdParty(name: string): Unknown {
  const detail = UNMATCHED_DETAILS['third-party'](name);
  return { kind: 'third-party', scope: 'package', subject: name, detail };
}

function nothingSaid(source: KnowledgeSource, os: ScannedOs | undefined): Unknown {
  const system = os === undefined ? 'a system that is not known' : `${os.family} ${os.name}`.trim();
  return {
    kind: 'source-unusable',
    scope: 'image',
    subject: source.name,
    detail: `${source.name} holds no advisory for ${system}`,
  };
}

/** Of several advisories about one vulnerability the highest fix counts: only that fixes all. */
function findingsOf(
  found: ScannedPackage,
  candidates: readonly PackageAdvisory[],
  order: Order,
  source: string,
): readonly ScanFinding[] {
  const byId = new Map<string, ScanFinding>();
  for (const advisory of candidates) {
    if (!isAbout(advisory, found)) continue;
    const installed = fullVersion(advisory.packageKind === 'source' && found.src.version !== '' ? found.src : found);
    const range = affectedRange(advisory, installed, order);
    if (range === undefined) continue;
    const known = byId.get(advisory.id);
    if (known !== undefined && !isHigher(range.fixed, known.fixedVersion, order)) continue;
    byId.set(advisory.id, finding(found, advisory, range, source));
  }
  return [...byId.values()];
}

function isAbout({ architectures, module }: PackageAdvisory, { arch, modularityLabel }: ScannedPackage): boolean {
  if (architectures !== undefined && arch !== '' && !architectures.includes(arch)) return false;
  const label = (modularityLabel ?? '').split(':').slice(0, 2).join(':');
  return (module ?? '') === label;
}

function affectedRange(
  { ranges, versions }: PackageAdvisory,
  installed: string,
  order: Order,
): AffectedRange | undefined {
  const found = ranges.find(
    ({ introduced, fixed, lastAffected }) =>
      (introduced === '' || order.compare(installed, introduced) >= 0) &&
      (fixed === undefined || order.compare(installed, fixed) < 0) &&
      (lastAffected === undefined || order.compare(installed, lastAffected) <= 0),
  );
  if (found !== undefined) return found;
  return versions?.includes(installed) ? { introduced: '' } : undefined;
}

/** No fix is higher than any. */
function isHigher(fixed: string | undefined, than: string | undefined, order: Order): boolean {
  if (than === undefined) return false;
  return fixed === undefined || order.compare(fixed, than) > 0;
}

function finding(
  found: ScannedPackage,
  advisory: PackageAdvisory,
  { fixed }: AffectedRange,
  source: string,
): ScanFinding {
  const { id, vendorIds, severity, title, url } = advisory;
  const { purl } = found.identifier;
  return {
    vulnerability: id,
    vendorIds,
    package: {
      name: found.name,
      version: fullVersion(found),
      ...(found.arch === '' ? {} : { architecture: found.arch }),
      ...(purl === undefined ? {} : { purl }),
    },
    ...(severity === undefined ? {} : { severity, severitySource: source }),
    status: fixed === undefined ? 'affected' : 'fixed',
    ...(fixed === undefined ? {} : { fixedVersion: fixed }),
    ...(title === undefined ? {} : { title }),
    ...(url === undefined ? {} : { url }),
    source,
    packageId: found.id,
    ...(found.layer === undefined ? {} : { layer: found.layer }),
  };
}
