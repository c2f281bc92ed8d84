import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDigest, sha256 } from '../../../core/digest.ts';
import type { ScannedImage, ScannedPackage } from '../../../packages/inventory/types.ts';
import { assembleScan } from '../../scan/assemble.ts';
import { matchInventory } from '../../scan/match-inventory.ts';
import { openVulnerabilityDatabase } from '../../trivy-db/database.ts';
import { artifactId } from '../../trivy-db/matching/identity.ts';
import { writeTrivyReport } from './trivy.ts';

const SHARED = new URL('../../../../../shared/fixtures/trivy/', import.meta.url);

interface Row {
  readonly [key: string]: unknown;
}

interface TrivyJson {
  readonly CreatedAt: string;
  readonly ArtifactID: string;
  readonly ArtifactName: string;
  readonly Metadata: {
    readonly ImageID: string;
    readonly Reference?: string;
    readonly OS: { readonly Family: string; readonly Name: string };
  };
  readonly Results: readonly (Row & { readonly Vulnerabilities: readonly Row[] })[];
}

const read = (path: string) => JSON.parse(readFileSync(new URL(path, SHARED), 'utf8')) as unknown;

describe.skipIf(!existsSync(SHARED))("Trivy's own reports (skipped without ../shared)", () => {
  it.each([
    ['alpine-310', 'alpine-310'],
    ['debian-buster', 'debian-buster'],
    ['amazon-2', 'amazon-2'],
  ])('packages of %s give the results of report %s', (packages, name) => {
    const expected = read(`reports/${name}.json`) as TrivyJson;
    const { ArtifactName, Metadata } = expected;
    const id = artifactId(parseDigest(Metadata.ImageID), Metadata.Reference);
    const database = openVulnerabilityDatabase(new URL('db/trivy.db', SHARED).pathname, {
      digest: sha256('fixture'),
      updatedAt: '2021-08-25T00:00:00Z',
    });
    const image = scannedImage(read(`packages/${packages}.json`) as Row[], Metadata.OS);
    const now = Date.parse(expected.CreatedAt);
    const evaluation = matchInventory(database, image, { name: ArtifactName, id }, now);
    database.close();
    const artifact = {
      name: ArtifactName,
      type: 'container_image' as const,
      id,
      repoTags: [],
      repoDigests: [],
      diffIds: [],
      layers: [],
      platform: {},
    };
    const scan = assembleScan({ artifact, image }, [evaluation], { now, tool: { name: 'suture', version: '0' } });
    const written = JSON.parse([...writeTrivyReport(scan)].join('')) as TrivyJson;
    expect(written.ArtifactID).toBe(expected.ArtifactID);
    expect(written.Metadata.OS).toEqual(Metadata.OS);
    const [result] = written.Results;
    const [wanted] = expected.Results;
    expect({ ...result, Packages: undefined, Vulnerabilities: undefined }).toEqual({
      ...wanted,
      Packages: undefined,
      Vulnerabilities: undefined,
    });
    // Keys in Trivy's order, too; package identity and layer come from the image, which is not here.
    const lines = (rows: readonly Row[] = []) =>
      rows.map((row) =>
        JSON.stringify(row, (key, value: unknown) => (key === 'Layer' || key === 'PkgIdentifier' ? 0 : value)),
      );
    expect(lines(result?.Vulnerabilities)).toEqual(lines(wanted?.Vulnerabilities));
  });
});

function scannedImage(rows: Row[], os: { Family: string; Name: string }): ScannedImage {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const packages = rows.map((row): ScannedPackage => {
    const [version, release] = [text(row['Version']), text(row['Release'])];
    return {
      id: text(row['ID']),
      name: text(row['Name']),
      version,
      release,
      epoch: Number(row['Epoch'] ?? 0),
      arch: text(row['Arch']),
      src: {
        name: text(row['SrcName']),
        version: text(row['SrcVersion']),
        release: text(row['SrcRelease']),
        epoch: Number(row['SrcEpoch'] ?? 0),
      },
      licenses: [],
      dependsOn: [],
      identifier: {},
    };
  });
  return { os: { family: os.Family, name: os.Name, extended: false }, packages, problems: [] };
}
