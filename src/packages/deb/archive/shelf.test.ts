import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DebArchive } from '../types.ts';
import { ExpandPool } from './expand-pool.ts';
import { DebShelf } from './shelf.ts';

const hasDpkgDeb = spawnSync('dpkg-deb', ['--version']).status === 0;

describe.skipIf(!hasDpkgDeb)('DebShelf (needs dpkg-deb)', () => {
  const directory = mkdtempSync(join(tmpdir(), 'deb-shelf-'));
  const expandedCache = join(directory, 'expanded');
  /** Kept in memory, read from the file again, hashed and listed in pieces: each way a tar can be held. */
  const contents = [1000, 300_000, 6_000_000].map((size) => randomBytes(size));
  const files: string[] = [];

  beforeAll(() => {
    for (const [index, content] of contents.entries()) {
      const root = join(directory, `root-${index}`);
      mkdirSync(join(root, 'DEBIAN'), { recursive: true });
      const control = `Package: p${index}\nVersion: 1\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: x\n`;
      writeFileSync(join(root, 'DEBIAN/control'), control);
      writeFileSync(join(root, 'data'), content);
      const file = join(directory, `p${index}.deb`);
      execFileSync('dpkg-deb', ['-Zxz', '-z0', '--root-owner-group', '-b', root, file], { stdio: 'pipe' });
      files.push(file);
    }
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  function dataOf(archive: DebArchive): Uint8Array | undefined {
    return archive.members.find(({ path }) => path === '/data')?.read();
  }

  it.each(['empty', 'filled'])('reads the same content with a cache that is %s', async () => {
    const shelf = new DebShelf({ expandedCache });
    const archives = await Promise.all(files.map((file) => shelf.open(file)));
    for (const [index, archive] of archives.entries()) {
      expect(Buffer.compare(dataOf(archive) ?? Buffer.alloc(0), contents[index] ?? Buffer.alloc(0))).toBe(0);
    }
    shelf.close();
    expect(readdirSync(expandedCache).filter((name) => name.endsWith('.tar'))).toHaveLength(files.length);
  });

  it('opens each package once and keeps it open until it is closed itself', async () => {
    const shelf = new DebShelf({ expandedCache });
    const file = files[2] ?? '';
    const [one, other] = await Promise.all([shelf.open(file), shelf.open(file)]);
    expect(one).toBe(other);
    one?.close();
    expect(dataOf(await shelf.open(file))).toHaveLength(6_000_000);
    shelf.close();
    expect(() => dataOf(one as DebArchive)).toThrow();
  });

  it('decompresses a package once for two images that have it at the same moment', async () => {
    const pool = new ExpandPool(1);
    const run = vi.spyOn(pool, 'run');
    const cache = join(directory, 'expanded-together');
    const shelves = [0, 1].map(() => new DebShelf({ expandedCache: cache, pool }));
    const archives = await Promise.all(shelves.map((shelf) => shelf.open(files[2] ?? '')));
    expect(run).toHaveBeenCalledTimes(1);
    shelves[0]?.close();
    expect(dataOf(archives[1] as DebArchive)).toHaveLength(6_000_000);
    shelves[1]?.close();
    await pool.close();
  });

  it('does not remember a failure', async () => {
    const shelf = new DebShelf({ expandedCache });
    const later = join(directory, 'later.deb');
    await expect(shelf.open(later)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    execFileSync('cp', [files[0] ?? '', later]);
    expect(dataOf(await shelf.open(later))).toHaveLength(1000);
    shelf.close();
  });

  it('closes what is still being opened', async () => {
    const shelf = new DebShelf({ expandedCache });
    const opening = shelf.open(files[2] ?? '');
    shelf.close();
    const archive = await opening;
    expect(() => dataOf(archive)).toThrow();
  });
});
