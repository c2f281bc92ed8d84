import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareApkVersions, isValidApkVersion } from './compare.ts';

const fixture = new URL('../../../../../shared/fixtures/versions/apk.json', import.meta.url);
const image = new URL('../../../../../shared/fixtures/images/alpine-311.tar.gz', import.meta.url);
const canRunApk = existsSync(image) && process.getuid?.() === 0 && process.arch === 'x64';

const number = fc.constantFrom('0', '1', '2', '9', '10', '00', '01', '007', '20', '123456789');
const suffix = fc
  .tuple(
    fc.constantFrom('alpha', 'beta', 'pre', 'rc', 'cvs', 'svn', 'git', 'hg', 'p'),
    fc.constantFrom('', '0', '1', '12'),
  )
  .map(([name, digits]) => `_${name}${digits}`);
const version = fc
  .tuple(
    fc.array(number, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
    fc.constantFrom('', '', '', 'a', 'b', 'z', 'a1', 'b2.0'),
    fc.array(suffix, { maxLength: 2 }).map((parts) => parts.join('')),
    fc.constantFrom('', '', '-r0', '-r1', '-r10', '-r01'),
  )
  .map((parts) => parts.join(''));
const odd = fc.constantFrom(
  '',
  'a',
  '1..2',
  '1.',
  '-r1',
  '1-1',
  '1_foo',
  '1_p-r',
  '1a1a',
  '1.A',
  '1-r1.2',
  '1~abc',
  '1:2',
  '1 ',
);

/** apk-tools of a real Alpine image, asked about many pairs by its own shell. */
function askApk(script: string, input: string): string[] {
  const root = mkdtempSync(join(tmpdir(), 'suture-apk-'));
  try {
    spawnSync('tar', ['xzf', image.pathname, '-C', root]);
    const layers = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /layer\.tar$|\.tar\.gz$/.test(name),
    );
    for (const layer of layers) spawnSync('tar', ['xf', join(root, layer), '-C', root]);
    const { stdout } = spawnSync('chroot', [root, '/bin/sh', '-c', script], {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    return stdout.trim().split('\n');
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

describe('compareApkVersions', () => {
  it.skipIf(!existsSync(fixture))('agrees with the shared list of pairs', () => {
    const pairs = JSON.parse(readFileSync(fixture, 'utf8')) as [string, string, number][];
    expect(pairs.length).toBeGreaterThan(300);
    expect(pairs.filter(([a, b, order]) => compareApkVersions(a, b) !== order)).toEqual([]);
  });

  it.skipIf(!canRunApk)(
    'agrees with apk itself on 500 generated pairs (needs root, for chroot)',
    { timeout: 60_000 },
    () => {
      const near = fc.tuple(version, version, fc.boolean()).map(([a, b, cut]): [string, string] => {
        const half = Math.ceil(a.length / 2);
        return [a, cut ? a.slice(0, half) + b.slice(Math.min(half, b.length)) : b];
      });
      const pairs = fc
        .sample(near, { numRuns: 1200, seed: 20261120 })
        .filter(([a, b]) => isValidApkVersion(a) && isValidApkVersion(b))
        // apk-tools 2.10 counts in 32 bits.
        .filter((pair) => !pair.some((text) => /[0-9]{10}/.test(text)))
        .slice(0, 500);
      expect(pairs.length).toBe(500);
      const script = 'while read a b; do apk version -t "$a" "$b"; done';
      const answers = askApk(script, pairs.map(([a, b]) => `${a} ${b}\n`).join(''));
      const wrong = pairs.map(([a, b], at) => [a, '<=>'.charAt(compareApkVersions(a, b) + 1), b, answers[at]]);
      expect(wrong.filter(([, ours, , theirs]) => ours !== theirs)).toEqual([]);
    },
  );

  it.skipIf(!canRunApk)('accepts what apk accepts (needs root, for chroot)', { timeout: 60_000 }, () => {
    const texts = fc.sample(
      fc.oneof(
        version,
        fc.tuple(version, odd).map((parts) => parts.join('')),
        odd,
      ),
      { numRuns: 150, seed: 3 },
    );
    const lines = [...new Set(texts)].filter((text) => text !== '' && text.trim() === text);
    const script = 'while read a; do if apk version -c "$a" >/dev/null 2>&1; then echo yes; else echo no; fi; done';
    const answers = askApk(script, lines.map((text) => `${text}\n`).join(''));
    // A commit is a part only since apk-tools 3, which also wants a digit first.
    const wrong = lines.filter(
      (text, at) => /^[0-9][^~]*$/.test(text) && isValidApkVersion(text) !== (answers[at] === 'yes'),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    ['1.02', '1.1', -1],
    ['1.010', '1.1', -1],
    ['1.1.1k', '1.1.1l', -1],
    ['1.1.1', '1.1.1a', -1],
    ['1.2.3', '1.2.3-r0', -1],
    ['1.2.3_p1-r0', '1.2.3-r9', 1],
    ['1.2.3_rc1', '1.2.3', -1],
    ['1.0-r9', '1.0-r10', -1],
    ['99999999999999999998', '99999999999999999999', -1],
    ['3.0~abc-r0', '3.0-r1', 1],
  ])('%s against %s is %i', (a, b, expected) => {
    expect(compareApkVersions(a, b)).toBe(expected);
    expect(compareApkVersions(b, a)).toBe(-expected);
  });

  it('is antisymmetric over any strings', () => {
    const any = fc.oneof(version, odd, fc.string({ maxLength: 10 }));
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(compareApkVersions(a, b) + compareApkVersions(b, a)).toBe(0);
      }),
      { numRuns: 3000 },
    );
  });
});
