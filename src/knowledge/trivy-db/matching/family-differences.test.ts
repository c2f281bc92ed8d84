import { describe, expect, it } from 'vitest';
import { type AdvisoryTree, withAdvisories } from '../../../../test/support/advisory-database.ts';
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

describe('what one family does and the others do not', () => {
  it('AffectedVersion counts for Alpine only', () => {
    const rows = { a: { 'CVE-1': { FixedVersion: '2', AffectedVersion: '1.5' } } };
    expect(found({ 'alpine 3.19': rows }, { family: 'alpine', name: '3.19.1' }, src('a', '1'))).toEqual([]);
    expect(found({ 'debian 12': rows }, { family: 'debian', name: '12' }, src('a', '1'))).toEqual(['CVE-1 2']);
    expect(found({ wolfi: rows }, { family: 'wolfi', name: '1' }, { ...bin('a', '1'), sourceName: 'a' })).toEqual([
      'CVE-1 2',
    ]);
  });

  it('Bottlerocket: a package without a version is not compared; on SUSE it is below every fix', () => {
    const { findings, provenance } = scan(
      { bottlerocket: { a: fixed('2') } },
      { family: 'bottlerocket', name: '1' },
      bin('a', ''),
    );
    expect([findings, provenance.unmatched]).toEqual([[], [{ kind: 'version-unreadable', subject: 'a' }]]);
    const suse = { 'SUSE Linux Enterprise 15.5': { a: fixed('2') } };
    expect(found(suse, { family: 'sles', name: '15.5' }, bin('a', ''))).toEqual(['CVE-1 2']);
  });

  it('Oracle: the flavour is read in any case', () => {
    const tree = {
      'Oracle Linux 8': { a: { 'CVE-1': { Entries: [{ FixedVersion: '3-1.el8_FIPS', Arches: ['x86_64'] }] } } },
    };
    expect(found(tree, { family: 'oracle', name: '8.4' }, bin('a', '1', '1.el8_fips'))).toEqual(['CVE-1 3-1.el8_FIPS']);
    expect(found(tree, { family: 'oracle', name: '8.4' }, bin('a', '1', '1.el8'))).toEqual([]);
  });
});
