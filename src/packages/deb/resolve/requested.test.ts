import { describe, expect, it } from 'vitest';
import { resolveSketches as resolve } from '../../../../test/support/deb-memory.ts';

const a1 = { name: 'a', version: '1' };

describe('a report', () => {
  const offers = [
    { name: 'a', version: '2' },
    { name: 'libx', version: '3', source: 'x' },
  ];
  const libx = { name: 'libx', version: '1', source: 'x' };

  it('upgrades only what it names, to at least the minimum', () => {
    const only = [{ name: 'a', minimum: '1.5' }];
    expect(resolve([a1, libx], offers, { scope: 'all', only }).steps).toEqual(['upgrade a:amd64 2']);
  });

  it('takes the fix from another suite when no security suite has it', () => {
    const only = [{ name: 'a', minimum: '1.5' }];
    expect(resolve([a1], offers, { scope: 'security', only }).steps).toEqual(['upgrade a:amd64 2']);
  });

  it('says which version it saw when the fix is not there', () => {
    const only = [{ name: 'a', minimum: '9' }];
    expect(resolve([a1], offers, { scope: 'all', only }).pending).toEqual([
      {
        name: 'a',
        to: '9',
        reason: 'not-in-repository',
        detail: 'fixed in 9; the newest version on offer is 2 (main)',
      },
    ]);
  });

  it('finds packages by their source and compares source versions', () => {
    const installed = [{ name: 'libd', version: '2:1.02', source: 'lvm', sourceVersion: '2.03-1' }];
    const fixed = [{ name: 'libd', version: '2:1.02+1', source: 'lvm', sourceVersion: '2.03-2' }];
    const bySource = [{ name: 'lvm', minimum: '2.03-2' }];
    expect(resolve(installed, fixed, { scope: 'all', only: bySource }).steps).toEqual(['upgrade libd:amd64 2:1.02+1']);
    const byName = [{ name: 'libd', minimum: '2.03-2', minimumOf: 'source' as const }];
    expect(resolve(installed, fixed, { scope: 'all', only: byName }).steps).toEqual(['upgrade libd:amd64 2:1.02+1']);
    const beyond = [{ name: 'libd', minimum: '2.03-3', minimumOf: 'source' as const }];
    expect(resolve(installed, fixed, { scope: 'all', only: beyond }).pending).toMatchObject([
      { reason: 'not-in-repository' },
    ]);
  });

  it('leaves alone what already has the fix and reports what is not installed', () => {
    const only = [
      { name: 'a', minimum: '0.9' },
      { name: 'ghost', minimum: '1' },
    ];
    expect(resolve([a1], offers, { scope: 'all', only })).toMatchObject({
      steps: [],
      pending: [{ name: 'ghost', to: '1', reason: 'not-installed' }],
    });
  });

  it('meets the highest of several minima', () => {
    const only = [
      { name: 'a', minimum: '1.5' },
      { name: 'a', minimum: '2.5' },
    ];
    expect(resolve([a1], offers, { scope: 'all', only }).pending).toMatchObject([
      { name: 'a', to: '2.5', reason: 'not-in-repository' },
    ]);
  });
});
