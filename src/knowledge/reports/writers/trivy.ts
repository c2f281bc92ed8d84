import { sha256 } from '../../../core/digest.ts';
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
import { goJson, present } from './go-json.ts';
import { ownData } from './own-data.ts';

/**
 * The scan as a report of Trivy's schema 2: readers of Trivy's reports (Copa among them) take it unchanged. What Trivy has
 * no place for (age of the database, what is not known, KEV, EPSS) stands under `Suture`, which they ignore.
 * @param reportId instead of the one that is derived from the content, so that the same scan gives the same bytes
 */
export function writeTrivyReport(result: ScanResult, reportId?: string): string {
  const { artifact } = result;
  const body = {
    CreatedAt: result.createdAt,
    ...present('ArtifactID', artifact.id),
    ArtifactName: artifact.name,
    ArtifactType: artifact.type,
    Metadata: metadata(result),
    ...present('Results', results(result)),
    Suture: ownData(result),
  };
  return goJson({ SchemaVersion: 2, ReportID: reportId ?? derivedId(JSON.stringify(body)), ...body });
}

/** A UUID (version 8: made from something else than time or chance) of the content. */
function derivedId(content: string): string {
  const hex = sha256(content).slice(7, 39);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-');
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
      ...present('Packages', packages.map(trivyPackage)),
      ...present('Vulnerabilities', findings.map(trivyVulnerability)),
      ...present('ExperimentalModifiedFindings', suppressed.map(modifiedFinding)),
    },
  ];
}

function trivyPackage(found: ScannedPackage) {
  const { src, buildInfo, identifier } = found;
  return {
    ID: found.id,
    Name: found.name,
    Identifier: { ...present('PURL', identifier.purl) },
    ...present('Version', found.version),
    ...present('Release', found.release),
    ...present('Epoch', found.epoch),
    ...present('Arch', found.arch),
    ...present('SrcName', src.name),
    ...present('SrcVersion', src.version),
    ...present('SrcRelease', src.release),
    ...present('SrcEpoch', src.epoch),
    ...present('Licenses', found.licenses),
    ...present('Maintainer', found.maintainer),
    ...present('Modularitylabel', found.modularityLabel),
    ...(buildInfo === undefined
      ? {}
      : {
          BuildInfo: {
            ...present('ContentSets', buildInfo.contentSets),
            ...present('Nvr', buildInfo.nvr),
            ...present('Arch', buildInfo.arch),
          },
        }),
    ...(found.repositoryClass === undefined ? {} : { Repository: { Class: found.repositoryClass } }),
    ...present('DependsOn', found.dependsOn),
    Layer: layerOf(found.layer),
    ...present('FilePath', found.filePath),
    ...present('Digest', found.digest),
    ...present('InstalledFiles', found.installedFiles),
    ...present('AnalyzedBy', found.analyzedBy),
  };
}

function layerOf(layer: ScanFinding['layer']) {
  return { ...present('Digest', layer?.digest), ...present('DiffID', layer?.diffId) };
}

function trivyVulnerability(finding: ScanFinding) {
  const { details, dataSource } = finding;
  return {
    VulnerabilityID: finding.vulnerability,
    ...present('VendorIDs', finding.vendorIds),
    ...present('PkgID', finding.packageId),
    PkgName: finding.package.name,
    PkgIdentifier: { ...present('PURL', finding.package.purl) },
    ...present('InstalledVersion', finding.package.version),
    ...present('FixedVersion', finding.fixedVersion),
    Status: finding.status,
    Layer: layerOf(finding.layer),
    ...present('SeveritySource', finding.severitySource),
    ...present('PrimaryURL', finding.url),
    ...(dataSource === undefined
      ? {}
      : {
          DataSource: {
            ...present('ID', dataSource.id),
            ...present('BaseID', dataSource.baseId),
            ...present('Name', dataSource.name),
            ...present('URL', dataSource.url),
          },
        }),
    ...present('Fingerprint', finding.fingerprint),
    ...present('Title', finding.title),
    ...present('Description', details?.description),
    Severity: severityOf(finding),
    ...present('CweIDs', details?.cweIds),
    ...present('VendorSeverity', details === undefined ? undefined : vendorSeverity(details.vendorSeverity)),
    ...present('CVSS', details === undefined ? undefined : sortedKeys(details.cvss)),
    ...present('References', details?.references),
    ...present('PublishedDate', details?.publishedDate),
    ...present('LastModifiedDate', details?.lastModifiedDate),
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
