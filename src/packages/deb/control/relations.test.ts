import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSutureError } from '../../../core/errors/error.ts';
import { formatRelations, parseRelations } from './relations.ts';

const hasDpkg = spawnSync('dpkg-query', ['--version']).status === 0;

/** What dpkg makes of a Depends field: its own rendering, or undefined when it refuses the database. */
function dpkgRendering(fields: readonly string[]): (string | undefined)[] {
  const directory = mkdtempSync(join(tmpdir(), 'suture-relations-'));
  try {
    mkdirSync(join(directory, 'updates'));
    mkdirSync(join(directory, 'info'));
    return fields.map((field) => {
      const head = 'Package: x\nStatus: install ok installed\nMaintainer: x\nArchitecture: amd64\nVersion: 1\n';
      writeFileSync(join(directory, 'status'), `${head}Description: x\nDepends: ${field}\n`, 'latin1');
      const options = [`--admindir=${directory}`, '-W', '-f', '${Depends}', 'x'];
      const { status, stdout } = spawnSync('dpkg-query', options, { encoding: 'latin1' });
      return status === 0 ? stdout : undefined;
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function ownRendering(field: string): string | undefined {
  try {
    return formatRelations(parseRelations(field));
  } catch (error) {
    expect(isSutureError(error, 'PACKAGE_INVALID')).toBe(true);
    return undefined;
  }
}

describe('parseRelations', () => {
  it('reads alternatives, qualifiers and every operator', () => {
    expect(parseRelations('a (>= 1:2-3) | b:any , c(<<2~), d (= 0:1),\n e:amd64 (> 1)')).toEqual([
      [
        { name: 'a', operator: '>=', version: '1:2-3' },
        { name: 'b', qualifier: 'any' },
      ],
      [{ name: 'c', operator: '<<', version: '2~' }],
      [{ name: 'd', operator: '=', version: '1' }],
      [{ name: 'e', qualifier: 'amd64', operator: '>=', version: '1' }],
    ]);
    expect(parseRelations(undefined)).toEqual([]);
    expect(parseRelations('')).toEqual([]);
  });

  const odd = ['a, b,', 'a [amd64]', 'a <!nocheck>', 'a (> 1), b(<2) , c (1.0) | d:any (>=  0:3)', ',a', 'a (>= )'];
  odd.push('a (>= 1', 'a_b', 'A', 'a:', 'a:a/b', 'a (= 1-)', 'a || b', 'a (<> 1)', 'a (>= 1 2)', 'a(=1)b', 'a\t|  b');
  odd.push(
    'a (>= x:1)',
    'a (>=1:)',
    'a (>= -1)',
    'a (=> 1)',
    'a (=1)',
    'a(<<1)|b',
    'a : any',
    'a:any(>=1)',
    '1a',
    '+a',
  );
  odd.push(
    'a (>= 1-2-3)',
    'a (>= 1_2)',
    'a ()',
    'a ((1))',
    'a (>= 1))',
    'a.b+c-d',
    'a (= 1:2:3)',
    'a (= 0:2:3)',
    'a:any',
  );
  it.skipIf(!hasDpkg)('accepts, refuses and writes as dpkg does (needs dpkg)', () => {
    expect(odd.map((field) => [field, ownRendering(field)])).toEqual(
      dpkgRendering(odd).map((rendering, index) => [odd[index], rendering]),
    );
  });

  it.skipIf(!hasDpkg)('agrees with dpkg on generated damage (needs dpkg)', () => {
    const piece = fc.constantFrom(
      'a',
      'bc',
      ' ',
      '  ',
      '(',
      ')',
      '>=',
      '<<',
      '=',
      '1.0',
      '2-1',
      ':',
      'any',
      '|',
      ',',
      '1:',
    );
    const field = fc.array(piece, { minLength: 1, maxLength: 9 }).map((pieces) => pieces.join(''));
    const repaired = field.map((text) => text.trim()).filter((text) => text !== '');
    const fields = fc.sample(repaired, { numRuns: 200, seed: 11 });
    fields.push(...fields.slice(0, 60).map((text) => `a (>= ${text.slice(0, 3)}) | ${text}`));
    const expected = dpkgRendering(fields);
    expect(fields.map((text) => [text, ownRendering(text)])).toEqual(fields.map((text, at) => [text, expected[at]]));
  });

  it('returns or throws for any text, and writes what it reads back', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab1.:(<>=)|, \n~-['), maxLength: 60 }), (text) => {
        const written = ownRendering(text);
        if (written !== undefined) expect(ownRendering(written)).toBe(written);
      }),
      { numRuns: 3000 },
    );
  });

  it('takes linear time for a hostile field', () => {
    const started = performance.now();
    expect(ownRendering(`a (>= ${' '.repeat(200_000)}`)).toBe(undefined);
    expect(ownRendering(`a (${' '.repeat(200_000)}`)).toBe(undefined);
    expect(ownRendering(`a${' '.repeat(200_000)}b`)).toBe(undefined);
    expect(parseRelations(`a${', a'.repeat(100_000)}`)).toHaveLength(100_001);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
