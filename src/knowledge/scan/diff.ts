import { compareBytes } from '../../core/bytes.ts';
import type { ScannedPackage } from '../../packages/inventory/types.ts';
import { fullVersion } from '../sbom/subject.ts';
import { compareFindings } from './match-inventory.ts';
import type { ScanFinding, ScanResult } from './result.ts';
import { verdictOf } from './verdict.ts';

export interface PackageChange {
  readonly name: string;
  readonly architecture: string;
  /** Absent: the package was not there before. */
  readonly from?: string;
  /** Absent: the package is gone. */
  readonly to?: string;
}

/** A finding of the first that the second does not have, and why. */
export interface GoneFinding {
  readonly finding: ScanFinding;
  /**
   * `fixed`: the package is there and no longer affected; `removed`: the package is gone; `suppressed`: set aside by a file;
   * `unknown`: nothing is known about the second, so that it may well be there.
   */
  readonly why: 'fixed' | 'removed' | 'suppressed' | 'unknown';
}

export interface ScanDiff {
  readonly before: ScanResult;
  readonly after: ScanResult;
  /** Undefined when one of the two has no inventory. */
  readonly packages?: readonly PackageChange[];
  readonly gone: readonly GoneFinding[];
  readonly added: readonly ScanFinding[];
  /** As in the second. */
  readonly remaining: readonly ScanFinding[];
}

/**
 * What changed between two scans: of an image and its successor, or of the same image at two times. A finding is the same
 * when vulnerability and package are; its version may differ.
 */
export function diffScans(before: ScanResult, after: ScanResult): ScanDiff {
  const [first, second] = [keyed(before.findings), keyed(after.findings)];
  const suppressed = keyed(after.suppressed.map(({ finding }) => finding));
  const installed = new Set(after.packages.map(({ name }) => name));
  const isUnknown = verdictOf(after) === 'unknown';
  const why = (key: string, finding: ScanFinding): GoneFinding['why'] => {
    if (suppressed.has(key)) return 'suppressed';
    if (isUnknown) return 'unknown';
    return after.hasInventory && !installed.has(finding.package.name) ? 'removed' : 'fixed';
  };
  const gone = [...first]
    .filter(([key]) => !second.has(key))
    .map(([key, finding]) => ({ finding, why: why(key, finding) }));
  return {
    before,
    after,
    ...(before.hasInventory && after.hasInventory ? { packages: diffPackages(before.packages, after.packages) } : {}),
    gone: gone.sort((a, b) => compareFindings(a.finding, b.finding)),
    added: [...second].filter(([key]) => !first.has(key)).map(([, finding]) => finding),
    remaining: [...second].filter(([key]) => first.has(key)).map(([, finding]) => finding),
  };
}

function keyed(findings: readonly ScanFinding[]): ReadonlyMap<string, ScanFinding> {
  return new Map(
    findings.map((finding) => [
      `${finding.vulnerability}\0${finding.package.name}\0${finding.package.architecture ?? ''}`,
      finding,
    ]),
  );
}

function diffPackages(before: readonly ScannedPackage[], after: readonly ScannedPackage[]): readonly PackageChange[] {
  const [first, second] = [versions(before), versions(after)];
  const changes: PackageChange[] = [];
  for (const key of new Set([...first.keys(), ...second.keys()])) {
    const [name = '', architecture = ''] = key.split('\0');
    const [from, to] = [first.get(key), second.get(key)];
    if (from === to) continue;
    changes.push({ name, architecture, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) });
  }
  return changes.sort((a, b) => compareBytes(a.name, b.name) || compareBytes(a.architecture, b.architecture));
}

/** By name and architecture; several installed versions of one (kernels) are a list. */
function versions(packages: readonly ScannedPackage[]): ReadonlyMap<string, string> {
  const lists = new Map<string, string[]>();
  for (const found of packages) {
    const key = `${found.name}\0${found.arch}`;
    lists.set(key, [...(lists.get(key) ?? []), fullVersion(found)].sort(compareBytes));
  }
  return new Map([...lists].map(([key, list]) => [key, list.join(', ')]));
}
