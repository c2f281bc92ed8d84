import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../core/digest.ts';
import type { ScannedPackage } from '../../../packages/inventory/types.ts';
import type { ScanFinding, ScanResult } from '../../scan/result.ts';
import { NOTHING_FILTERED } from '../../scan/result.ts';
import { readReport } from '../read.ts';
import { SCAN_FORMATS, type ScanFormat, writeScan } from './index.ts';

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

/** The members of the documents that are looked at. */
interface Row {
  readonly [key: string]: unknown;
}
interface TrivyJson extends Row {
  readonly Metadata: { readonly ImageConfig: Row };
  readonly Results: readonly { readonly Vulnerabilities: readonly Row[] }[];
}
interface SarifJson {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly Row[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly suppressions?: unknown;
    }[];
  }[];
}
interface CyclonedxJson {
  readonly components: readonly { readonly 'bom-ref': string }[];
  readonly compositions: readonly Row[];
  readonly vulnerabilities: readonly { readonly affects: readonly { readonly ref: string }[] }[];
}
interface GitlabJson {
  readonly scan: Row;
  readonly vulnerabilities: readonly {
    readonly severity: string;
    readonly location: Row;
    readonly identifiers: readonly Row[];
  }[];
}

async function written<T>(format: ScanFormat, result: ScanResult): Promise<T> {
  return JSON.parse(await writeScan(format, result, VIEW)) as T;
}

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
      [UNFIXED, FIXED].map(
        ({ vulnerability, vendorIds, status, severity }) =>
          expect.objectContaining({ vulnerability, vendorIds, status, severity }) as unknown,
      ),
    );
  });

  it('is incomplete for its reader when nothing is known about the image', async () => {
    const report = readReport(Buffer.from(await writeScan('json', UNKNOWN, VIEW)), { name: 'own.json' });
    expect(report.coversOsPackages).toBe(false);
  });

  it("meets Copa's rules: known types of every field it decodes", async () => {
    const report = await written<TrivyJson>('json', RESULT);
    expect(report['SchemaVersion']).toBe(2);
    expect(report['ReportID']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const row of report.Results[0]?.Vulnerabilities ?? []) {
      expect(typeof row['Status']).toBe('string');
      for (const number of Object.values(row['VendorSeverity'] ?? {})) expect(Number.isInteger(number)).toBe(true);
      for (const key of ['PublishedDate', 'LastModifiedDate'])
        if (row[key] !== undefined) expect(Number.isFinite(Date.parse(String(row[key])))).toBe(true);
    }
    expect(report.Metadata.ImageConfig['architecture']).toBe('amd64');
    expect(Number.isFinite(Date.parse(String(report['CreatedAt'])))).toBe(true);
  });
});

describe('documents of other tools', () => {
  it('refers in SARIF only to rules that it lists', async () => {
    const { runs } = await written<SarifJson>('sarif', RESULT);
    const results = runs[0]?.results ?? [];
    for (const entry of results) expect(runs[0]?.tool.driver.rules[entry.ruleIndex]?.['id']).toBe(entry.ruleId);
    expect(results.filter(({ suppressions }) => suppressions)).toHaveLength(1);
  });

  it('refers in CycloneDX only to components that it lists', async () => {
    const bom = await written<CyclonedxJson>('cyclonedx', RESULT);
    const refs = bom.components.map((component) => component['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    for (const { affects } of bom.vulnerabilities) for (const { ref } of affects) expect(refs).toContain(ref);
    expect(bom.compositions[0]?.['aggregate']).toBe('incomplete');
  });

  it("fails GitLab's scan of an unknown image and meets the required members of its schema", async () => {
    expect((await written<GitlabJson>('gitlab', UNKNOWN)).scan['status']).toBe('failure');
    const report = await written<GitlabJson>('gitlab', RESULT);
    expect(report.scan['start_time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    for (const row of report.vulnerabilities) {
      expect(['Info', 'Unknown', 'Low', 'Medium', 'High', 'Critical']).toContain(row.severity);
      for (const key of ['image', 'operating_system']) expect(row.location[key]).toMatch(/./);
      expect(row.identifiers.length).toBeGreaterThan(0);
    }
  });

  it('never has an empty JUnit suite', async () => {
    const clean = { ...RESULT, findings: [], suppressed: [], unknowns: [] };
    expect(await writeScan('junit', clean, VIEW)).toContain('tests="1" failures="0" errors="0"');
  });
});
