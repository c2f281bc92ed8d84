import { type BoltFile, openBolt } from '../../src/knowledge/trivy-db/bbolt/bolt-file.ts';
import type { Bucket } from '../../src/knowledge/trivy-db/bbolt/bucket.ts';
import type { BoltBucket } from './bolt-writer.ts';

export interface Tree {
  readonly [key: string]: string | Tree;
}

export const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
export const toBucket = (tree: Tree): BoltBucket => ({
  entries: Object.keys(tree)
    .sort(byBytes)
    .map((key) => {
      const value = tree[key] ?? '';
      return [key, typeof value === 'string' ? Buffer.from(value) : toBucket(value)] as const;
    }),
});

export function read(bucket: Bucket): Tree {
  // fromEntries also keeps a key named __proto__.
  return Object.fromEntries(
    [...bucket.entries()].map((entry) => [
      entry.key.toString(),
      entry.kind === 'value' ? entry.value.toString() : read(entry.bucket),
    ]),
  );
}

export function withFile<T>(path: string, use: (file: BoltFile) => T, cacheBytes?: number): T {
  const file = openBolt(path, cacheBytes);
  try {
    return use(file);
  } finally {
    file.close();
  }
}

/** Inline buckets, branch pages, overflow pages and a bucket in a bucket in one small file. */
export const sample: Tree = {
  empty: {},
  inline: { a: '1', b: '' },
  large: Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`key ${n}`, `value ${n} ${'x'.repeat(n % 90)}`])),
  long: { value: 'y'.repeat(20_000), z: 'after' },
  outer: { middle: { inner: { deep: 'found' } } },
  'ключ €': { é: 'utf-8' },
};
