import { describe, expect, it } from 'vitest';
import { withAdvisories } from '../../../../test/support/advisory-database.ts';
import { matchPackages } from './match.ts';
import type { ScannedPackage } from './package.ts';

const entry = (FixedVersion: string, Affected: number[], ...cves: [string, number][]) => ({
  FixedVersion,
  Affected,
  Cves: cves.map(([ID, Severity]) => ({ ...(ID === '' ? {} : { ID }), Severity })),
});

const tree = {
  'Red Hat': {
    'vim-minimal': {
      'CVE-2017-5953': { Entries: [{ ...entry('', [0, 1], ['', 1]), Status: 5 }] },
      'RHSA-2019:1619': {
        Entries: [
          entry('2:7.4.160-6.el7_6', [0, 1], ['CVE-2019-12735', 3]),
          entry('2:7.4.160-7.el8_7', [2, 3], ['CVE-2019-12735', 2]),
        ],
      },
    },
    nss: {
      'RHSA-2021:0538': { Entries: [entry('0:3.53.1-17.el7_3', [0], ['CVE-2020-12403', 3])] },
      'RHSA-2021:0876': {
        Entries: [entry('0:3.36.0-9.el7_6', [0], ['CVE-2019-17007', 2], ['CVE-2020-12403', 3])],
      },
    },
    expat: {
      'CVE-2024-45490': { Entries: [{ ...entry('', [4], ['', 2]), Status: 5 }] },
      'RHSA-2024:6989': { Entries: [entry('0:2.2.5-15.el8_10', [4], ['CVE-2024-45490', 2])] },
    },
    'php:7.2::php': {
      'RHSA-2020:0322': { Entries: [entry('0:7.2.11-1.1.module+el8.0.0+4664', [2, 3], ['CVE-2019-11043', 4])] },
    },
    php: { 'CVE-2006-4023': { Entries: [entry('', [0, 1], ['', 1])] } },
    'kernel-headers': {
      'RHSA-2016:2098': {
        Entries: [{ ...entry('0:3.10.0-327.36.3.el7', [0], ['CVE-2016-5195', 3]), Arches: ['ppc64', 'x86_64'] }],
      },
      'RHSA-2017:0372': {
        Entries: [{ ...entry('0:4.5.0-15.2.1.el7', [0], ['CVE-2016-5195', 3]), Arches: ['aarch64'] }],
      },
    },
    none: { 'RHSA-1': null, 'CVE-1': { Entries: null } },
  },
  'Red Hat CPE': {
    cpe: {},
    nvr: { 'ubi8-init-container-8.0-7-x86_64': [2, 3] },
    repository: { 'rhel-7-server-rpms': [0], 'rhel-8-for-x86_64-baseos-rpms': [2, 4], odd__9_DOT_2: [-1] },
  },
};

const rpm = (name: string, version: string, release: string, more: Partial<ScannedPackage> = {}): ScannedPackage => ({
  name,
  version,
  release,
  architecture: 'x86_64',
  ...more,
});
const from = (...contentSets: string[]) => ({ buildInfo: { contentSets } });

function found(release: string, pkg: ScannedPackage, family = 'redhat') {
  return withAdvisories(tree, (database) =>
    matchPackages(database, { family, name: release }, [pkg], { now: 0 }).findings.map((entry) => [
      entry.vulnerability,
      entry.vendorIds.join(),
      entry.fixedVersion,
      entry.status,
      `${entry.severity} ${entry.severitySource}`,
    ]),
  );
}

const vim7 = rpm('vim-minimal', '7.4.160', '5.el7', { epoch: 2 });
const VIM7 = [
  ['CVE-2019-12735', 'RHSA-2019:1619', '2:7.4.160-6.el7_6', 'fixed', 'HIGH redhat'],
  ['CVE-2017-5953', '', undefined, 'will_not_fix', 'LOW redhat'],
];

describe('Red Hat', () => {
  it('takes the entries of the content sets', () => {
    expect(found('7.6', { ...vim7, ...from('rhel-7-server-rpms') })).toEqual(VIM7);
  });

  it('strips the suffix of image builds from content sets', () => {
    expect(found('7.6', { ...vim7, ...from('rhel-7-server-rpms__7') })).toEqual(VIM7);
    expect(found('9.2', { ...vim7, ...from('odd__9_DOT_2') })).toEqual([]);
  });

  it('takes default content sets where the image says nothing', () => {
    expect(found('7.6', vim7)).toEqual(VIM7);
    expect(found('7.6', vim7, 'centos')).toEqual(VIM7);
    expect(found('8.3', rpm('vim-minimal', '7.4.160', '5.el8', { epoch: 2 }))).toEqual([
      ['CVE-2019-12735', 'RHSA-2019:1619', '2:7.4.160-7.el8_7', 'fixed', 'MEDIUM redhat'],
    ]);
  });

  it('takes the highest fix of several advisories for a CVE', () => {
    expect(found('7.5', rpm('nss', '3.36.0', '7.1.el7_6'))).toEqual([
      ['CVE-2020-12403', 'RHSA-2021:0538', '3.53.1-17.el7_3', 'fixed', 'HIGH redhat'],
      ['CVE-2019-17007', 'RHSA-2021:0876', '3.36.0-9.el7_6', 'fixed', 'MEDIUM redhat'],
    ]);
  });

  it('prefers a fix to an unfixed row of the same CVE, also when it is installed', () => {
    expect(found('8.3', rpm('expat', '2.2.5', '14.el8_10'))).toEqual([
      ['CVE-2024-45490', 'RHSA-2024:6989', '2.2.5-15.el8_10', 'fixed', 'MEDIUM redhat'],
    ]);
    expect(found('8.3', rpm('expat', '2.2.5', '16.el8_10'))).toEqual([]);
  });

  it('matches modules by container build (NVR)', () => {
    const php = rpm('php', '7.2.10', '1.module_el8.2.0+313', {
      modularityLabel: 'php:7.2:8020020200507003613:2c7ca891',
      buildInfo: { contentSets: [], nvr: 'ubi8-init-container-8.0-7', architecture: 'x86_64' },
    });
    expect(found('8.3', php)).toEqual([
      ['CVE-2019-11043', 'RHSA-2020:0322', '7.2.11-1.1.module+el8.0.0+4664', 'fixed', 'CRITICAL redhat'],
    ]);
  });

  it('heeds architectures, but not for noarch packages', () => {
    expect(found('7.6', rpm('kernel-headers', '3.10.0-326.36', '3.el7'))).toEqual([
      ['CVE-2016-5195', 'RHSA-2016:2098', '3.10.0-327.36.3.el7', 'fixed', 'HIGH redhat'],
    ]);
    const noarch = rpm('kernel-headers', '3.10.0-1127.19', '1.el7', { architecture: 'noarch' });
    expect(found('7.6', noarch).map((row) => row[1])).toEqual(['RHSA-2017:0372']);
  });

  it('reads null rows as empty', () => expect(found('7', rpm('none', '1', '1'))).toEqual([]));

  it.each([
    ['10.0', {}],
    ['constructor', {}],
    ['8.3', from()],
    ['8.3', from('unheard-of')],
    ['8.3', { buildInfo: { contentSets: [], nvr: 'x-1-1', architecture: 'x86_64' } }],
  ] as const)('fails when nothing tells the CPEs: release %s, %o', (release, more) => {
    expect(() => found(release, { ...vim7, ...more })).toThrow(
      expect.objectContaining({ code: 'SCAN_FAILED', message: expect.stringContaining('vim-minimal') as string }),
    );
  });

  it('gives no data source', () => {
    const [first] = withAdvisories(
      { ...tree, 'data-source': { 'Red Hat': { ID: 'redhat', Name: 'Red Hat', URL: 'https://example.org' } } },
      (database) => matchPackages(database, { family: 'redhat', name: '7.6' }, [vim7], { now: 0 }).findings,
    );
    expect(first?.dataSource).toBeUndefined();
  });
});
