import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSutureError } from '../../../core/errors/error.ts';
import type { InstalledRpm } from '../types.ts';
import { readRpmManifest } from './manifest.ts';
import { parseSourceRpm, readRpmDatabase } from './read.ts';

const fixtures = new URL('../../../../../shared/fixtures/rpmdb/', import.meta.url);
const FILES = [
  { file: 'cbl-mariner-2.0.sqlite', backend: 'sqlite', name: 'rpmdb.sqlite', count: 129, rpmBackend: 'sqlite' },
  { file: 'libuuid.bdb', backend: 'bdb', name: 'Packages', count: 1, rpmBackend: 'bdb_ro' },
  { file: 'sle15-bci.ndb', backend: 'ndb', name: 'Packages.db', count: 35, rpmBackend: undefined },
] as const;
const hasRpm = spawnSync('rpm', ['--version']).status === 0;
const QUERY =
  '%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE} %{ARCH} %{SOURCERPM} %{VENDOR} %{LICENSE} %{SIGMD5} [%{PROVIDENAME},]\\n';

function line({ provides, sigMd5, ...p }: InstalledRpm): string {
  const evr = `${p.epoch}:${p.version}-${p.release}`;
  return `${p.name} ${evr} ${p.arch} ${p.sourceRpm} ${p.vendor} ${p.license} ${sigMd5} ${provides.map((name) => `${name},`).join('')}`;
}

describe.each(FILES)('readRpmDatabase on $file', ({ file, backend, name, count, rpmBackend }) => {
  const path = new URL(file, fixtures);
  const missing = !existsSync(path);

  it.skipIf(missing)('reads every package', () => {
    const database = readRpmDatabase(readFileSync(path), file);
    expect(database.backend).toBe(backend);
    expect(database.packages.length).toBe(count);
    for (const { version, release, arch, sigMd5 } of database.packages) {
      expect([version, release, arch].every((text) => text !== '')).toBe(true);
      expect(sigMd5).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  it.skipIf(missing || !hasRpm || rpmBackend === undefined)('reads what rpm reads (needs rpm)', () => {
    const directory = mkdtempSync(join(tmpdir(), 'suture-rpmdb-'));
    try {
      writeFileSync(join(directory, name), readFileSync(path));
      const args = ['-qa', '--dbpath', directory, '--define', `_db_backend ${rpmBackend}`, '--qf', QUERY];
      const { stdout } = spawnSync('rpm', args, { encoding: 'latin1' });
      const expected = stdout.split('\n').slice(0, -1).sort();
      expect(expected.length).toBe(count);
      expect(readRpmDatabase(readFileSync(path), file).packages.map(line).sort()).toEqual(expected);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.skipIf(missing)('reads any damaged copy or refuses it with its own error', () => {
    const original = readFileSync(path);
    // Damage where the structure is: a header, a page header, a pointer; and anywhere else.
    const near = fc.nat(Math.min(8192, original.length - 1));
    const place = fc.oneof(
      near,
      fc.nat(original.length - 1),
      near.map((offset) => (offset * 4096) % original.length),
    );
    const change = fc.tuple(place, fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(original.length)),
        (changes, cut) => {
          const damaged = Buffer.from(original);
          for (const [offset, value, length] of changes)
            damaged.fill(value, offset, Math.min(offset + length, damaged.length));
          try {
            const { packages } = readRpmDatabase(cut === null ? damaged : damaged.subarray(0, cut), file);
            expect(packages.length).toBeLessThanOrEqual(count + 1);
          } catch (error) {
            if (!isSutureError(error, 'DATABASE_UNREADABLE')) throw error;
          }
        },
      ),
      { numRuns: 120, seed: 20261120 },
    );
  });
});

describe('readRpmDatabase', () => {
  it('refuses what is no database', () => {
    expect(() => readRpmDatabase(Buffer.alloc(8192), 'var/lib/rpm/Packages')).toThrow(/neither SQLite nor ndb/);
    expect(() => readRpmDatabase(Buffer.alloc(0), 'var/lib/rpm/Packages')).toThrow(/var\/lib\/rpm\/Packages/);
  });

  const hasSqlite = spawnSync('sqlite3', ['--version']).status === 0;
  it.skipIf(!hasSqlite || !existsSync(fixtures))('follows interior pages of any page size (needs sqlite3)', () => {
    const directory = mkdtempSync(join(tmpdir(), 'suture-rpmdb-'));
    const source = new URL('cbl-mariner-2.0.sqlite', fixtures).pathname;
    const expected = readRpmDatabase(readFileSync(source), 'fixture').packages;
    try {
      for (const pageSize of [512, 65536]) {
        const file = join(directory, `${pageSize}.sqlite`);
        const script = `PRAGMA page_size=${pageSize}; ATTACH '${source}' AS s; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL); INSERT INTO Packages SELECT * FROM s.Packages;`;
        expect(spawnSync('sqlite3', [file], { input: script, encoding: 'utf8' }).stderr).toBe('');
        expect(readRpmDatabase(readFileSync(file), 'copy').packages).toEqual(expected);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('readRpmManifest', () => {
  it('reads the ten fields', () => {
    const text =
      'mariner-release\t2.0-12.cm2\t1653816591\t1653753130\tMicrosoft Corporation\t(none)\t580\tnoarch\t0\tmariner-release-2.0-12.cm2.src.rpm\n' +
      'openssl\t1.1.1k-15.cm2\t1653816609\t1651788393\tMicrosoft Corporation\t(none)\t1\tx86_64\t3\topenssl-1.1.1k-15.cm2.src.rpm\n';
    const packages = readRpmManifest(text, 'manifest');
    expect(packages.map(({ name, epoch, version, release, arch }) => [name, epoch, version, release, arch])).toEqual([
      ['mariner-release', 0, '2.0', '12.cm2', 'noarch'],
      ['openssl', 3, '1.1.1k', '15.cm2', 'x86_64'],
    ]);
    expect(packages[0]?.vendor).toBe('Microsoft Corporation');
  });

  it.each(['a\tb', 'a\t1\t\t\t\t\t\t\t0\t', 'a\t1-1\t\t\t\t\t\t\tx\t'])('refuses the line %j', (text) => {
    expect(() => readRpmManifest(text, 'manifest')).toThrow(/manifest, line 1/);
  });
});

describe('parseSourceRpm', () => {
  it('splits from the right', () => {
    expect(parseSourceRpm('java-1.8.0-openjdk-1.8.0.322.b06-1.el8_5.src.rpm')).toEqual({
      name: 'java-1.8.0-openjdk',
      version: '1.8.0.322.b06',
      release: '1.el8_5',
    });
    expect(parseSourceRpm('(none)')).toBeUndefined();
  });
});
