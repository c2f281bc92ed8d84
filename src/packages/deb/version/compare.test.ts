import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDebVersions } from './compare.ts';
import { isValidDebVersion, normalizeDebVersion } from './validate.ts';

const fixture = fileURLToPath(new URL('../../../../../shared/fixtures/versions/deb-less-than.json', import.meta.url));
const hasPerl = spawnSync('perl', ['-MDpkg::Version', '-e', '1']).status === 0;
const hasDpkg = spawnSync('dpkg', ['--version']).status === 0;

/** Small and large differences: versions made of the pieces that matter to the order. */
const piece = fc.constantFrom(
  ...['0', '1', '9', '10', '00', '01', '007', '123456789012345678901234567890', '~', '~~', 'a', 'Z', 'rc', 'beta'],
  ...['.', '+', '-', '+deb12u1', '+b1', '~bpo12+1', 'ubuntu', 'git2024', 'dfsg'],
);
const tail = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));
const version = fc
  .tuple(fc.constantFrom('', '', '', '0:', '1:', '2:', '10:'), fc.constantFrom('0', '1', '2', '10', '1.2'), tail)
  .map((parts) => parts.join(''))
  .filter(isValidDebVersion);

const REFERENCE = `use Dpkg::Version;
while (<STDIN>) { chomp; my ($a, $b) = split /\\t/; print version_compare($a, $b), "\\n"; }`;

describe('compareDebVersions', () => {
  it.skipIf(!existsSync(fixture))('agrees with the shared list of pairs', () => {
    const pairs = JSON.parse(readFileSync(fixture, 'utf8')) as [string, string, boolean][];
    expect(pairs.length).toBeGreaterThan(10);
    for (const [a, b, less] of pairs) expect([a, b, compareDebVersions(a, b) < 0]).toEqual([a, b, less]);
  });

  it.skipIf(!hasPerl)('agrees with Dpkg::Version on 20,000 generated pairs (needs libdpkg-perl)', () => {
    const near = fc.tuple(version, version, fc.nat(2)).map(([a, b, kind]): [string, string] => {
      if (kind === 0) return [a, b];
      const cut = Math.max(1, Math.floor(a.length / 2));
      return [a, kind === 1 ? a.slice(0, cut) + b.slice(Math.min(cut, b.length)) : `${a}${b.slice(-1)}`];
    });
    const pairs = fc.sample(near, { numRuns: 30_000, seed: 20261120 });
    const valid = pairs.filter(([a, b]) => isValidDebVersion(a) && isValidDebVersion(b)).slice(0, 20_000);
    expect(valid.length).toBe(20_000);
    const { stdout } = spawnSync('perl', ['-e', REFERENCE], {
      input: valid.map(([a, b]) => `${a}\t${b}\n`).join(''),
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const expected = stdout.trim().split('\n').map(Number);
    const wrong = valid.filter(([a, b], index) => compareDebVersions(a, b) !== expected[index]);
    expect(wrong).toEqual([]);
  });

  it.skipIf(!hasDpkg)('agrees with dpkg --compare-versions (needs dpkg)', () => {
    for (const [a, b] of fc.sample(fc.tuple(version, version), { numRuns: 150, seed: 7 })) {
      const less = spawnSync('dpkg', ['--compare-versions', a, 'lt', b]).status === 0;
      expect([a, b, compareDebVersions(a, b) < 0]).toEqual([a, b, less]);
    }
  });

  it.each([
    ['1.0', '0:1.0-0', 0],
    ['1.0~rc1', '1.0', -1],
    ['1.0-1~', '1.0-1', -1],
    ['1:0', '2', 1],
    ['1.0a', '1.0+', -1],
    ['1.10', '1.9', 1],
    ['1.010', '1.10', 0],
    ['1.0-1-1', '1.0-1-2', -1],
    ['99999999999999999999', '100000000000000000000', -1],
  ])('%s against %s is %i', (a, b, expected) => {
    expect(compareDebVersions(a, b)).toBe(expected);
    expect(compareDebVersions(b, a)).toBe(expected === 0 ? 0 : -expected);
  });

  it('is a total order over any strings', () => {
    const any = fc.oneof(version, fc.string({ maxLength: 12 }), tail);
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        expect(compareDebVersions(a, a)).toBe(0);
        expect(compareDebVersions(a, b) + compareDebVersions(b, a)).toBe(0);
        const [x, y, z] = [a, b, c].sort(compareDebVersions) as [string, string, string];
        expect(compareDebVersions(x, y)).toBeLessThanOrEqual(0);
        expect(compareDebVersions(y, z)).toBeLessThanOrEqual(0);
        expect(compareDebVersions(x, z)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('isValidDebVersion', () => {
  it.skipIf(!hasDpkg)('agrees with dpkg --validate-version (needs dpkg)', () => {
    const candidates = ['1', '1-', '-1', '1-1-', ':1', 'a:1', '1:', '1:2', '2147483647:1', '2147483648:1', 'a1', '1_2'];
    candidates.push('1:1:1', '1-1:1', '1 2', '1+~.-1', '1:1-1_1', '0', '1~', '1-~', '1/2', '01:1', '+1:1');
    const accepted = candidates.filter((text) => spawnSync('dpkg', ['--validate-version', text]).status === 0);
    // strtol accepts a sign before the epoch; nothing real has one, so it is not accepted here.
    expect(candidates.filter(isValidDebVersion)).toEqual(accepted.filter((text) => text !== '+1:1'));
  });

  it('drops a zero epoch as dpkg does when it writes a version', () => {
    expect(['0:1.0', '00:1-1', '01:2', '1:2', '1.0', '0:1:2'].map(normalizeDebVersion)).toEqual([
      '1.0',
      '1-1',
      '1:2',
      '1:2',
      '1.0',
      '0:1:2',
    ]);
  });
});
