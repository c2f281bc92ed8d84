import { createHash } from 'node:crypto';
import { SEVERITIES, type Severity } from '../../../core/severity.ts';
import type { ScannedPackage } from '../../../packages/inventory/types.ts';
import {
  type ScanArtifact,
  type ScanFinding,
  type ScanResult,
  type SuppressedFinding,
  severityOf,
} from '../../scan/result.ts';
import { osTarget } from '../../trivy-db/matching/identity.ts';
import { filled, goJsonPieces, LongList, present } from './go-json.ts';
import { ownData } from './own-data.ts';

/**
 * The scan as a report of Trivy's schema 2: readers of Trivy's reports (Copa among them) take it unchanged. What Trivy has
 * no place for (age of the database, what is not known, KEV, EPSS) stands under `Suture`, which they ignore.
 * @param reportId instead of the one that is derived from the content, so that the same scan gives the same bytes
 * @returns the text in pieces
 */
export function writeTrivyReport(result: ScanResult, reportId?: string): Iterable<string> {
  const { artifact } = result;
  const metadataOfImage = metadata(result);
  const suture = ownData(result);
  return goJsonPieces({
    SchemaVersion: 2,
    ReportID: reportId ?? derivedId(result, [metadataOfImage, suture]),
    CreatedAt: result.createdAt,
    ArtifactID: filled(artifact.id),
    ArtifactName: artifact.name,
    ArtifactType: artifact.type,
    Metadata: metadataOfImage,
    Results: filled(results(result)),
    Suture: suture,
  });
}

/** A UUID (version 8: made from something else than time or chance) of what the report says. */
function derivedId(result: ScanResult, other: readonly unknown[]): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([result.createdAt, result.artifact.name, result.artifact.id, ...other]));
  hash.update(JSON.stringify(result.packages.map(({ id, arch }) => [id, arch])));
  hash.update(JSON.stringify(result.findings.map(essence)));
  hash.update(JSON.stringify(result.suppressed.map(({ finding, suppression }) => [essence(finding), suppression])));
  const hex = hash.digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** What tells a finding from any other; its details come from the database, whose digest is in the report. */
function essence(finding: ScanFinding): readonly unknown[] {
  const { vulnerability, package: found, packageId, fixedVersion, status, severity, source, kev, epss } = finding;
  return [vulnerability, found.name, found.version, packageId, fixedVersion, status, severity, source, kev, epss];
}

function metadata({ artifact, os, endOfLife }: ScanResult) {
  const size = artifact.layers.reduce((sum, layer) => sum + layer.size, 0);
  return {
    ...present('Size', size),
    ...(os === undefined
      ? {}
      : {
          OS: {
            Family: os.family,
            ...present('Name', os.name),
            ...present('EOSL', endOfLife),
            ...present('Supplier', os.supplier),
            ...present('extended', os.extended),
          },
        }),
    ...present('ImageID', artifact.imageId),
    ...present('DiffIDs', artifact.diffIds),
    ...present('RepoTags', artifact.repoTags),
    ...present('RepoDigests', artifact.repoDigests),
    ...present('Reference', artifact.reference),
    ...present('ImageConfig', artifact.config ?? platformConfig(artifact)),
    ...present(
      'Layers',
      artifact.layers.map(({ size: bytes, digest, diffId }) => ({ Size: bytes, Digest: digest, DiffID: diffId })),
    ),
  };
}

/** Where the config is not at hand (an SBOM, a report), what is known of it: readers ask for the architecture. */
function platformConfig({ platform }: ScanArtifact) {
  const { architecture, os, variant } = platform;
  if (architecture === undefined) return undefined;
  return { architecture, ...present('os', os), ...present('variant', variant) };
}

/** An OS result is written also when it is empty; without a known system there is none, which no reader takes for clean. */
function results({ artifact, os, packages, findings, suppressed }: ScanResult) {
  if (os === undefined) return [];
  return [
    {
      Target: osTarget(artifact.name, os),
      Class: 'os-pkgs',
      Type: os.family,
      Packages: longList(packages, trivyPackage),
      Vulnerabilities: longList(findings, trivyVulnerability),
      ExperimentalModifiedFindings: longList(suppressed, modifiedFinding),
    },
  ];
}

function longList<T>(items: readonly T[], shown: (item: T) => unknown): LongList<T> | undefined {
  return items.length === 0 ? undefined : new LongList(items, shown);
}

function trivyPackage(found: ScannedPackage) {
  const { src, buildInfo, identifier } = found;
  return {
    ID: found.id,
    Name: found.name,
    Identifier: { PURL: filled(identifier.purl) },
    Version: filled(found.version),
    Release: filled(found.release),
    Epoch: filled(found.epoch),
    Arch: filled(found.arch),
    SrcName: filled(src.name),
    SrcVersion: filled(src.version),
    SrcRelease: filled(src.release),
    SrcEpoch: filled(src.epoch),
    Licenses: filled(found.licenses),
    Maintainer: filled(found.maintainer),
    Modularitylabel: filled(found.modularityLabel),
    ...(buildInfo === undefined
      ? {}
      : {
          BuildInfo: {
            ContentSets: filled(buildInfo.contentSets),
            Nvr: filled(buildInfo.nvr),
            Arch: filled(buildInfo.arch),
          },
        }),
    ...(found.repositoryClass === undefined ? {} : { Repository: { Class: found.repositoryClass } }),
    DependsOn: filled(found.dependsOn),
    Layer: layerOf(found.layer),
    FilePath: filled(found.filePath),
    Digest: filled(found.digest),
    InstalledFiles: filled(found.installedFiles),
    AnalyzedBy: filled(found.analyzedBy),
  };
}

function layerOf(layer: ScanFinding['layer']) {
  return { Digest: filled(layer?.digest), DiffID: filled(layer?.diffId) };
}

function trivyVulnerability(finding: ScanFinding) {
  const { details, dataSource } = finding;
  return {
    VulnerabilityID: finding.vulnerability,
    VendorIDs: filled(finding.vendorIds),
    PkgID: filled(finding.packageId),
    PkgName: finding.package.name,
    PkgIdentifier: { PURL: filled(finding.package.purl) },
    InstalledVersion: filled(finding.package.version),
    FixedVersion: filled(finding.fixedVersion),
    Status: finding.status,
    Layer: layerOf(finding.layer),
    SeveritySource: filled(finding.severitySource),
    PrimaryURL: filled(finding.url),
    ...(dataSource === undefined
      ? {}
      : {
          DataSource: {
            ID: filled(dataSource.id),
            BaseID: filled(dataSource.baseId),
            Name: filled(dataSource.name),
            URL: filled(dataSource.url),
          },
        }),
    Fingerprint: filled(finding.fingerprint),
    Title: filled(finding.title),
    Description: filled(details?.description),
    Severity: severityOf(finding),
    CweIDs: filled(details?.cweIds),
    VendorSeverity: filled(details === undefined ? undefined : vendorSeverity(details.vendorSeverity)),
    CVSS: filled(details === undefined ? undefined : sortedKeys(details.cvss)),
    References: filled(details?.references),
    PublishedDate: filled(details?.publishedDate),
    LastModifiedDate: filled(details?.lastModifiedDate),
    ...ownFindingData(finding),
  };
}

function ownFindingData({ source, kev, epss }: ScanFinding) {
  if (source === 'trivy-db' && kev === undefined && epss === undefined) return {};
  return { Suture: { Source: source, ...present('KEV', kev), ...present('EPSS', epss) } };
}

function modifiedFinding({ finding, suppression }: SuppressedFinding) {
  const { status, justification, statement, source, expires } = suppression;
  return {
    Type: 'vulnerability',
    Status: status,
    ...present('Statement', [justification, statement].filter(Boolean).join(': ')),
    Source: source,
    Finding: trivyVulnerability(finding),
    ...(expires === undefined ? {} : { Suture: { Expires: expires } }),
  };
}

function vendorSeverity(ratings: Readonly<Record<string, Severity>>): Record<string, number> {
  const numbers = Object.entries(ratings).map(([source, severity]) => [source, SEVERITIES.indexOf(severity)] as const);
  return sortedKeys(Object.fromEntries(numbers));
}

function sortedKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
