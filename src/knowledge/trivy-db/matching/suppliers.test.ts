import { describe, expect, it } from 'vitest';
import { type AdvisoryTree, withAdvisories } from '../../../../test/support/advisory-database.ts';
import { TRIVY_APK_ORDER } from '../versions/apk.ts';
import { TRIVY_DEB_ORDER } from '../versions/deb.ts';
import { TRIVY_RPM_ORDER } from '../versions/rpm.ts';
import { matchPackages } from './match.ts';
import type { ScannedOs, ScannedPackage } from './package.ts';
import { inAnyRange, inRange } from './ranges.ts';

const row = (ranges: string[], patched: string[], Severity = 0) => ({
  VulnerableVersions: ranges,
  PatchedVersions: patched,
  Severity,
});
const source = (ID: string, BaseID?: string) => ({
  ID,
  Name: ID,
  URL: 'https://example.org',
  ...(BaseID ? { BaseID } : {}),
});
const pkg = (name: string, version: string, more: Partial<ScannedPackage> = {}): ScannedPackage => ({
  name,
  version,
  sourceName: name,
  sourceVersion: version,
  ...more,
});

function found(tree: AdvisoryTree, os: ScannedOs, ...packages: ScannedPackage[]) {
  return withAdvisories(tree, (database) =>
    matchPackages(database, os, packages, { now: 0 }).findings.map((entry) =>
      [entry.vulnerability, entry.fixedVersion ?? '-', entry.severity, entry.severitySource ?? '-'].join(' | '),
    ),
  );
}

describe('Root.io', () => {
  const tree = {
    'data-source': { 'debian 12': source('debian'), 'root.io debian 12': source('rootio', 'debian') },
    'debian 12': {
      openssl: {
        'CVE-1': { FixedVersion: '3.0.16-1~deb12u1', Severity: 2 },
        'CVE-2': { FixedVersion: '3.0.16-1~deb12u1', Severity: 1 },
        'CVE-3': {},
      },
    },
    'root.io debian 12': {
      openssl: {
        'CVE-1': row(
          ['<3.0.15-1~deb12u1.root.io.1', '>3.0.15-1~deb12u1.root.io.1 <3.0.16-1~deb12u1'],
          ['3.0.15-1~deb12u1.root.io.1', '3.0.16-1~deb12u1'],
          2,
        ),
      },
    },
  };
  const os = { family: 'debian', name: '12.7' };

  it("replaces the distribution's rows by ID, gives several versions, keeps its severities", () => {
    expect(found(tree, os, pkg('openssl', '3.0.15-1~deb12u1.root.io.0'))).toEqual([
      'CVE-1 | 3.0.15-1~deb12u1.root.io.1, 3.0.16-1~deb12u1 | MEDIUM | rootio',
      'CVE-2 | 3.0.16-1~deb12u1 | LOW | debian',
      'CVE-3 | - | UNKNOWN | -',
    ]);
    expect(found(tree, os, pkg('openssl', '3.0.15-1~deb12u1.root.io.1')).map((text) => text.slice(0, 5))).toEqual([
      'CVE-2',
      'CVE-3',
    ]);
  });

  it('is told by one package of the image; without any the distribution decides', () => {
    expect(found(tree, os, pkg('openssl', '3.0.15-1~deb12u1'))).toContain('CVE-1 | 3.0.16-1~deb12u1 | MEDIUM | debian');
    expect(found(tree, os, pkg('openssl', '3.0.15-1~deb12u1'), pkg('x', '1.root.io.1'))).toContain(
      'CVE-1 | 3.0.15-1~deb12u1.root.io.1, 3.0.16-1~deb12u1 | MEDIUM | rootio',
    );
  });

  it('on Alpine is told by the revision', () => {
    const alpine = {
      'alpine 3.19': {},
      'root.io alpine 3.19': { less: { 'CVE-1': row(['<643-r10072'], ['643-r10072']) } },
    };
    expect(found(alpine, { family: 'alpine', name: '3.19.1' }, pkg('less', '643-r00072'))).toEqual([
      'CVE-1 | 643-r10072 | UNKNOWN | -',
    ]);
  });

  it('never is at the end of life', () => {
    const provenance = (version: string) =>
      withAdvisories(tree, (database) => {
        const now = Date.parse('2040-01-01T00:00:00Z');
        return matchPackages(database, os, [pkg('openssl', version)], { now }).provenance.eosl;
      });
    expect([provenance('1'), provenance('1.root.io.1')]).toEqual([true, false]);
  });
});

describe('Seal', () => {
  const tree = {
    'data-source': { 'seal debian': source('seal', 'debian'), 'seal Red Hat 6': source('seal', 'redhat') },
    'debian 12': { openssl: { 'CVE-9': { FixedVersion: '2' } }, 'seal-wget': { 'CVE-8': {} } },
    'seal debian': { 'seal-wget': { 'CVE-1': row(['>=1.21-1, <1.21-1+sp999'], ['1.21-1+sp999'], 3) } },
    'seal Red Hat 6': { 'seal-wget': { 'CVE-1': row(['>=1.12-10.el6, <1.12-10.el6+sp999'], ['1.12-10.el6+sp999']) } },
  };

  it("takes its packages from its feed and the others from the distribution's", () => {
    const os = { family: 'debian', name: '12' };
    const wget = pkg('seal-wget', '1.21-1', { repositoryClass: 'third-party' });
    const third = pkg('openssl', '1', { name: 'other', repositoryClass: 'third-party' });
    expect(found(tree, os, wget, pkg('openssl', '1'), third)).toEqual([
      'CVE-9 | 2 | UNKNOWN | -',
      'CVE-1 | 1.21-1+sp999 | HIGH | debian',
    ]);
  });

  it('shows the fix of the range that a version lies in, and says nothing of rows without a range', () => {
    const ranges = ['>=1.0, <1.5+sp1', '>=2.0, <2.5+sp1'];
    const feed = (CVE: object) => ({ 'debian 12': {}, 'seal debian': { 'seal-a': { 'CVE-1': CVE } } });
    const os = { family: 'debian', name: '12' };
    const split = feed(row(ranges, ['1.5+sp1', '2.5+sp1']));
    expect(found(split, os, pkg('seal-a', '1.2'))).toEqual(['CVE-1 | 1.5+sp1 | UNKNOWN | -']);
    expect(found(split, os, pkg('seal-a', '2.2'))).toEqual(['CVE-1 | 2.5+sp1 | UNKNOWN | -']);
    expect(found(split, os, pkg('seal-a', '1.8'))).toEqual([]);
    expect(found(feed(row([], [])), os, pkg('seal-a', '1'))).toEqual([]);
    expect(() => found(feed(row(ranges, ['1.5+sp1', '3'])), os, pkg('seal-a', '1'))).toThrow(/does not hold its fix/);
    expect(() => found(feed(row(ranges, ['1.5+sp1'])), os, pkg('seal-a', '1'))).toThrow(/does not hold its fix/);
  });

  it('knows no releases of Debian and Alpine, whatever their versions hold', () => {
    const os = { family: 'debian', name: '12' };
    const wget = pkg('seal-wget', '1.21', { release: '1el8', sourceRelease: '1el8' });
    expect(found({ ...tree, 'debian 12': {} }, os, wget)).toEqual(['CVE-1 | 1.21-1+sp999 | HIGH | debian']);
  });

  it('lets the release of Alpine decide, not the repositories', () => {
    const rows = { busybox: { 'CVE-1': { FixedVersion: '2' } } };
    const alpine = { 'alpine 3.19': rows, 'alpine edge': {}, 'seal alpine': {} };
    const os = { family: 'alpine', name: '3.19.1', repositoryRelease: 'edge' };
    expect(found(alpine, os, pkg('busybox', '1'))).toEqual([]);
    expect(found(alpine, os, pkg('busybox', '1'), pkg('seal-a', '1'))).toEqual(['CVE-1 | 2 | UNKNOWN | -']);
  });

  it('takes the release of rpm packages from their dist tag', () => {
    const cpes = { 'Red Hat': {}, 'Red Hat CPE': { repository: {} } };
    const wget = pkg('seal-wget', '1.12', { release: '10.el6', sourceRelease: '10.el6' });
    expect(found({ ...tree, ...cpes }, { family: 'oracle', name: '9' }, wget)).toEqual([
      'CVE-1 | 1.12-10.el6+sp999 | UNKNOWN | -',
    ]);
  });
});

describe('RapidFort', () => {
  const rows = (version: string) => ({ a: { [`CVE-${version}`]: row([`<${version}`], [version], 2) } });
  const tree = {
    'data-source': { 'rapidfort Red Hat 8': source('rapidfort', 'redhat') },
    'rapidfort Red Hat': rows('100'),
    'rapidfort Red Hat 8': rows('80'),
    'rapidfort Red Hat 9': rows('90'),
    'rapidfort alpine 3.18': rows('50-r0'),
    'rapidfort fedora 43': rows('43'),
    'rapidfort ubuntu': rows('70'),
    'rapidfort ubuntu 22.04': { ...rows('60'), 'a-bin': { 'CVE-60': row(['<1'], ['1']), 'CVE-61': row([], []) } },
  };
  const scan = (family: string, name: string, version: string, release = '') =>
    found(
      tree,
      { family, name, supplier: 'rapidfort' },
      { ...pkg('a', version, { release, sourceRelease: release }), name: 'a-bin', repositoryClass: 'third-party' },
    ).map((text) => text.split(' | ')[0]);

  it.each([
    ['ubuntu', '22.04.1', '1-1', '', ['CVE-60', 'CVE-61']],
    ['ubuntu', '22.04.1', '1-1+rf.1', '', ['CVE-70']],
    ['ubuntu', '22.04.1', '0:1-5rfubu', '', ['CVE-70']],
    ['alpine', '3.18.4', '1-r0', '', ['CVE-50-r0']],
    ['redhat', '9.2', '1', '26.el8_3.3', ['CVE-80']],
    ['redhat', '9.2', '1', '26.fc43', ['CVE-43']],
    ['redhat', '9.2', '1', '26.rf1', ['CVE-100']],
    ['redhat', '9.2', '1', '26', ['CVE-90']],
    ['redhat', '9.2', '1', '1.rfc3339.el9', ['CVE-90']],
  ])('%s %s: version %s release "%s" gives %o', (family, name, version, release, expected) => {
    expect(scan(family, name, version, release)).toEqual(expected);
  });

  it('names the release of an Ubuntu with ESM as such, as Root.io does', () => {
    const esm = { family: 'ubuntu', name: '20.04', extended: true };
    const rapidfort = { 'rapidfort ubuntu 20.04-ESM': rows('5') };
    expect(found(rapidfort, { ...esm, supplier: 'rapidfort' }, pkg('a', '1'))).toEqual(['CVE-5 | 5 | UNKNOWN | -']);
    const rootIo = { 'root.io ubuntu 20.04-ESM': { a: { 'CVE-1': row(['<9'], ['9']) } } };
    expect(found(rootIo, esm, pkg('a', '1.root.io.1'))).toEqual(['CVE-1 | 9 | UNKNOWN | -']);
  });

  it('on other systems changes nothing', () => {
    const debian = { 'debian 12': { a: { 'CVE-1': {} } } };
    expect(found(debian, { family: 'debian', name: '12', supplier: 'rapidfort' }, pkg('a', '1'))).toEqual([
      'CVE-1 | - | UNKNOWN | -',
    ]);
  });
});

describe('a range', () => {
  it.each([
    ['1.2.3', '1.2.3', true],
    ['1.2.3', '==1.2.3', true],
    ['1.2.3', '!=1.2.3', false],
    ['1.2.4', '> 1.2.3', undefined],
    ['1.2.4', '> 1.2.3,', true],
    ['1.5.0', '>=1.2.3, <2.0.0', true],
    ['2.0.0', '>=1.2.3 <2.0.0', false],
    ['2.0.0', '>=1.2.3 <=2.0.0', true],
    ['1:1.2.3-2', '>=1:1.2.3-1', true],
    ['1.2.3', '>>>1.2.3', undefined],
    ['1.2.3', '', undefined],
    ['', '>=1.2.3', undefined],
    ['x', '>=1.2.3', undefined],
  ])('%s in "%s": %s', (version, range, expected) => expect(inRange(version, range, TRIVY_DEB_ORDER)).toBe(expected));

  it('follows the order of the family', () => {
    expect(inRange('1.2.2', '<1.2.3_pre1', TRIVY_APK_ORDER)).toBe(true);
    expect(inRange('1.0', '<1.0^git1', TRIVY_RPM_ORDER)).toBe(true);
    expect(inRange('1.0^git3', '>=1.0^git1, <1.0^git5', TRIVY_RPM_ORDER)).toBe(true);
  });

  it('that cannot be read ends the search or is skipped; none at all means every version', () => {
    expect(inAnyRange('1', ['bad', '<2'], TRIVY_DEB_ORDER, 'stop')).toBe(false);
    expect(inAnyRange('1', ['bad', '<2'], TRIVY_DEB_ORDER, 'skip')).toBe(true);
    expect(inAnyRange('1', [], TRIVY_DEB_ORDER, 'stop')).toBe(true);
  });
});
