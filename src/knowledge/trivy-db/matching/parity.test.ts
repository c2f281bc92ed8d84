import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDigest, sha256 } from '../../../core/digest.ts';
import { SEVERITIES, type Severity } from '../../../core/severity.ts';
import { openVulnerabilityDatabase } from '../database.ts';
import { artifactId } from './identity.ts';
import { type MatchOptions, matchPackages } from './match.ts';
import { installedVersion, type ScannedPackage } from './package.ts';

const SHARED = new URL('../../../../../shared/fixtures/trivy/', import.meta.url);

interface TrivyPackage {
  ID?: string;
  Name: string;
  Version: string;
  Release?: string;
  Epoch?: number;
  Arch?: string;
  SrcName?: string;
  SrcVersion?: string;
  SrcRelease?: string;
  SrcEpoch?: number;
  Modularitylabel?: string;
  BuildInfo?: { ContentSets?: string[]; Nvr?: string; Arch?: string };
  Repository?: { Class?: 'official' | 'third-party' };
}

interface TrivyReport {
  ArtifactID: string;
  ArtifactName: string;
  Metadata: { ImageID: string; Reference?: string; OS: { Family: string; Name: string; EOSL?: boolean } };
  Results: { Target: string; Vulnerabilities?: Record<string, unknown>[] }[];
}

const read = (path: string) => JSON.parse(readFileSync(new URL(path, SHARED), 'utf8')) as unknown;

function scannedPackage(from: TrivyPackage): ScannedPackage {
  const pkg: ScannedPackage = {
    name: from.Name,
    version: from.Version,
    release: from.Release ?? '',
    epoch: from.Epoch ?? 0,
    architecture: from.Arch ?? '',
    sourceName: from.SrcName ?? '',
    sourceVersion: from.SrcVersion ?? '',
    sourceRelease: from.SrcRelease ?? '',
    sourceEpoch: from.SrcEpoch ?? 0,
    modularityLabel: from.Modularitylabel ?? '',
    ...(from.BuildInfo === undefined
      ? {}
      : {
          buildInfo: {
            contentSets: from.BuildInfo.ContentSets ?? [],
            nvr: from.BuildInfo.Nvr ?? '',
            architecture: from.BuildInfo.Arch ?? '',
          },
        }),
    ...(from.Repository?.Class === undefined ? {} : { repositoryClass: from.Repository.Class }),
  };
  // Old package lists have no IDs.
  return { ...pkg, id: from.ID ?? `${pkg.name}@${installedVersion(pkg)}` };
}

function scan(packages: string, report: TrivyReport, options: Partial<MatchOptions>) {
  const database = openVulnerabilityDatabase(new URL('db/trivy.db', SHARED).pathname, {
    digest: sha256('fixture'),
    updatedAt: '2021-08-25T00:00:00Z',
  });
  try {
    const { Family: family, Name: name } = report.Metadata.OS;
    const artifact = {
      name: report.ArtifactName,
      id: artifactId(parseDigest(report.Metadata.ImageID), report.Metadata.Reference),
    };
    const list = (read(`packages/${packages}.json`) as TrivyPackage[]).map(scannedPackage);
    return {
      artifact,
      ...matchPackages(database, { family, name }, list, {
        now: Date.parse('2021-08-25T12:20:30Z'),
        artifact,
        ...options,
      }),
    };
  } finally {
    database.close();
  }
}

describe.skipIf(!existsSync(SHARED))("Trivy's own reports of real images (skipped without ../shared)", () => {
  it.each([
    ['alpine-310', 'alpine-310', {}, 4],
    ['amazon-2', 'amazon-2', {}, 2],
    ['debian-buster', 'debian-buster', {}, 2],
    ['debian-buster', 'debian-buster-ignore-unfixed', { ignoreUnfixed: true }, 1],
    ['ubi-7', 'ubi-7', {}, 1],
    ['ubuntu-18.04', 'ubuntu-1804', {}, 5],
    ['ubuntu-18.04', 'ubuntu-1804-ignore-unfixed', { ignoreUnfixed: true }, 4],
  ] as const)('packages of %s give report %s', (packages, name, options, count) => {
    const report = read(`reports/${name}.json`) as TrivyReport;
    const { artifact, findings, target, provenance } = scan(packages, report, options);
    const expected = report.Results[0]?.Vulnerabilities ?? [];
    expect(expected).toHaveLength(count);
    expect(artifact.id).toBe(report.ArtifactID);
    expect(target).toBe(report.Results[0]?.Target);
    expect(provenance.bucketFound).toBe(true);
    expect(provenance.eosl).toBe(report.Metadata.OS.EOSL === true);
    expect(findings.map(trivyShape)).toEqual(expected.map(comparable));
  });
});

function trivyShape(finding: ReturnType<typeof scan>['findings'][number]): Record<string, unknown> {
  const { details, dataSource } = finding;
  return comparable({
    VulnerabilityID: finding.vulnerability,
    VendorIDs: finding.vendorIds.length === 0 ? undefined : finding.vendorIds,
    PkgID: finding.packageId,
    PkgName: finding.package.name,
    InstalledVersion: finding.package.version,
    FixedVersion: finding.fixedVersion,
    Status: finding.status,
    Severity: finding.severity,
    SeveritySource: finding.severitySource,
    PrimaryURL: finding.url,
    DataSource: dataSource && { ID: dataSource.id, Name: dataSource.name, URL: dataSource.url },
    Fingerprint: finding.fingerprint,
    Title: finding.title,
    Description: details?.description,
    CweIDs: details?.cweIds,
    CVSS: details?.cvss,
    References: details?.references,
    VendorSeverity: numbered(details?.vendorSeverity),
    PublishedDate: details?.publishedDate,
    LastModifiedDate: details?.lastModifiedDate,
  });
}

function numbered(ratings: Readonly<Record<string, Severity>> | undefined) {
  return (
    ratings && Object.fromEntries(Object.entries(ratings).map(([source, name]) => [source, SEVERITIES.indexOf(name)]))
  );
}

/** Layers and purls come from the package list as they are. */
function comparable(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).filter(([key, value]) => key !== 'Layer' && key !== 'PkgIdentifier' && value !== undefined),
  );
}
