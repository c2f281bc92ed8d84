import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileGlob } from './glob.ts';

const hasPython = spawnSync('python3', ['-c', 'import ctypes']).status === 0;

const FNMATCH = `import ctypes, sys
libc = ctypes.CDLL(None)
for line in sys.stdin.buffer.read().split(b"\\n")[:-1]:
    pattern, text = line.split(b"\\t")
    print(1 if libc.fnmatch(pattern, text, 0) == 0 else 0)
`;

it.skipIf(!hasPython)('matches as fnmatch(3) does (needs python3)', () => {
  const pattern = fc.string({ unit: fc.constantFrom(...'ab/*?[]!^-.\\\\*'), maxLength: 9 });
  const text = fc.string({ unit: fc.constantFrom(...'aab/.-]['), maxLength: 7 });
  const pairs = fc.sample(fc.tuple(pattern, text), { numRuns: 20_000, seed: 5 });
  pairs.push(
    ['[[:alpha:]]*', 'a/b'],
    ['[[:digit:]x]', 'x'],
    ['[a-c]', 'b'],
    ['[!a-c]', '/'],
    ['[]a]', ']'],
    ['[a', '[a'],
  );
  const input = pairs.map(([glob, subject]) => `${glob}\t${subject}\n`).join('');
  const { stdout } = spawnSync('python3', ['-c', FNMATCH], {
    input,
    encoding: 'latin1',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const expected = stdout
    .trim()
    .split('\n')
    .map((line) => line === '1');
  const wrong = pairs.filter(([glob, subject], index) => compileGlob(glob)(subject) !== expected[index]);
  expect(expected).toHaveLength(pairs.length);
  expect(wrong.slice(0, 10)).toEqual([]);
});

it('is not slowed down by many stars', () => {
  const started = performance.now();
  expect(compileGlob('*a'.repeat(30))('a'.repeat(29))).toBe(false);
  expect(compileGlob(`${'*a'.repeat(30)}b`)('a'.repeat(4000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(2000);
});
