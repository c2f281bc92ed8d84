import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDigest, sha256 } from '../../../core/digest.ts';
import type { ScannedImage, ScannedPackage } from '../../../packages/inventory/types.ts';
import { matchInventory } from '../../scan/match-inventory.ts';
import type { ScanFinding, ScanResult } from '../../scan/result.ts';
import { NOTHING_FILTERED } from '../../scan/result.ts';
import { openVulnerabilityDatabase } from '../../trivy-db/database.ts';
import { artifactId } from '../../trivy-db/matching/identity.ts';
import { readReport } from '../read.ts';
import { SCAN_FORMATS, writeScan } from './index.ts';

const VIEW = { columns: 140, color: false };

const layer = { digest: sha256('blob'), diffId: sha256('layer') };

const BASH: ScannedPackage = {
  id: 'bash@5.2.15-2',
  name: 'bash',
  version: '5.2.15',
  release: '2',
  epoch: 0,
  arch: 'amd64',
  src: { name: 'bash', version: '5.2.15', release: '2', epoch: 0 },
  licenses: ['GPL-3.0-or-later'],
  dependsOn: [],
  layer,
  identifier: { purl: 'pkg:deb/debian/bash@5.2.15-2?arch=amd64&distro=debian-12.5' },
  repositoryClass: 'official',
  analyzedBy: 'dpkg',
};

const OPENSSL: ScannedPackage = {
  ...BASH,
  id: 'openssl@3.0.11-1',
  name: 'openssl',
  version: '3.0.11',
  release: '1',
  src: { name: 'openssl', version: '3.0.11', release: '1', epoch: 0 },
  identifier: { purl: 'pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12.5' },
};

const FIXED: ScanFinding = {
  vulnerability: 'CVE-2026-1001',
  vendorIds: ['DSA-6001-1'],
  package: { name: 'openssl', version: '3.0.11-1', architecture: 'amd64', purl: OPENSSL.identifier.purl ?? '' },
  severity: 'CRITICAL',
  severitySource: 'nvd',
  status: 'fixed',
  fixedVersion: '3.0.17-1~deb12u2',
  title: 'openssl: <script>alert(1)</script> & | `overflow`',
  url: 'https://avd.aquasec.com/nvd/cve-2026-1001',
  source: 'trivy-db',
  packageId: OPENSSL.id,
  layer,
  dataSource: { id: 'debian', name: 'Debian Security Tracker', url: 'https://tracker.example.org/' },
  details: {
    title: 'openssl',
    description: 'A buffer\u001b[31m overflow.',
    cweIds: ['CWE-787'],
    vendorSeverity: { nvd: 'CRITICAL', debian: 'HIGH' },
    cvss: { nvd: { V3Vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', V3Score: 9.8 } },
    references: ['https://example.org/a?x=1&y=2'],
    publishedDate: '2026-01-02T03:04:05Z',
  },
  fingerprint: sha256('fingerprint'),
  kev: { dateAdded: '2026-02-01', ransomware: true },
  epss: { score: 0.1234, percentile: 0.98 },
};

const UNFIXED: ScanFinding = {
  vulnerability: 'TEMP-0841856-B18BAF',
  vendorIds: [],
  package: { name: 'bash', version: '5.2.15-2', architecture: 'amd64' },
  severity: 'LOW',
  status: 'will_not_fix',
  source: 'trivy-db',
  packageId: BASH.id,
};

const SUPPRESSED: ScanFinding = { ...UNFIXED, vulnerability: 'CVE-2022-3715', severity: 'HIGH', status: 'affected' };

const RESULT: ScanResult = {
  artifact: {
    name: 'registry.example.org/team/app:1.4',
    type: 'container_image',
    id: sha256('artifact'),
    imageId: sha256('config'),
    digest: sha256('manifest'),
    reference: 'registry.example.org/team/app:1.4',
    repoTags: ['registry.example.org/team/app:1.4'],
    repoDigests: [`registry.example.org/team/app@${sha256('manifest')}`],
    diffIds: [layer.diffId],
    layers: [{ ...layer, size: 1000 }],
    config: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [layer.diffId] } },
    platform: { os: 'linux', architecture: 'amd64' },
  },
  createdAt: '2026-11-20T12:00:00Z',
  tool: { name: 'suture', version: '1.2.3' },
  os: { family: 'debian', name: '12.5', extended: false },
  hasInventory: true,
  packages: [BASH, OPENSSL],
  findings: [UNFIXED, FIXED],
  suppressed: [
    {
      finding: SUPPRESSED,
      suppression: {
        by: 'openvex',
        source: 'vex.json',
        status: 'not_affected',
        justification: 'vulnerable_code_not_present',
        statement: 'built without it',
        expires: '2027-01-01',
      },
    },
  ],
  filtered: { ...NOTHING_FILTERED, severity: 3 },
  unknowns: [
    {
      kind: 'third-party',
      scope: 'package',
      subject: 'docker-ce',
      detail: "docker-ce is not the distribution's, whose advisories say nothing about it",
    },
  ],
  sources: [
    {
      name: 'trivy-db',
      kind: 'trivy-db',
      digest: sha256('database'),
      updatedAt: '2026-11-20T06:00:00Z',
      buckets: [{ name: 'debian 12', found: true }],
    },
  ],
  endOfLife: false,
};

/** Nothing can be said about this one. */
const UNKNOWN: ScanResult = {
  ...RESULT,
  os: { family: 'debian', name: 'trixie/sid', extended: false },
  packages: [],
  findings: [],
  suppressed: [],
  filtered: NOTHING_FILTERED,
  unknowns: [
    {
      kind: 'bucket-missing',
      scope: 'image',
      subject: 'debian trixie/sid',
      detail: 'the database has no advisories for "debian trixie/sid"',
    },
    { kind: 'no-packages', scope: 'image', subject: '', detail: 'the image has no package database' },
    {
      kind: 'database-unreadable',
      scope: 'image',
      subject: 'var/lib/rpm/Packages',
      detail: 'var/lib/rpm/Packages is damaged',
    },
  ],
};

describe('every format', () => {
  it.each(SCAN_FORMATS)('%s is what the golden file holds', async (format) => {
    await expect(await writeScan(format, RESULT, VIEW)).toMatchFileSnapshot(`fixtures/findings.${format}`);
    await expect(await writeScan(format, UNKNOWN, VIEW)).toMatchFileSnapshot(`fixtures/unknown.${format}`);
  });

  it.each(SCAN_FORMATS)('%s tells what is not known, the age of knowledge, and what is suppressed', async (format) => {
    const unknown = await writeScan(format, UNKNOWN, VIEW);
    for (const text of ['trixie/sid', 'the image has no package database', 'is damaged'])
      expect(unknown).toContain(text);
    const text = await writeScan(format, RESULT, VIEW);
    expect(text.replaceAll('\\', '')).toMatch(/docker-ce is not the distribution/);
    expect(text.replaceAll('\\', '')).toContain('CVE-2022-3715');
    expect(text).toContain('2026-11-20T06:00:00Z');
    expect(text).toContain(sha256('database'));
  });

  it.each(SCAN_FORMATS)('%s gives the same bytes again', async (format) => {
    expect(await writeScan(format, structuredClone(RESULT), VIEW)).toBe(await writeScan(format, RESULT, VIEW));
  });

  it('lets no outside text drive a terminal or a browser', async () => {
    expect(await writeScan('table', RESULT, VIEW)).not.toContain('\u001b');
    const html = await writeScan('html', RESULT, VIEW);
    expect(html).not.toContain('<script');
    expect(html).not.toMatch(/(?:src|href)="(?!https:\/\/avd)/);
    expect(await writeScan('github', RESULT, VIEW)).not.toContain('<script');
    expect(await writeScan('junit', RESULT, VIEW)).not.toContain('\u001b');
  });
});

describe('Trivy-shaped JSON', () => {
  it('is read again by the reader of reports with all findings', async () => {
    const report = readReport(Buffer.from(await writeScan('json', RESULT, VIEW)), { name: 'own.json' });
    expect(report).toMatchObject({
      format: 'trivy',
      createdAt: RESULT.createdAt,
      scanner: { name: 'suture', version: '1.2.3' },
      coversOsPackages: true,
      os: { family: 'debian', name: '12.5' },
      platform: { architecture: 'amd64' },
    });
    expect(report.findings).toEqual(
      [UNFIXED, FIXED].map(({ vulnerability, vendorIds, status, severity, package: found }) =>
        expect.objectContaining({
          vulnerability,
          vendorIds,
          status,
          severity,
          package: expect.objectContaining({ name: found.name, version: found.version }),
        }),
      ),
    );
  });

  it('is incomplete for its reader when nothing is known about the image', async () => {
    const report = readReport(Buffer.from(await writeScan('json', UNKNOWN, VIEW)), { name: 'own.json' });
    expect(report.coversOsPackages).toBe(false);
  });

  it("meets Copa's rules: known types of every field it decodes", async () => {
    const report = JSON.parse(await writeScan('json', RESULT, VIEW));
    expect(report.SchemaVersion).toBe(2);
    expect(report.ReportID).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const row of report.Results[0].Vulnerabilities) {
      expect(typeof row.Status).toBe('string');
      for (const number of Object.values(row.VendorSeverity ?? {})) expect(Number.isInteger(number)).toBe(true);
      for (const key of ['PublishedDate', 'LastModifiedDate'])
        if (row[key] !== undefined) expect(Number.isFinite(Date.parse(row[key]))).toBe(true);
    }
    expect(report.Metadata.ImageConfig.architecture).toBe('amd64');
    expect(Number.isFinite(Date.parse(report.CreatedAt))).toBe(true);
  });
});

describe('documents of other tools', () => {
  it('refers in SARIF only to rules that it lists', async () => {
    const { runs } = JSON.parse(await writeScan('sarif', RESULT, VIEW));
    const { rules } = runs[0].tool.driver;
    for (const entry of runs[0].results) expect(rules[entry.ruleIndex].id).toBe(entry.ruleId);
    expect(runs[0].results.filter((entry: { suppressions?: unknown }) => entry.suppressions)).toHaveLength(1);
  });

  it('refers in CycloneDX only to components that it lists', async () => {
    const bom = JSON.parse(await writeScan('cyclonedx', RESULT, VIEW));
    const refs = bom.components.map((component: { 'bom-ref': string }) => component['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    for (const { affects } of bom.vulnerabilities) for (const { ref } of affects) expect(refs).toContain(ref);
    expect(bom.compositions[0].aggregate).toBe('incomplete');
  });

  it("fails GitLab's scan of an unknown image and meets the required members of its schema", async () => {
    expect(JSON.parse(await writeScan('gitlab', UNKNOWN, VIEW)).scan.status).toBe('failure');
    const report = JSON.parse(await writeScan('gitlab', RESULT, VIEW));
    expect(report.scan.start_time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    for (const row of report.vulnerabilities) {
      expect(['Info', 'Unknown', 'Low', 'Medium', 'High', 'Critical']).toContain(row.severity);
      expect(row.location).toMatchObject({
        image: expect.stringMatching(/./),
        operating_system: expect.stringMatching(/./),
      });
      expect(row.identifiers.length).toBeGreaterThan(0);
    }
  });

  it('never has an empty JUnit suite', async () => {
    const clean = { ...RESULT, findings: [], suppressed: [], unknowns: [] };
    expect(await writeScan('junit', clean, VIEW)).toContain('tests="1" failures="0" errors="0"');
  });
});

const SHARED = new URL('../../../../../shared/fixtures/trivy/', import.meta.url);

interface Row {
  readonly [key: string]: unknown;
}

describe.skipIf(!existsSync(SHARED))("Trivy's own reports (skipped without ../shared)", () => {
  it.each([
    ['alpine-310', 'alpine-310'],
    ['debian-buster', 'debian-buster'],
    ['amazon-2', 'amazon-2'],
  ])('packages of %s give the results of report %s', async (packages, name) => {
    const read = (path: string) => JSON.parse(readFileSync(new URL(path, SHARED), 'utf8'));
    const expected = read(`reports/${name}.json`);
    const { ArtifactName, Metadata } = expected;
    const id = artifactId(parseDigest(Metadata.ImageID), Metadata.Reference);
    const database = openVulnerabilityDatabase(new URL('db/trivy.db', SHARED).pathname, {
      digest: sha256('fixture'),
      updatedAt: '2021-08-25T00:00:00Z',
    });
    const image = scannedImage(read(`packages/${packages}.json`), Metadata.OS);
    const evaluation = matchInventory(database, image, { name: ArtifactName, id }, Date.parse(expected.CreatedAt));
    database.close();
    const written = JSON.parse(
      await writeScan(
        'json',
        {
          ...RESULT,
          ...evaluation,
          packages: image.packages,
          ...(image.os === undefined ? {} : { os: image.os }),
          artifact: { ...RESULT.artifact, name: ArtifactName, id },
          suppressed: [],
        },
        VIEW,
      ),
    );
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
    const lines = (rows: Row[]) =>
      rows.map((row) => JSON.stringify(row, (key, value) => (key === 'Layer' || key === 'PkgIdentifier' ? 0 : value)));
    expect(lines(result.Vulnerabilities)).toEqual(lines(wanted.Vulnerabilities));
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
