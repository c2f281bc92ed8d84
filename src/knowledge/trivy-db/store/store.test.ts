import { mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  databaseArchive,
  databaseBytes,
  databaseTree,
  metadataBytes,
} from '../../../../test/support/database-artifact.ts';
import { withDirectory } from '../../../../test/support/images.ts';
import { sha256 } from '../../../core/digest.ts';
import { importDatabase } from './fetch.ts';
import { formatAge, requireFresh } from './freshness.ts';
import { VulnerabilityDatabaseStore } from './store.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-01-10T00:00:00Z');
const clock = { now: () => NOW, sleep: () => Promise.resolve() };
const context = { openRegistry: () => Promise.reject(new Error('no network in this test')) };

interface Place {
  readonly directory: string;
  readonly store: VulnerabilityDatabaseStore;
  /** Imports a database that differs by its note, and gives its digest. */
  readonly add: (note: string) => Promise<string>;
  readonly archive: (members: Record<string, Buffer>) => Promise<string>;
}

async function withStore(work: (place: Place) => Promise<void>, keep?: number): Promise<void> {
  await withDirectory(async (directory) => {
    const store = new VulnerabilityDatabaseStore(join(directory, 'cache'), { clock, ...(keep ? { keep } : {}) });
    const archive = async (members: Record<string, Buffer>) => {
      const path = join(directory, 'db.tar.gz');
      await writeFile(path, await databaseArchive(members));
      return path;
    };
    const add = async (note: string) => {
      const database = databaseBytes(directory, databaseTree(note));
      const path = await archive({
        'trivy.db': database,
        'metadata.json': metadataBytes('2026-01-09T00:00:00.123456789Z'),
      });
      return (await importDatabase(store, path, context)).digest;
    };
    await work({ directory, store, add, archive });
  });
}

const notes = async (store: VulnerabilityDatabaseStore) => {
  const database = await store.open();
  try {
    return database.details('CVE-1')?.title;
  } finally {
    database.close();
  }
};

describe('the store', () => {
  it('without a database says so', () =>
    withStore(async ({ store }) => {
      expect(await store.status()).toEqual([]);
      await expect(store.open()).rejects.toMatchObject({ code: 'DATABASE_MISSING', exitCode: 4 });
      await expect(store.rollback()).rejects.toMatchObject({ code: 'DATABASE_MISSING' });
      expect(await store.prune()).toEqual([]);
    }));

  it('keeps each database under its digest and tells of it', () =>
    withStore(async ({ directory, store, add }) => {
      const digest = await add('first');
      expect(digest).toBe(sha256(databaseBytes(directory, databaseTree('first'))));
      const [status] = await store.status();
      expect(status).toMatchObject({
        digest,
        active: true,
        schema: 2,
        updatedAt: '2026-01-09T00:00:00.123456789Z',
        downloadedAt: '2026-01-10T00:00:00.000Z',
        size: (await readFile(status?.path ?? '')).length,
      });
      expect(Math.round((status?.ageMs ?? 0) / DAY)).toBe(1);
      expect(await notes(store)).toBe('first');
    }));

  it('keeps the last three, and rolls back one by one', () =>
    withStore(async ({ store, add }) => {
      const digests = [];
      for (const note of ['1', '2', '3', '4']) digests.push(await add(note));
      expect((await store.status()).map(({ digest }) => digest)).toEqual(digests.slice(1).reverse());
      expect((await readdir(store.directory)).filter((name) => /^[0-9a-f]{64}$/.test(name))).toHaveLength(3);
      expect((await store.rollback()).digest).toBe(digests[2]);
      expect(await notes(store)).toBe('3');
      expect((await store.rollback()).digest).toBe(digests[1]);
      await expect(store.rollback()).rejects.toMatchObject({ code: 'DATABASE_MISSING' });
      expect(await notes(store)).toBe('2');
    }));

  it('never prunes the active one', () =>
    withStore(async ({ store, add }) => {
      const [first, second] = [await add('1'), await add('2')];
      await store.rollback();
      expect(await store.prune(1)).toEqual([second]);
      expect((await store.status()).map(({ digest }) => digest)).toEqual([first]);
      expect(await notes(store)).toBe('1');
    }));

  it('takes the same database again without harm, and repairs it', () =>
    withStore(async ({ store, add }) => {
      await add('1');
      const reader = await store.open();
      await truncate((await store.active()).path, 100);
      await expect(store.open()).rejects.toMatchObject({ code: 'DATABASE_MISSING' });
      await add('1');
      expect(await notes(store)).toBe('1');
      expect(await store.status()).toHaveLength(1);
      reader.close();
    }));

  it('serves a reader to the end, whatever is pruned meanwhile', () =>
    withStore(async ({ store, add }) => {
      await add('1');
      const reader = await store.open();
      await add('2');
      await store.prune(1);
      expect(reader.details('CVE-1')?.title).toBe('1');
      reader.close();
      expect(await notes(store)).toBe('2');
    }, 1));

  it('adds databases at the same time one after another', () =>
    withStore(async ({ directory, store }) => {
      const sources = await Promise.all(
        ['a', 'b', 'c'].map(async (note) => {
          const from = join(directory, note);
          await mkdir(from);
          await writeFile(join(from, 'trivy.db'), databaseBytes(directory, databaseTree(note)));
          await writeFile(join(from, 'metadata.json'), metadataBytes('2026-01-01T00:00:00Z'));
          return from;
        }),
      );
      await Promise.all(sources.map((from) => importDatabase(store, from, context)));
      expect(await store.status()).toHaveLength(3);
      expect((await store.status()).filter(({ active }) => active)).toHaveLength(1);
    }));

  it('sweeps up what a killed process left after a day', () =>
    withStore(async ({ store, add }) => {
      await add('1');
      for (const [name, age] of [
        ['old', 2 * DAY],
        ['new', 0],
      ] as const) {
        const path = join(store.directory, `incoming-${name}`);
        await mkdir(path);
        await utimes(path, new Date(NOW - age), new Date(NOW - age));
      }
      await add('2');
      expect((await readdir(store.directory)).filter((name) => name.startsWith('incoming-'))).toEqual(['incoming-new']);
    }));

  it('tells a damaged state file', () =>
    withStore(async ({ store, add }) => {
      await add('1');
      await writeFile(join(store.directory, 'state.json'), '{');
      await expect(store.open()).rejects.toMatchObject({ code: 'DATABASE_INVALID' });
    }));
});

describe('a database that is not one', () => {
  const cases: [string, string, (good: Buffer) => Record<string, Buffer>][] = [
    ['no metadata', 'DATABASE_INVALID', (good) => ({ 'trivy.db': good })],
    ['no database', 'DATABASE_INVALID', () => ({ 'metadata.json': metadataBytes('2026-01-01T00:00:00Z') })],
    ['a third member', 'DATABASE_INVALID', (good) => ({ 'trivy.db': good, '../x': good })],
    [
      'metadata that is no JSON',
      'DATABASE_INVALID',
      (good) => ({ 'trivy.db': good, 'metadata.json': Buffer.from('x') }),
    ],
    ['no time', 'DATABASE_INVALID', (good) => ({ 'trivy.db': good, 'metadata.json': Buffer.from('{"Version":2}') })],
    [
      'schema 1',
      'DATABASE_UNSUPPORTED',
      (good) => ({ 'trivy.db': good, 'metadata.json': metadataBytes('2026-01-01T00:00:00Z', 1) }),
    ],
    [
      'schema 3',
      'DATABASE_UNSUPPORTED',
      (good) => ({ 'trivy.db': good, 'metadata.json': metadataBytes('2026-01-01T00:00:00Z', 3) }),
    ],
    [
      'a cut file',
      'DATABASE_INVALID',
      (good) => ({ 'trivy.db': good.subarray(0, -1), 'metadata.json': metadataBytes('2026-01-01T00:00:00Z') }),
    ],
    ['huge metadata', 'LIMIT_EXCEEDED', (good) => ({ 'trivy.db': good, 'metadata.json': Buffer.alloc(100_000) })],
  ];
  it.each(cases)('with %s is refused as %s, and the old one stays', (_, code, members) =>
    withStore(async ({ directory, store, add, archive }) => {
      await add('good');
      const path = await archive(members(databaseBytes(directory, databaseTree('bad'))));
      await expect(importDatabase(store, path, context)).rejects.toMatchObject({ code });
      expect(await notes(store)).toBe('good');
      expect((await readdir(store.directory)).filter((name) => name.startsWith('incoming-'))).toEqual([]);
    }),
  );

  it.each([
    ['vulnerability', { ...databaseTree(), vulnerability: {} }],
    ['data-source', { 'debian 12': { a: {} }, vulnerability: { 'CVE-1': {} } }],
    ['any operating system', { 'data-source': { x: {} }, 'npm::x': { a: {} }, vulnerability: { 'CVE-1': {} } }],
  ])('without %s is refused', (what, tree) =>
    withStore(async ({ directory, store, archive }) => {
      const metadata = metadataBytes('2026-01-01T00:00:00Z');
      const path = await archive({ 'trivy.db': databaseBytes(directory, tree), 'metadata.json': metadata });
      await expect(importDatabase(store, path, context)).rejects.toThrow(new RegExp(what));
      expect(await store.status()).toEqual([]);
    }),
  );

  it('in which one page is broken is refused, wherever it is', () =>
    withStore(async ({ directory, store, archive }) => {
      const many = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`CVE-${n}`, { Title: 'x'.repeat(60) }]));
      const good = databaseBytes(directory, { ...databaseTree(), vulnerability: many });
      for (let page = 3; page * 4096 < good.length; page++) {
        const bytes = Buffer.from(good);
        bytes.writeUInt16LE(0x7777, page * 4096 + 8);
        const path = await archive({ 'trivy.db': bytes, 'metadata.json': metadataBytes('2026-01-01T00:00:00Z') });
        await expect(importDatabase(store, path, context)).rejects.toMatchObject({ code: 'DATABASE_INVALID' });
      }
    }));

  it('or a path that is not there is told', () =>
    withStore(async ({ directory, store, archive }) => {
      await expect(importDatabase(store, join(directory, 'absent'), context)).rejects.toMatchObject({
        code: 'FILE_UNREADABLE',
      });
      await expect(importDatabase(store, directory, context)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
      const path = await archive({});
      await truncate(path, 10);
      await expect(importDatabase(store, path, context)).rejects.toMatchObject({ code: 'COMPRESSION_INVALID' });
      await rm(path);
    }));
});

describe('the age policy', () => {
  const database = { updatedAt: '2026-01-07T00:00:00Z' };
  it('counts from when the database was built', () => {
    expect(() => requireFresh(database, 3 * DAY, clock)).not.toThrow();
    expect(() => requireFresh(database, 3 * DAY - 1, clock)).toThrow(
      expect.objectContaining({
        code: 'DATABASE_STALE',
        exitCode: 4,
        message: expect.stringContaining('is 3 days old') as string,
      }),
    );
  });

  it('takes an unreadable time for stale', () => {
    expect(() => requireFresh({ updatedAt: 'yesterday' }, DAY, clock)).toThrow(/DATABASE_STALE|old/);
  });

  it.each([
    [0, '0 minutes'],
    [60_000, '1 minute'],
    [DAY, '24 hours'],
    [3 * DAY, '3 days'],
  ])('prints %i ms as %s', (ms, text) => expect(formatAge(ms)).toBe(text));
});
