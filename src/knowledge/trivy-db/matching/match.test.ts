import { describe, expect, it } from 'vitest';
import { type AdvisoryTree, withAdvisories } from '../../../../test/support/advisory-database.ts';
import { sha256 } from '../../../core/digest.ts';
import { isEndOfLife } from './end-of-life.ts';
import { artifactId, osTarget } from './identity.ts';
import { type MatchOptions, matchPackages } from './match.ts';
import type { ScannedPackage } from './package.ts';

const a: ScannedPackage = { id: 'a@1', name: 'a', version: '1', sourceName: 'a', sourceVersion: '1' };

function scan(tree: AdvisoryTree, options: Partial<MatchOptions> = {}, packages = [a]) {
  const os = { family: 'debian', name: '12.1' };
  return withAdvisories(tree, (database) => matchPackages(database, os, packages, { now: 0, ...options })).findings;
}

function severityOf(id: string, advisory: unknown, details: unknown, dataSource: unknown = { ID: 'debian' }) {
  const vulnerability = details === undefined ? {} : { [id]: details };
  const [found] = scan({
    'data-source': { 'debian 12': dataSource },
    'debian 12': { a: { [id]: advisory } },
    vulnerability,
  });
  return `${found?.severity} ${found?.severitySource ?? '-'}`;
}

describe('the severity', () => {
  const ratings = { VendorSeverity: { debian: 1, nvd: 4, ghsa: 3 }, Severity: 'MEDIUM' };
  it.each([
    ["the advisory's own first", 'CVE-1', { Severity: 2 }, ratings, 'MEDIUM debian'],
    ["then the distribution's", 'CVE-1', {}, ratings, 'LOW debian'],
    ["even when it is 'unknown'", 'CVE-1', {}, { VendorSeverity: { debian: 0, nvd: 4 } }, 'UNKNOWN debian'],
    ["GitHub's for its own IDs", 'GHSA-1', {}, { VendorSeverity: { nvd: 4, ghsa: 3 } }, 'HIGH ghsa'],
    ["NVD's", 'CVE-1', {}, { VendorSeverity: { nvd: 4, ghsa: 3 } }, 'CRITICAL nvd'],
    ["NVD's where GitHub has none", 'GHSA-1', {}, { VendorSeverity: { nvd: 2 } }, 'MEDIUM nvd'],
    ['any, without a source', 'CVE-1', {}, { VendorSeverity: { redhat: 3 }, Severity: 'HIGH' }, 'HIGH -'],
    ['unknown', 'CVE-1', {}, {}, 'UNKNOWN -'],
    ['unknown without details', 'CVE-1', {}, undefined, 'UNKNOWN -'],
    ["the advisory's own without details", 'CVE-1', { Severity: 3 }, undefined, 'HIGH debian'],
  ])('%s', (_, id, advisory, details, expected) => expect(severityOf(id, advisory, details)).toBe(expected));

  it('of rebuilt packages is that of the base distribution', () => {
    expect(severityOf('CVE-1', {}, ratings, { ID: 'rootio', BaseID: 'nvd' })).toBe('CRITICAL nvd');
  });
});

describe('a finding', () => {
  const status = (advisory: unknown) => scan({ 'debian 12': { a: { 'CVE-1': advisory } } })[0]?.status;
  it.each([
    [{ FixedVersion: '2', Status: 5 }, 'fixed'],
    [{ Status: 5 }, 'will_not_fix'],
    [{ Status: 6 }, 'fix_deferred'],
    [{ Status: 7 }, 'end_of_life'],
    [{ Status: 2 }, 'affected'],
    [{}, 'affected'],
  ])('of %o is %s', (advisory, expected) => expect(status(advisory)).toBe(expected));

  it.each([
    ['CVE-2024-ABC', 'https://avd.aquasec.com/nvd/cve-2024-abc'],
    ['GHSA-x', 'https://github.com/advisories/GHSA-x'],
    ['TEMP-1', 'https://security-tracker.debian.org/tracker/TEMP-1'],
    ['RUSTSEC-1', 'https://osv.dev/vulnerability/RUSTSEC-1'],
    ['DSA-1', 'https://www.debian.org/security/dsa-1'],
  ])('%s links to %s', (id, url) => {
    const References = ['https://example.org/', 'https://www.debian.org/security/dsa-1'];
    const tree = { 'data-source': { 'debian 12': { ID: 'debian' } }, 'debian 12': { a: { [id]: {} } } };
    expect(scan({ ...tree, vulnerability: { [id]: { References } } })[0]?.url).toBe(url);
    expect(scan(tree)[0]?.url).toBeUndefined();
  });

  it('keeps the advisory severity among those of the vendors', () => {
    const tree = {
      'debian 12': { a: { 'CVE-1': { Severity: 1 } } },
      vulnerability: { 'CVE-1': { VendorSeverity: { nvd: 4 } } },
    };
    expect(scan(tree)[0]?.details?.vendorSeverity).toEqual({ debian: 'LOW', nvd: 'CRITICAL' });
  });
});

describe('the list of findings', () => {
  const tree = {
    'debian 12': {
      a: {
        'CVE-1': { FixedVersion: '2', Severity: 1 },
        'CVE-2': { Severity: 4, Status: 5 },
        'CVE-3': { FixedVersion: '2', Severity: 4 },
      },
    },
  };
  const ids = (options?: Partial<MatchOptions>, packages?: ScannedPackage[]) =>
    scan(tree, options, packages).map((entry) => `${entry.package.name} ${entry.vulnerability}`);

  it('is sorted by package, then severity from the top, then ID', () => {
    const b = { ...a, id: 'B@1', name: 'B' };
    expect(ids({}, [a, b])).toEqual(['B CVE-2', 'B CVE-3', 'B CVE-1', 'a CVE-2', 'a CVE-3', 'a CVE-1']);
  });

  it('is filtered by severity and status', () => {
    expect(ids({ severities: ['CRITICAL'] })).toEqual(['a CVE-2', 'a CVE-3']);
    expect(ids({ ignoreUnfixed: true })).toEqual(['a CVE-3', 'a CVE-1']);
    expect(ids({ ignoreStatuses: ['will_not_fix'] })).toEqual(['a CVE-3', 'a CVE-1']);
  });

  it('holds each once, with the greater text as fixed version', () => {
    expect(ids({}, [a, a])).toHaveLength(3);
    const Entries = ['9-1', '10-1'].map((FixedVersion) => ({ FixedVersion, Arches: ['x86_64'] }));
    const findings = withAdvisories(
      { 'rocky 8': { a: { 'CVE-1': { Entries } } } },
      (database) =>
        matchPackages(database, { family: 'rocky', name: '8' }, [{ ...a, architecture: 'x86_64' }], { now: 0 })
          .findings,
    );
    expect(findings.map((entry) => entry.fixedVersion)).toEqual(['9-1']);
  });

  it('has fingerprints only for a named artifact', () => {
    expect(scan(tree)[0]?.fingerprint).toBeUndefined();
    const [first] = scan(tree, { artifact: { name: 'app', id: 'sha256:1' } });
    expect(first?.fingerprint).toBe(sha256('sha256:1:app (debian 12.1):a@1:CVE-2'));
  });
});

describe('identity', () => {
  const id = sha256('config');
  it('of an artifact binds the image to its repository', () => {
    expect(artifactId(id)).toBe(id);
    expect(artifactId(id, 'registry.example.org/a/b:1')).toBe(sha256(`${id}:registry.example.org/a/b`));
    expect(artifactId(id, 'alpine')).toBe(sha256(`${id}:index.docker.io/library/alpine`));
  });

  it('of the target names ESM', () => {
    expect(osTarget('x', { family: 'ubuntu', name: '18.04', extended: true })).toBe('x (ubuntu 18.04-ESM)');
  });
});

describe('end of life', () => {
  it.each([
    ['debian', '12', '2028-06-10T23:59:58Z', false],
    ['debian', '12', '2028-06-10T23:59:59Z', true],
    ['debian', '99', '2099-01-01T00:00:00Z', false],
    ['alpine', 'edge', '2099-01-01T00:00:00Z', false],
    ['redhat', '9', '2099-01-01T00:00:00Z', false],
    ['ubuntu', '24.04', '2034-03-30T00:00:00Z', false],
    ['wolfi', '', '2099-01-01T00:00:00Z', false],
  ])('of %s %s at %s: %s', (family, release, now, expected) => {
    expect(isEndOfLife(family, release, Date.parse(now))).toBe(expected);
  });
});
