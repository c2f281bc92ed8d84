import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSutureError } from '../../core/errors/error.ts';
import { compareDebVersions } from '../../packages/deb/version/compare.ts';
import { readReport } from './read.ts';
import { reportAge, requestFromReport } from './request.ts';

const FIXTURES = new URL('../../../../shared/fixtures/', import.meta.url);

function read(json: unknown) {
  return readReport(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)), { name: 'report.json' });
}

function refusal(json: unknown): string {
  try {
    read(json);
  } catch (error) {
    if (isSutureError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('the report was accepted');
}

const debian = {
  SchemaVersion: 2,
  CreatedAt: '2026-01-02T03:04:05.000000006Z',
  Metadata: { OS: { Family: 'debian', Name: '12.5' }, ImageConfig: { architecture: 'arm64' }, DiffIDs: ['sha256:aa'] },
  Results: [
    {
      Class: 'os-pkgs',
      Type: 'debian',
      Vulnerabilities: [
        {
          VulnerabilityID: 'CVE-1',
          PkgName: 'libc6',
          InstalledVersion: '2.36-9',
          FixedVersion: '2.36-9+deb12u4',
          Severity: 'HIGH',
        },
        {
          VulnerabilityID: 'CVE-2',
          PkgName: 'libc6',
          InstalledVersion: '2.36-9',
          FixedVersion: '2.36-9+deb12u10',
          Severity: 'LOW',
        },
        { VulnerabilityID: 'CVE-3', PkgName: 'libc6', InstalledVersion: '2.36-9', Severity: 'CRITICAL' },
        {
          VulnerabilityID: 'CVE-4',
          PkgName: 'tar',
          VendorIDs: ['DSA-4'],
          InstalledVersion: '1',
          FixedVersion: '0.9, 3, 2',
          Severity: 'CRITICAL',
        },
      ],
    },
    { Class: 'lang-pkgs', Type: 'gobinary', Vulnerabilities: [{ VulnerabilityID: 'CVE-5', PkgName: 'x/net' }] },
  ],
};
const image = { os: { id: 'debian', version: '12' }, platform: { architecture: 'arm64', variant: 'v8' } };

function request(json: unknown, options = {}, of = image) {
  return requestFromReport(read(json), of, compareDebVersions, options);
}

interface RawReport {
  readonly Metadata: { readonly OS: { readonly Family: string } };
  readonly Results: readonly { readonly Vulnerabilities: readonly { readonly VulnerabilityID: string }[] }[];
}

describe('readReport', () => {
  it.skipIf(!existsSync(FIXTURES))('accepts and refuses the reports of Copa as Copa does', () => {
    const verdicts = Object.fromEntries(
      readdirSync(new URL('copa/', FIXTURES)).map((name) => {
        try {
          const { format, findings } = readReport(readFileSync(new URL(`copa/${name}`, FIXTURES)), { name });
          return [name, `${format} ${findings.length}`];
        } catch (error) {
          if (!isSutureError(error)) throw error;
          return [name, error.code];
        }
      }),
    );
    expect(verdicts).toEqual({
      'complex-report.json': 'copa-v1alpha1 4',
      'simple-report.json': 'copa-v1alpha1 1',
      'pkg_types_test.json': 'trivy 1',
      'trivy_valid.json': 'trivy 1',
      'trivy_no_history.json': 'trivy 1',
      'trivy_node_valid.json': 'trivy 1',
      'trivy_dotnet.json': 'trivy 0',
      'trivy_python_venv.json': 'trivy 0',
      'invalid.json': 'REPORT_UNSUPPORTED',
      'invalid_report.json': 'REPORT_UNSUPPORTED',
      // The private format of Copa's example plugin, which that plugin converts; Copa itself does not read it either.
      'valid_report.json': 'REPORT_UNSUPPORTED',
    });
  });

  it.skipIf(!existsSync(FIXTURES))('reads every finding of real Trivy reports', () => {
    for (const name of readdirSync(new URL('trivy/reports/', FIXTURES))) {
      const bytes = readFileSync(new URL(`trivy/reports/${name}`, FIXTURES));
      const report = readReport(bytes, { name });
      const raw = JSON.parse(bytes.toString()) as RawReport;
      expect(report.findings.map((finding) => finding.vulnerability)).toEqual(
        raw.Results[0]?.Vulnerabilities.map((found) => found.VulnerabilityID),
      );
      expect(report).toMatchObject({ os: { family: raw.Metadata.OS.Family }, coversOsPackages: true });
      expect(reportAge(report, Date.parse('2021-08-26T12:20:30Z'))).toBeCloseTo(86_400_000, -2);
    }
  });

  it('takes the family from the OS result when the metadata lacks it', () => {
    expect(read({ SchemaVersion: 2, Results: [{ Class: 'os-pkgs', Type: 'alpine' }] }).os).toEqual({
      family: 'alpine',
    });
  });

  it('reads v1alpha2 with and without its version', () => {
    const manifest = {
      metadata: { os: { type: 'alpine', version: '3.19' }, config: { arch: 'arm', variant: 'v7' } },
      osupdates: [{ name: 'musl', installedVersion: '1', fixedVersion: '2', vulnerabilityID: 'CVE-1' }],
      langupdates: [{ name: 'x' }],
    };
    const expected = { format: 'copa-v1alpha2', platform: { architecture: 'arm', variant: 'v7' }, otherFindings: 1 };
    expect(read(manifest)).toMatchObject(expected);
    expect(read({ apiVersion: 'v1alpha2', ...manifest })).toMatchObject(expected);
    expect(refusal({ apiVersion: 'v1', ...manifest })).toMatch(/^REPORT_UNSUPPORTED: .*apiVersion "v1"; accepted are/);
  });

  it('names what it refuses and what it accepts', () => {
    const accepted = 'accepted are Trivy JSON (schema version 2), Grype JSON and Copa manifests (v1alpha1, v1alpha2)';
    expect(refusal({ version: '2.1.0', runs: [] })).toBe(`REPORT_UNSUPPORTED: report.json is a SARIF log; ${accepted}`);
    expect(refusal({ bomFormat: 'CycloneDX' })).toContain('a CycloneDX document');
    expect(refusal([])).toContain('a bare list');
    expect(refusal({})).toContain('of an unknown format');
  });

  it('names the field that is wrong', () => {
    const bad = {
      ...debian,
      Results: [{ Class: 'os-pkgs', Vulnerabilities: [{ VulnerabilityID: 'CVE-1', PkgName: 7 }] }],
    };
    expect(refusal(bad)).toMatch(/^REPORT_INVALID: .*Results\.0\.Vulnerabilities\.0\.PkgName/);
    expect(refusal({ metadata: { os: { type: 'x' } }, updates: [{ name: '--root=/' }] })).toMatch(/updates\.0\.name/);
    expect(refusal({ SchemaVersion: 3 })).toMatch(/^REPORT_INVALID: .*SchemaVersion/);
  });

  it('answers any JSON with a report or a refusal of its own', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('SchemaVersion', 'updates', 'osupdates'), (value, key) => {
        for (const json of [value, { [key]: value, metadata: value }, { ...debian, Results: value, Metadata: value }]) {
          try {
            read(json);
          } catch (error) {
            expect(isSutureError(error, 'REPORT_INVALID', 'REPORT_UNSUPPORTED')).toBe(true);
          }
        }
      }),
    );
  });
});

describe('requestFromReport', () => {
  it('asks for the highest fixed version per package, in source versions for Debian', () => {
    expect(request(debian)).toMatchObject({
      request: {
        scope: 'security',
        only: [
          { name: 'libc6', minimum: '2.36-9+deb12u10', minimumOf: 'source' },
          { name: 'tar', minimum: '2', minimumOf: 'source' },
        ],
      },
      vulnerabilities: new Map([
        ['libc6', ['CVE-1', 'CVE-2']],
        ['tar', ['CVE-4']],
      ]),
      unfixed: [{ vulnerability: 'CVE-3' }],
      notes: ['1 findings outside OS packages are not considered'],
    });
  });

  it('filters by severity and by id', () => {
    const minima = (options: object) => request(debian, options).request.only?.map(({ minimum }) => minimum);
    expect(minima({ severities: ['HIGH'] })).toEqual(['2.36-9+deb12u4']);
    expect(minima({ ignore: ['CVE-2', 'DSA-4'] })).toEqual(['2.36-9+deb12u4']);
  });

  it('refuses a report of another architecture, family or release', () => {
    const of = (change: object) => () => request(debian, {}, { ...image, ...change });
    expect(of({ platform: { architecture: 'amd64' } })).toThrow(
      'report.json is of architecture arm64, but the image is amd64',
    );
    expect(of({ os: { id: 'ubuntu', version: '12' } })).toThrow(
      'report.json is of debian 12.5, but the image is ubuntu 12',
    );
    expect(of({ os: { id: 'debian', version: '11' } })).toThrow('is of debian 12.5, but the image is debian 11');
    expect(of({ os: { id: 'debian', version: '12.9' } })).not.toThrow();
  });

  it('knows the names that os-release and Trivy give the same system', () => {
    const of = (family: string, name: string, id: string, version: string) => {
      const Metadata = { OS: { Family: family, Name: name } };
      const report = { SchemaVersion: 2, Metadata, Results: [{ Class: 'os-pkgs', Type: family }] };
      return () => request(report, {}, { ...image, os: { id, version } });
    };
    expect(of('redhat', '9.4', 'rhel', '9.6')).not.toThrow();
    expect(of('amazon', '2 (Karoo)', 'amzn', '2')).not.toThrow();
    expect(of('alpine', '3.19.1', 'alpine', '3.19.4')).not.toThrow();
    expect(of('alpine', '3.19.1', 'alpine', '3.20.0')).toThrow('is of alpine 3.19.1');
    expect(of('ubuntu', '22.04', 'ubuntu', '24.04')).toThrow('is of ubuntu 22.04');
    expect(of('wolfi', '20230201', 'wolfi', '20240101')).not.toThrow();
  });

  it('does not take a report without OS packages for a clean one', () => {
    const languagesOnly = { ...debian, Results: debian.Results.slice(1) };
    expect(() => request(languagesOnly)).toThrow('holds no result for OS packages');
  });

  it('says that a report is of another build', () => {
    const other = { ...image, diffIds: ['sha256:bb'] };
    expect(request(debian, {}, other).notes).toContain(
      'the report is of another build of the image: its layers differ',
    );
  });
});
