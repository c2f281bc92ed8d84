import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRpmSegments } from './compare.ts';
import { compareRpmVersions, formatEvr, parseEvr } from './evr.ts';

const fixture = new URL('../../../../../shared/fixtures/versions/rpm.json', import.meta.url);
const hasRpm = spawnSync('rpm', ['--version']).status === 0;

const piece = fc.constantFrom(
  ...['0', '1', '9', '10', '00', '01', '007', '123456789012345678901234567890', '~', '~~', '^', '^^', 'a', 'Z', 'rc'],
  ...['.', '+', '_', '..', 'el8', '.el8_2', 'git2024', 'module+el8', '.fc39', 'beta'],
);
const segment = fc
  .tuple(fc.constantFrom('0', '1', '2', '10', '1.2', 'a', '~1', '^'), fc.array(piece, { maxLength: 5 }))
  .map(([first, rest]) => first + rest.join(''));
const evr = fc
  .tuple(fc.constantFrom('', '', '', '0:', '1:', '10:'), segment, fc.option(segment, { nil: undefined }))
  .map(([epoch, version, release]) => `${epoch}${version}${release === undefined ? '' : `-${release}`}`);
/** Half of the pairs differ only in their tail: that is where the rules bite. */
const pair = fc.tuple(evr, evr, segment, segment, fc.boolean()).map(([a, b, c, d, near]): [string, string] => {
  return near ? [a + c, a + d] : [a, b];
});

/** rpm's own answers, in one process. */
function askRpm(pairs: readonly (readonly [string, string])[]): number[] {
  const answers: number[] = [];
  for (let start = 0; start < pairs.length; start += 1000) {
    const table = pairs.slice(start, start + 1000).map(([a, b]) => `{"${a}","${b}"}`);
    const script = `%{lua: for _, p in ipairs({${table.join(',')}}) do print(rpm.vercmp(p[1], p[2]) .. " ") end}`;
    const { stdout, stderr } = spawnSync('rpm', ['--eval', script], { encoding: 'utf8', maxBuffer: 1 << 26 });
    if (stderr !== '') throw new Error(stderr);
    answers.push(...stdout.trim().split(/\s+/).map(Number));
  }
  return answers;
}

describe('compareRpmVersions', () => {
  it.skipIf(!existsSync(fixture))('agrees with the shared list of pairs', () => {
    const pairs = JSON.parse(readFileSync(fixture, 'utf8')) as [string, string, number][];
    expect(pairs.length).toBeGreaterThan(1000);
    expect(pairs.filter(([a, b, order]) => compareRpmSegments(a, b) !== order)).toEqual([]);
  });

  it.skipIf(!hasRpm)('agrees with rpm on 20,000 generated pairs (needs rpm)', () => {
    const pairs = fc.sample(pair, { numRuns: 20_000, seed: 20261120 });
    const expected = askRpm(pairs);
    expect(expected.length).toBe(pairs.length);
    expect(new Set(expected)).toEqual(new Set([-1, 0, 1]));
    const wrong = pairs.map(([a, b], at) => [a, b, compareRpmVersions(a, b), expected[at]] as const);
    expect(wrong.filter(([, , ours, theirs]) => ours !== theirs)).toEqual([]);
  });

  it.each([
    ['1.0', '1.0^', -1],
    ['1.0^', '1.0^git1', -1],
    ['1.0^git1', '1.0.1', -1],
    ['1.0~rc1', '1.0', -1],
    ['1.0~rc1^git1', '1.0~rc1', 1],
    ['1.05', '1.5', 0],
    ['2_0', '2.0', 0],
    ['1:1.0-1', '2.0-1', 1],
    ['1.0-1', '1.0', 1],
    ['a', '1', -1],
    ['99999999999999999999', '100000000000000000000', -1],
  ])('%s against %s is %i', (a, b, expected) => {
    expect(compareRpmVersions(a, b)).toBe(expected);
    expect(compareRpmVersions(b, a)).toBe(expected === 0 ? 0 : -expected);
  });

  it('is antisymmetric over any strings', () => {
    const any = fc.oneof(segment, fc.string({ maxLength: 12 }));
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(compareRpmSegments(a, b) + compareRpmSegments(b, a)).toBe(0);
        expect(compareRpmSegments(a, a)).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parseEvr', () => {
  it('splits at the first colon and the first hyphen after it', () => {
    expect(parseEvr('2:1.1.1k-9.el8')).toEqual({ epoch: 2, version: '1.1.1k', release: '9.el8' });
    expect(parseEvr('1.0')).toEqual({ epoch: 0, version: '1.0', release: '' });
    expect(parseEvr('x:1-2-3')).toEqual({ epoch: 0, version: '1', release: '2-3' });
  });

  it('is undone by formatEvr, but for an epoch of zero', () => {
    expect(['2:1.1-9', '0:1.1-9', '1.1'].map((text) => formatEvr(parseEvr(text)))).toEqual(['2:1.1-9', '1.1-9', '1.1']);
  });
});
