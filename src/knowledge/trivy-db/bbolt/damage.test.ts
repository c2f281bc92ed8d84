import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { read, sample, type Tree, toBucket, withFile } from '../../../../test/support/bolt-trees.ts';
import { writeBolt } from '../../../../test/support/bolt-writer.ts';
import { isSutureError } from '../../../core/errors/error.ts';
import { openBolt } from './bolt-file.ts';
import type { Bucket } from './bucket.ts';
import { fnv1a64 } from './format.ts';

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

describe('the meta pages', () => {
  const withMeta = (change: (bytes: Buffer) => void) => {
    const bytes = readFileSync(write(sample));
    change(bytes);
    const path = newPath();
    writeFileSync(path, bytes);
    return path;
  };
  const sum = (bytes: Buffer, page: number) => {
    const body = bytes.subarray(page * 4096 + 16, page * 4096 + 80);
    body.writeBigUInt64LE(fnv1a64(body.subarray(0, 56)), 56);
  };

  it('fall back to the other when one is damaged', () => {
    for (const offset of [16, 4096 + 16, 40, 4096 + 60]) {
      withFile(
        withMeta((bytes) => bytes.fill(0xff, offset, offset + 4)),
        (file) => expect(read(file.root())).toEqual(sample),
      );
    }
  });

  it('of the higher transaction counts, even when its root then is wrong', () => {
    const path = withMeta((bytes) => {
      bytes.writeBigUInt64LE(9n, 16 + 48);
      bytes.writeBigUInt64LE(2n, 16 + 16);
      sum(bytes, 0);
    });
    withFile(path, (file) => expect(() => file.bucket('inline')).toThrow(/page flags 16/));
  });

  const bothMetas = (value: number, offset: number) => (bytes: Buffer) => {
    for (const page of [0, 1]) {
      bytes.writeUInt32LE(value, page * 4096 + offset);
      sum(bytes, page);
    }
  };

  it.each([
    ['both damaged', (bytes: Buffer) => bytes.fill(0, 0, 8192)],
    ['an odd page size', bothMetas(4095, 24)],
    ['another version', bothMetas(3, 20)],
  ])('with %s are refused', (_, change) => {
    expect(() => openBolt(withMeta(change))).toThrow(/no valid meta page/);
  });

  it('tell a truncated file', () => {
    const path = write(sample);
    const descriptor = openSync(path, 'r+');
    ftruncateSync(descriptor, readFileSync(path).length - 1);
    closeSync(descriptor);
    expect(() => openBolt(path)).toThrow(/truncated/);
  });
});

describe('hostile pages', () => {
  /** Page numbers of the sample: the last page written is the root. */
  const hostile = (change: (bytes: Buffer, page: (id: number) => Buffer) => void) => {
    const bytes = readFileSync(write(sample));
    change(bytes, (id) => bytes.subarray(id * 4096, (id + 1) * 4096));
    const path = newPath();
    writeFileSync(path, bytes);
    return path;
  };
  const branchOf = (bytes: Buffer) => {
    for (let at = 3 * 4096; at < bytes.length; at += 4096) if (bytes.readUInt16LE(at + 8) === 1) return at / 4096;
    throw new Error('the sample has no branch page');
  };
  const refuses = (path: string, pattern: RegExp) =>
    withFile(path, (file) => expect(() => file.root().verify()).toThrow(pattern));

  it('a branch that is its own child', () => {
    const path = hostile((bytes, page) => {
      const id = branchOf(bytes);
      page(id).writeBigUInt64LE(BigInt(id), 16 + 8);
    });
    refuses(path, /used twice/);
    withFile(path, (file) => expect(() => file.bucket('large')?.get('key 0')).toThrow(/too deep/));
  });

  it('a child used by two parents', () => {
    refuses(
      hostile((bytes, page) => {
        const branch = page(branchOf(bytes));
        branch.writeBigUInt64LE(branch.readBigUInt64LE(16 + 8), 32 + 8);
      }),
      /used twice/,
    );
  });

  it.each([
    ['beyond the file', 1n << 40n],
    ['beyond 2^53', 0xffffffffffffffffn],
    ['a meta page', 0n],
  ])('a child %s', (_, id) => {
    refuses(
      hostile((bytes, page) => page(branchOf(bytes)).writeBigUInt64LE(id, 16 + 8)),
      /outside the file/,
    );
  });

  it('a page that claims too much overflow', () => {
    refuses(
      hostile((bytes, page) => page(branchOf(bytes)).writeUInt32LE(0xffffffff, 12)),
      /claims 4294967296 pages/,
    );
  });

  it('an element that points outside its page', () => {
    refuses(
      hostile((bytes, page) => page(branchOf(bytes)).writeUInt32LE(0xfffffff0, 16)),
      /outside its page/,
    );
  });

  it('more elements than the page holds', () => {
    refuses(
      hostile((bytes, page) => page(branchOf(bytes)).writeUInt16LE(0xffff, 10)),
      /do not fit/,
    );
  });

  it('keys out of order', () => {
    refuses(
      hostile((bytes) => {
        const at = bytes.indexOf('key 101value 101');
        bytes.write('zzz', at);
      }),
      /out of order/,
    );
  });
});

/** Reads everything there is, by every way of reading. */
function readAll(path: string): void {
  withFile(path, (file) => {
    const visit = (bucket: Bucket, depth: number): void => {
      for (const entry of bucket.entries()) {
        if (entry.kind === 'value') bucket.get(entry.key);
        else if (depth < 5) visit(entry.bucket, depth + 1);
      }
    };
    for (const name of ['vulnerability', 'Red Hat', 'large', 'long']) file.bucket(name)?.get('CVE-2019-18276');
    file.root().verify();
    visit(file.root(), 0);
  });
}

function survivesDamage(original: Buffer, numRuns: number): { damaged: number } {
  const path = newPath();
  const count = { damaged: 0 };
  const edit = fc.record({
    at: fc.nat(original.length - 1),
    value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 0xff)),
    length: fc.constantFrom(1, 1, 2, 4, 8, 600),
  });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 30 }), fc.option(fc.nat(original.length)), (edits, cut) => {
      const bytes = Buffer.from(original);
      for (const { at, value, length } of edits) bytes.fill(value, at, Math.min(at + length, bytes.length));
      writeFileSync(path, cut === null ? bytes : bytes.subarray(0, cut));
      try {
        readAll(path);
      } catch (error) {
        if (!isSutureError(error, 'DATABASE_INVALID')) throw error;
        count.damaged++;
      }
    }),
    { numRuns },
  );
  return count;
}

describe('damage', () => {
  it('anywhere gives a coded error or other data, never a crash or a hang (property)', () => {
    expect(survivesDamage(readFileSync(write(sample, 1024)), 400).damaged).toBeGreaterThan(50);
  });

  it.skipIf(!existsSync(SHARED))('of a real database too (property; skipped without ../shared)', () => {
    expect(survivesDamage(readFileSync(SHARED), 100).damaged).toBeGreaterThan(10);
  });

  it('that makes it no file is told', () => {
    expect(() => openBolt(directory)).toThrow(/not a regular file/);
    expect(() => openBolt(join(directory, 'absent'))).toThrow(/cannot read/);
  });
});
