import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { byBytes, read, sample, type Tree, toBucket, withFile } from '../../../../test/support/bolt-trees.ts';
import { writeBolt } from '../../../../test/support/bolt-writer.ts';

const SHARED = new URL('../../../../../shared/fixtures/trivy/db/trivy.db', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'suture-bbolt-'));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
const newPath = () => join(directory, `${files++}.db`);

const write = (tree: Tree, pageSize = 4096) => {
  const path = newPath();
  writeBolt(path, toBucket(tree), { pageSize });
  return path;
};

describe('a bbolt file', () => {
  it.each([1024, 4096, 16384, 65536])('of page size %i gives back what was written', (pageSize) => {
    withFile(write(sample, pageSize), (file) => {
      expect(read(file.root())).toEqual(sample);
      expect(file.root().verify()).toBe(2 + 600 + 2 + 1 + 1);
      expect(file.bucket('large')?.get('key 77')?.toString()).toBe(`value 77 ${'x'.repeat(77)}`);
      expect(file.bucket('outer')?.bucket('middle')?.bucket('inner')?.get('deep')?.toString()).toBe('found');
    });
  });

  it('tells values, buckets and absent keys apart', () => {
    withFile(write(sample), (file) => {
      expect(file.bucket('absent')).toBeUndefined();
      expect(file.root().get('inline')).toBeUndefined();
      expect(file.bucket('inline')?.bucket('a')).toBeUndefined();
      expect(file.bucket('inline')?.get('b')).toEqual(Buffer.alloc(0));
      expect(file.bucket('inline')?.get('aa')).toBeUndefined();
      expect(file.bucket('empty')?.get('')).toBeUndefined();
    });
  });

  it('finds the keys of a prefix across pages', () => {
    withFile(write(sample), (file) => {
      const keys = [...(file.bucket('large')?.prefix('key 12') ?? [])].map((entry) => entry.key.toString());
      expect(keys).toEqual(
        Object.keys(sample['large'] ?? {})
          .filter((key) => key.startsWith('key 12'))
          .sort(byBytes),
      );
      expect([...(file.bucket('large')?.prefix('zzz') ?? [])]).toEqual([]);
    });
  });

  it('is read through a cache smaller than one page run without a difference', () => {
    withFile(write(sample), (file) => expect(read(file.root())).toEqual(sample), 1000);
  });

  it('is the same for the same input', () => {
    expect(readFileSync(write(sample)).equals(readFileSync(write(sample)))).toBe(true);
  });

  it('holds any tree (property)', () => {
    const leaf = fc.dictionary(fc.string({ minLength: 1, maxLength: 40 }), fc.string({ maxLength: 700 }), {
      maxKeys: 60,
      noNullPrototype: true,
    });
    const tree = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), leaf, { maxKeys: 8, noNullPrototype: true });
    fc.assert(
      fc.property(tree, fc.constantFrom(1024, 4096), (content, pageSize) => {
        withFile(write(content, pageSize), (file) => expect(read(file.root())).toEqual(content));
      }),
      { numRuns: 60 },
    );
  });
});

describe.skipIf(!existsSync(SHARED))('a database written by bbolt itself (skipped without ../shared)', () => {
  it('is read', () => {
    withFile(SHARED, (file) => {
      expect(file.root().verify()).toBeGreaterThan(80);
      const names = [...file.root().entries()].map((entry) => entry.key.toString());
      expect(names).toContain('alpine 3.10');
      expect(JSON.parse(String(file.bucket('debian 10')?.bucket('libidn2')?.get('CVE-2019-18224')))).toEqual({
        FixedVersion: '2.0.5-1+deb10u1',
        VendorIDs: ['DSA-4613-1'],
      });
      expect(JSON.parse(String(file.bucket('vulnerability')?.get('CVE-2019-18276')))).toHaveProperty('VendorSeverity');
    });
  });
});
