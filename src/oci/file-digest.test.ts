import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sha256OfFile } from './file-digest.ts';

const directory = mkdtempSync(join(tmpdir(), 'file-digest-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('sha256OfFile', () => {
  const bytes = randomBytes(3_000_000);
  const path = join(directory, 'file');
  writeFileSync(path, bytes);
  const expected = (from: number, size: number) =>
    createHash('sha256')
      .update(bytes.subarray(from, from + size))
      .digest('hex');

  it('hashes parts of every size, many at a time', async () => {
    const descriptor = openSync(path, 'r');
    const parts = [0, 1, 1000, 262_143, 262_144, 600_000, 2_999_999].map((size, index) => ({ from: index % 2, size }));
    const found = await Promise.all(parts.map(({ from, size }) => sha256OfFile(descriptor, from, size)));
    closeSync(descriptor);
    expect(found).toEqual(parts.map(({ from, size }) => expected(from, size)));
  });

  it('gives the digest of what there is where the file ends early', async () => {
    const descriptor = openSync(path, 'r');
    expect(await sha256OfFile(descriptor, 2_900_000, 1_000_000)).toBe(expected(2_900_000, 100_000));
    closeSync(descriptor);
  });

  it('tells what went wrong, and goes on afterwards', async () => {
    const descriptor = openSync(path, 'r');
    await expect(sha256OfFile(1_000_000, 0, 1_000_000)).rejects.toThrow(/EBADF/);
    expect(await sha256OfFile(descriptor, 0, 1_000_000)).toBe(expected(0, 1_000_000));
    closeSync(descriptor);
  });
});
