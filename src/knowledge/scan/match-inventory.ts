import { compareBytes } from '../../core/bytes.ts';
import { compareSeverity } from '../../core/severity.ts';
import type { ScannedImage, ScannedPackage } from '../../packages/inventory/types.ts';
import type { VulnerabilityDatabase } from '../trivy-db/database.ts';
import { type MatchedFinding, type MatchProvenance, matchPackages } from '../trivy-db/matching/match.ts';
import type { ScannedPackage as MatcherPackage, ScannedOs } from '../trivy-db/matching/package.ts';
import { type KnowledgeSource, type ScanArtifact, type ScanFinding, severityOf } from './result.ts';
import { type Unknown, unknownsOfInventory, unknownsOfMatching } from './unknown.ts';

/** What one source knows about an inventory. */
export interface Evaluation {
  readonly findings: readonly ScanFinding[];
  readonly unknowns: readonly Unknown[];
  readonly sources: readonly KnowledgeSource[];
  readonly endOfLife: boolean;
}

const SOURCE = 'trivy-db';

/**
 * Compares an inventory with the vulnerability database as Trivy does. What is not known comes back as such.
 * @param now milliseconds since the epoch, for the end of support
 * @throws SutureError DATABASE_INVALID; SCAN_FAILED where Trivy fails the scan
 */
export function matchInventory(
  database: VulnerabilityDatabase,
  image: ScannedImage,
  artifact: Pick<ScanArtifact, 'name' | 'id'>,
  now: number,
): Evaluation {
  const os = matcherOs(image);
  if (os === undefined) return evaluation(database, image, [], undefined);
  const { findings, provenance } = matchPackages(database, os, image.packages.map(matcherPackage), {
    now,
    artifact: { name: artifact.name, ...(artifact.id === undefined ? {} : { id: artifact.id }) },
  });
  return evaluation(database, image, findings.map(scanFinding), provenance);
}

/** @param provenance undefined when the system of the image is not known */
export function evaluation(
  database: VulnerabilityDatabase,
  image: ScannedImage,
  findings: readonly ScanFinding[],
  provenance: Pick<MatchProvenance, 'buckets' | 'unmatched' | 'eosl'> | undefined,
): Evaluation {
  const { digest, updatedAt } = database.identity;
  const source = { name: SOURCE, kind: 'trivy-db', digest, updatedAt } as const;
  const problems = unknownsOfInventory(image);
  if (provenance === undefined) return { findings, unknowns: problems, sources: [source], endOfLife: false };
  const { buckets, unmatched, eosl } = provenance;
  return {
    findings,
    unknowns: [...problems, ...unknownsOfMatching(unmatched, buckets)],
    sources: [{ ...source, buckets }],
    endOfLife: eosl,
  };
}

/** The inventory's system in the terms of the matcher. */
export function matcherOs({ os, repository }: ScannedImage): ScannedOs | undefined {
  return os && { ...os, ...(repository === undefined ? {} : { repositoryRelease: repository.release }) };
}

/** The inventory's package in the terms of the matcher. */
export function matcherPackage(found: ScannedPackage): MatcherPackage {
  const { id, name, version, release, epoch, src, buildInfo } = found;
  const { purl } = found.identifier;
  return {
    id,
    name,
    version,
    release,
    epoch,
    architecture: found.arch,
    sourceName: src.name,
    sourceVersion: src.version,
    sourceRelease: src.release,
    sourceEpoch: src.epoch,
    ...(found.modularityLabel === undefined ? {} : { modularityLabel: found.modularityLabel }),
    ...(found.repositoryClass === undefined ? {} : { repositoryClass: found.repositoryClass }),
    ...(purl === undefined ? {} : { purl }),
    ...(found.layer === undefined ? {} : { layer: found.layer }),
    ...(buildInfo === undefined
      ? {}
      : {
          buildInfo: {
            contentSets: buildInfo.contentSets ?? [],
            ...(buildInfo.nvr === undefined ? {} : { nvr: buildInfo.nvr }),
            ...(buildInfo.arch === undefined ? {} : { architecture: buildInfo.arch }),
          },
        }),
  };
}

export function scanFinding(matched: MatchedFinding): ScanFinding {
  const { scannedPackage, ...finding } = matched;
  const { layer } = scannedPackage;
  return {
    ...finding,
    source: SOURCE,
    ...(layer === undefined ? {} : { layer: layer as ScanFinding['layer'] & object }),
  };
}

/** Trivy's order: package, package ID, version, severity (highest first), vulnerability; then the source. */
export function compareFindings(a: ScanFinding, b: ScanFinding): number {
  return (
    compareBytes(a.package.name, b.package.name) ||
    compareBytes(a.packageId ?? '', b.packageId ?? '') ||
    compareBytes(a.package.version, b.package.version) ||
    compareSeverity(severityOf(b), severityOf(a)) ||
    compareBytes(a.vulnerability, b.vulnerability) ||
    compareBytes(a.source, b.source)
  );
}
