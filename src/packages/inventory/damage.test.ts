import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSutureError } from '../../core/errors/error.ts';
import type { DatabaseFacts } from './database-facts.ts';
import { readApkDatabase } from './read-apk.ts';
import { readDpkgAvailable, readDpkgDatabase } from './read-dpkg.ts';

const STATUS = ['bash', 'libc6', 'zlib1g']
  .map(
    (name, number) =>
      `Package: ${name}\nStatus: install ok installed\nMaintainer: A <a@example.org>\nArchitecture: amd64\nSource: src${number} (${number}:1.2-3)\nVersion: ${number}:1.2-3+b1\nDepends: libc6 (>= 2.36), a | b:any\nDescription: text\n more\n .\n`,
  )
  .join('\n');

const INSTALLED = ['musl', 'busybox']
  .map(
    (name) =>
      `C:Q1qkJKdV+8mLvyq8ZHCZE0bYIDjMg=\nP:${name}\nV:1.2.4-r2\nA:x86_64\nS:1\nI:2\nT:text\nU:https://example.org\nL:MIT AND (BSD OR X)\no:src\nm:A <a@example.org>\nt:1\nc:abc\nD:so:libc.musl-x86_64.so.1\np:so:x=1\nF:bin\nR:${name}\na:0:0:755\nZ:Q1abc=\n`,
  )
  .join('\n');

/** What a file may become: bytes changed, removed, put in or doubled, anywhere. */
const damage = fc.array(
  fc.record({
    at: fc.nat(),
    remove: fc.nat({ max: 40 }),
    put: fc.string({ unit: 'binary', maxLength: 12 }),
    twice: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

function damaged(
  text: string,
  changes: readonly { at: number; remove: number; put: string; twice: boolean }[],
): string {
  return changes.reduce((now, { at, remove, put, twice }) => {
    const start = now.length === 0 ? 0 : at % now.length;
    const piece = Buffer.from(put).toString('latin1');
    return `${now.slice(0, start)}${piece}${twice ? now.slice(start, start + 200) : ''}${now.slice(start + remove)}`;
  }, text);
}

/** An error that says so, or packages that are whole: nothing else may come of a damaged database. */
function survives(
  original: string,
  read: (text: string) => DatabaseFacts,
): { readonly packages: number; readonly refused: number } {
  const seen = { packages: 0, refused: 0 };
  fc.assert(
    fc.property(damage, (changes) => {
      try {
        const { packages, problems } = read(damaged(original, changes));
        for (const found of packages) expect(found.id).toBe(`${found.name}@${found.id.slice(found.name.length + 1)}`);
        seen.packages += packages.length;
        seen.refused += problems.length;
      } catch (error) {
        if (!isSutureError(error)) throw error;
        seen.refused++;
      }
    }),
    { numRuns: 3000 },
  );
  return seen;
}

describe('a damaged package database', () => {
  it('of dpkg gives packages or says what is wrong, never anything else (property)', () => {
    const seen = survives(STATUS, (text) => readDpkgDatabase(text, 'var/lib/dpkg/status', readDpkgAvailable(text)));
    expect(Math.min(seen.packages, seen.refused)).toBeGreaterThan(100);
  });

  it('of apk gives packages or says what is wrong, never anything else (property)', () => {
    const seen = survives(INSTALLED, (text) => readApkDatabase(text, 'lib/apk/db/installed'));
    expect(Math.min(seen.packages, seen.refused)).toBeGreaterThan(100);
  });
});
