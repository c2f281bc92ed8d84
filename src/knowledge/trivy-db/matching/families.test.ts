import { describe, expect, it } from 'vitest';
import { type AdvisoryTree, withAdvisories } from '../../../../test/support/advisory-database.ts';
import { isSutureError } from '../../../core/errors/error.ts';
import { matchPackages } from './match.ts';
import type { ScannedOs, ScannedPackage } from './package.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

function scan(tree: AdvisoryTree, os: ScannedOs, ...packages: ScannedPackage[]) {
  return withAdvisories(tree, (database) => matchPackages(database, os, packages, { now: NOW }));
}

/** `ID fixed-version` of each finding. */
function found(tree: AdvisoryTree, os: ScannedOs, ...packages: ScannedPackage[]): string[] {
  return scan(tree, os, ...packages).findings.map((entry) => `${entry.vulnerability} ${entry.fixedVersion ?? '-'}`);
}

const fixed = (version: string) => ({ 'CVE-1': { FixedVersion: version } });

const bin = (name: string, version: string, release = ''): ScannedPackage => ({
  name,
  version,
  release,
  architecture: 'x86_64',
});
const src = (name: string, version: string): ScannedPackage => ({
  name: `${name}-bin`,
  version: '99',
  sourceName: name,
  sourceVersion: version,
});

describe('the bucket of a release', () => {
  it.each([
    ['debian', '12.5', 'debian 12'],
    ['ubuntu', '22.04', 'ubuntu 22.04'],
    ['alpine', '3.19.1', 'alpine 3.19'],
    ['wolfi', '20230201', 'wolfi'],
    ['chainguard', '20230201', 'chainguard'],
    ['minimos', '1', 'minimos'],
    ['redhat', '8.3', 'Red Hat'],
    ['centos', '7.9', 'Red Hat'],
    ['rocky', '8.5', 'rocky 8'],
    ['alma', '9.1', 'alma 9'],
    ['oracle', '8.4', 'Oracle Linux 8'],
    ['amazon', '2 (Karoo)', 'amazon linux 2'],
    ['amazon', '2023.6.20241212 (Amazon Linux)', 'amazon linux 2023'],
    ['amazon', '2022 (Amazon Linux)', 'amazon linux 2022'],
    ['amazon', 'AMI release 2018.03', 'amazon linux 1'],
    ['opensuse-leap', '15.5', 'openSUSE Leap 15.5'],
    ['opensuse-tumbleweed', '20240101', 'openSUSE Tumbleweed'],
    ['sles', '15.5', 'SUSE Linux Enterprise 15.5'],
    ['slem', '5.4', 'SUSE Linux Enterprise Micro 5.4'],
    ['photon', '4.0', 'Photon OS 4.0'],
    ['azurelinux', '3.0.20240101', 'Azure Linux 3.0'],
    ['cbl-mariner', '2.0.20240101', 'CBL-Mariner 2.0'],
    ['bottlerocket', '1.20', 'bottlerocket'],
    ['echo', '1', 'echo'],
  ])('%s %s is %s', (family, name, bucket) => {
    const pkg: ScannedPackage = { ...src('a', '1'), buildInfo: { contentSets: ['r'] } };
    const cpes = { repository: { r: [1] } };
    const { provenance } = scan({ [bucket]: { x: {} }, 'Red Hat CPE': cpes }, { family, name }, pkg);
    expect(provenance).toMatchObject({ bucket, bucketFound: true });
  });

  it('of Alpine follows the repositories, edge too', () => {
    const tree = { 'alpine 3.19': { a: fixed('2-r0') }, 'alpine edge': { a: fixed('3-r0') } };
    const os = { family: 'alpine', name: '3.18.4' };
    expect(found(tree, { ...os, repositoryRelease: '3.19' }, src('a', '1-r0'))).toEqual(['CVE-1 2-r0']);
    expect(found(tree, { ...os, repositoryRelease: '3.19.2' }, src('a', '1-r0'))).toEqual(['CVE-1 2-r0']);
    expect(found(tree, { ...os, repositoryRelease: 'edge' }, src('a', '1-r0'))).toEqual(['CVE-1 3-r0']);
    expect(scan(tree, os, src('a', '1-r0')).provenance.bucket).toBe('alpine 3.18');
  });

  it('of Ubuntu ESM is its own, or the plain one while that is supported and ESM not known', () => {
    const bucket = (name: string) =>
      scan({}, { family: 'ubuntu', name, extended: true }, src('a', '1')).provenance.bucket;
    expect(bucket('18.04')).toBe('ubuntu 18.04-ESM');
    expect(bucket('22.04')).toBe('ubuntu 22.04');
    expect(bucket('23.10')).toBe('ubuntu 23.10-ESM');
  });
});

describe('the name and version compared', () => {
  it.each(['debian', 'ubuntu'])('%s: those of the source package, unfixed rows reported', (family) => {
    const tree = { [`${family} 12`]: { a: { 'CVE-1': { FixedVersion: '1.0-2' }, 'CVE-2': {}, 'CVE-3': null } } };
    expect(found(tree, { family, name: '12' }, src('a', '1.0-1'))).toEqual(['CVE-1 1.0-2', 'CVE-2 -', 'CVE-3 -']);
    expect(found(tree, { family, name: '12' }, src('a', '1.0-2'))).toEqual(['CVE-2 -', 'CVE-3 -']);
  });

  it('Alpine: the source version; "0" is never affected; an introducing version is heeded; unfixed reported', () => {
    const rows = {
      'CVE-0': { FixedVersion: '0' },
      'CVE-1': { FixedVersion: '1.2-r0' },
      'CVE-2': { FixedVersion: '2-r0', AffectedVersion: '1.5-r0' },
      'CVE-3': {},
    };
    const os = { family: 'alpine', name: '3.19.0' };
    expect(found({ 'alpine 3.19': { a: rows } }, os, src('a', '1.0-r0'))).toEqual(['CVE-1 1.2-r0', 'CVE-3 -']);
    expect(found({ 'alpine 3.19': { a: rows } }, os, src('a', '1.5-r0'))).toEqual(['CVE-2 2-r0', 'CVE-3 -']);
  });

  it('Alpine: an empty source version is older than every fix', () => {
    const os = { family: 'alpine', name: '3.19.0' };
    expect(found({ 'alpine 3.19': { a: fixed('1-r0') } }, os, bin('a', '9-r9'))).toEqual(['CVE-1 1-r0']);
  });

  it.each(['wolfi', 'chainguard', 'minimos'])('%s: source name but binary version, no unfixed rows', (family) => {
    const tree = {
      [family]: { a: { 'CVE-1': { FixedVersion: '2-r0' }, 'CVE-2': {}, 'CVE-3': { FixedVersion: '0' } } },
    };
    const pkg = { ...src('a', '0-r0'), version: '1-r0' };
    expect(found(tree, { family, name: '' }, pkg)).toEqual(['CVE-1 2-r0']);
    expect(found(tree, { family, name: '' }, { ...pkg, version: '3-r0' })).toEqual([]);
  });

  it('Rocky: architecture of the entry, module in the name, epoch 0 dropped', () => {
    const rows = {
      'CVE-1': { FixedVersion: '0.0.0', Entries: [{ FixedVersion: '0:3-1.el8', Arches: ['aarch64'] }] },
      'CVE-2': { Entries: [{ FixedVersion: '0:2-1.el8', Arches: ['x86_64', 'aarch64'] }] },
      'CVE-3': { FixedVersion: '2-2.el8' },
    };
    const tree = { 'rocky 8': { 'nodejs:12::npm': rows } };
    const npm = { ...bin('npm', '1', '1.el8'), modularityLabel: 'nodejs:12:8030020201124152102:229f0a1c' };
    expect(found(tree, { family: 'rocky', name: '8.5' }, npm)).toEqual(['CVE-2 2-1.el8', 'CVE-3 2-2.el8']);
    expect(found(tree, { family: 'rocky', name: '8.5' }, bin('npm', '1', '1.el8'))).toEqual([]);
  });

  it('Alma: modular releases without a label are skipped, and said so', () => {
    const pkg = bin('npm', '1', '1.module_el8.3+1');
    const result = scan(
      { 'alma 8': { npm: fixed('2-1'), 'nodejs:12::npm': fixed('3-1') } },
      { family: 'alma', name: '8.5' },
      pkg,
      {
        ...pkg,
        modularityLabel: 'nodejs:12:83:22',
      },
    );
    expect(result.findings.map((entry) => entry.fixedVersion)).toEqual(['3-1']);
    expect(result.provenance.unmatched).toEqual([{ kind: 'module-unknown', subject: 'npm' }]);
  });

  it('Oracle: normal, fips and ksplice builds are not compared with each other', () => {
    const rows = {
      'CVE-2021-20232': {
        Entries: [
          { FixedVersion: '10:3.6.16-4.0.1.el8_fips', Arches: ['x86_64'] },
          { FixedVersion: '3.6.16-4.el8', Arches: ['x86_64'] },
          { FixedVersion: '2:9.9-157.ksplice1.el7_3.4', Arches: ['x86_64'] },
        ],
      },
    };
    const tree = { 'Oracle Linux 8': { gnutls: rows } };
    const os = { family: 'oracle', name: '8.4' };
    expect(found(tree, os, { ...bin('gnutls', '3.6.15', '4.0.1.el8_fips'), epoch: 10 })).toEqual([
      'CVE-2021-20232 10:3.6.16-4.0.1.el8_fips',
    ]);
    expect(found(tree, os, bin('gnutls', '3.6.15', '4.el8'))).toEqual(['CVE-2021-20232 3.6.16-4.el8']);
    expect(found(tree, os, bin('gnutls', '1', '156.ksplice1.el7'))).toEqual([
      'CVE-2021-20232 2:9.9-157.ksplice1.el7_3.4',
    ]);
    expect(found(tree, os, { ...bin('gnutls', '3.6.15', '4.el8'), architecture: 'aarch64' })).toEqual([]);
  });

  it("Amazon: rpm versions in Debian's order, and the difference is told", () => {
    const tree = {
      'amazon linux 2': { a: { 'CVE-1': { FixedVersion: '1.0.a-1' }, 'CVE-2': { FixedVersion: 'bad' }, 'CVE-3': {} } },
    };
    const result = scan(tree, { family: 'amazon', name: '2 (Karoo)' }, bin('a', '1.0', '1'), bin('b', 'x1'));
    expect(result.findings.map((entry) => entry.vulnerability)).toEqual(['CVE-1']);
    const other = scan(
      { 'amazon linux 2': { a: fixed('1.0.0^1-1') } },
      { family: 'amazon', name: '2' },
      bin('a', '1.0', '1'),
    );
    expect(other.findings).toEqual([]);
    const letters = scan(
      { 'amazon linux 2': { a: fixed('1.a-1') } },
      { family: 'amazon', name: '2' },
      bin('a', '1.0', '1'),
    );
    expect(letters.findings).toHaveLength(1);
    expect(letters.provenance.orderDifferences).toEqual([
      { package: 'a', vulnerability: 'CVE-1', installedVersion: '1.0-1', fixedVersion: '1.a-1', reported: true },
    ]);
    expect(result.provenance.unmatched).toEqual([{ kind: 'version-unreadable', subject: 'b' }]);
  });

  it.each([
    ['sles', '15.5', 'SUSE Linux Enterprise 15.5'],
    ['opensuse-leap', '15.5', 'openSUSE Leap 15.5'],
  ])("%s: binary packages, the ID is SUSE's advisory, unfixed rows never match", (family, name, bucket) => {
    const rows = { 'SUSE-SU-2023:1-1': { FixedVersion: '0:2-1' }, 'SUSE-SU-2023:2-1': {} };
    expect(found({ [bucket]: { a: rows } }, { family, name }, bin('a', '1', '1'))).toEqual(['SUSE-SU-2023:1-1 0:2-1']);
  });

  it('Photon: source name but binary version; unfixed rows never match', () => {
    const tree = { 'Photon OS 4.0': { a: { 'CVE-1': { FixedVersion: '2-1' }, 'CVE-2': {} } } };
    expect(found(tree, { family: 'photon', name: '4.0' }, { ...src('a', '9'), version: '1' })).toEqual(['CVE-1 2-1']);
    expect(found(tree, { family: 'photon', name: '4.0' }, src('a', '1'))).toEqual([]);
  });

  it.each([
    ['azurelinux', 'Azure Linux 3.0', '3.0.1'],
    ['cbl-mariner', 'CBL-Mariner 2.0', '2.0.1'],
  ])('%s: source version, unfixed reported, no package ID, epoch 0 dropped', (family, bucket, name) => {
    const tree = { [bucket]: { a: { 'CVE-1': { FixedVersion: '0:2-1' }, 'CVE-2': {} } } };
    const { findings } = scan(tree, { family, name }, { ...src('a', '1'), id: 'a@1' });
    expect(findings.map((entry) => [entry.fixedVersion, entry.packageId])).toEqual([
      ['2-1', undefined],
      [undefined, undefined],
    ]);
  });

  it('Bottlerocket: binary packages in rpm order', () => {
    expect(
      found({ bottlerocket: { a: fixed('2-1') } }, { family: 'bottlerocket', name: '1' }, bin('a', '1', '9')),
    ).toEqual(['CVE-1 2-1']);
  });

  it('Echo: shows the source version, matches third-party packages, own severity, fails on a bad version', () => {
    const tree = { echo: { a: { 'CVE-1': { FixedVersion: '2', Severity: 3 }, 'CVE-2': {} } } };
    const os = { family: 'echo', name: '1' };
    const { findings } = scan(tree, os, { ...src('a', '1'), repositoryClass: 'third-party' });
    expect(findings.map((entry) => [entry.package.version, entry.severity, entry.severitySource])).toEqual([
      ['1', 'HIGH', 'echo'],
      ['1', 'UNKNOWN', undefined],
    ]);
    for (const bad of [src('a', 'x'), { ...src('b', 'x') }]) {
      expect(() => scan(tree, os, bad)).toThrow(/cannot be read/);
    }
    try {
      scan({ echo: { a: fixed('bad') } }, os, src('a', '1'));
      expect.unreachable();
    } catch (error) {
      expect(isSutureError(error, 'SCAN_FAILED')).toBe(true);
    }
  });
});

describe('what is not known', () => {
  it.each(['fedora', 'centos-stream', 'coreos', 'plan9', 'constructor', ''])(
    'family "%s" is said to be unsupported',
    (family) => {
      const { findings, provenance } = scan({}, { family, name: '1' }, bin('a', '1'));
      expect(findings).toEqual([]);
      expect(provenance).toMatchObject({ bucketFound: false, unmatched: [{ kind: 'unsupported-os' }] });
    },
  );

  it('a release without a bucket is not clean', () => {
    const { provenance } = scan({}, { family: 'debian', name: 'trixie/sid' }, src('a', '1'));
    expect(provenance).toMatchObject({
      bucketFound: false,
      unmatched: [{ kind: 'bucket-missing', subject: 'debian trixie/sid' }],
    });
  });

  it('third-party packages, unknown sources and unreadable versions are listed; gpg-pubkey is none', () => {
    const tree = { 'debian 12': { docker: fixed('99'), 'gpg-pubkey': fixed('99'), odd: fixed('99') } };
    const { findings, provenance } = scan(
      tree,
      { family: 'debian', name: '12.1' },
      { ...src('docker', '1'), repositoryClass: 'third-party' },
      { ...src('gpg-pubkey', '1'), name: 'gpg-pubkey' },
      bin('nameless', '1'),
      src('odd', 'not a version'),
    );
    expect(findings).toEqual([]);
    expect(provenance.unmatchedThirdParty).toEqual(['docker-bin']);
    expect(provenance.unmatched).toEqual([
      { kind: 'third-party', subject: 'docker-bin' },
      { kind: 'source-unknown', subject: 'nameless' },
      { kind: 'version-unreadable', subject: 'odd-bin' },
    ]);
  });

  it('an image without packages is not clean', () => {
    const { provenance } = scan({ 'debian 12': { a: {} } }, { family: 'debian', name: '12' });
    expect(provenance.unmatched).toEqual([{ kind: 'no-packages', subject: 'debian' }]);
  });

  it('corrupt rows are an error, not silence', () => {
    const tree = { 'debian 12': { a: { 'CVE-1': { FixedVersion: 7 } } } };
    expect(() => scan(tree, { family: 'debian', name: '12' }, src('a', '1'))).toThrow(
      /debian 12, a, CVE-1 is not valid/,
    );
  });
});
