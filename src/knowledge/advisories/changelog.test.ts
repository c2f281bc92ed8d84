import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openDeb } from '../../packages/deb/archive/open.ts';
import type { DataMember, DebArchive } from '../../packages/deb/types.ts';
import { compareDebVersions } from '../../packages/deb/version/compare.ts';
import { changelogOf, cvesBetween, parseChangelog } from './changelog.ts';
import { cveIdsIn } from './cve-ids.ts';

const entry = (version: string, text: string) =>
  `pkg (${version}) stable; urgency=high\n\n  * ${text}\n\n -- A <a@example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n\n`;

describe('cveIdsIn', () => {
  const cases: readonly [string, readonly string[]][] = [
    ['Fix CVE-2024-1234 and cve-2023-99999.', ['CVE-2023-99999', 'CVE-2024-1234']],
    ['CVE-2024-1234/1235/22222', ['CVE-2024-1234', 'CVE-2024-1235', 'CVE-2024-22222']],
    ['CVE-2024-1234, -1235', ['CVE-2024-1234', 'CVE-2024-1235']],
    ['CVE-2024-{1234,1235}', ['CVE-2024-1234', 'CVE-2024-1235']],
    ['CVE-2024-1234 to CVE-2024-1236', ['CVE-2024-1234', 'CVE-2024-1235', 'CVE-2024-1236']],
    ['CVE-2024-0998-1001', ['CVE-2024-0998', 'CVE-2024-0999', 'CVE-2024-1000', 'CVE-2024-1001']],
    ['CVE-2024-1234..1235', ['CVE-2024-1234', 'CVE-2024-1235']],
    ['CVE-2024-1234 -\n    CVE-2024-1299', ['CVE-2024-1234', 'CVE-2024-1299']],
    ['CVE-2023-1234 to CVE-2024-1236', ['CVE-2023-1234', 'CVE-2024-1236']],
    ['CVE-2024-1234-2026-05-01', ['CVE-2024-1234']],
    ['CVE-2024-1 or NOTCVE-2024-1234x', []],
  ];
  it.each(cases)('%s', (text, ids) => expect(cveIdsIn(text)).toEqual(ids));

  it('finds every written id in any text, in linear time', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constant('CVE-2024-4321'))), (parts) => {
        const ids = cveIdsIn(parts.join(' '));
        expect(ids.includes('CVE-2024-4321')).toBe(parts.join(' ').includes('CVE-2024-4321'));
      }),
    );
    const started = performance.now();
    cveIdsIn('CVE-2024-1234, '.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('cvesBetween', () => {
  const text = [
    entry('1.2-1+deb12u2', 'CVE-2024-0003'),
    entry('1.2-1+deb12u1', 'CVE-2024-0002'),
    entry('1.2-1', 'CVE-2024-0001'),
    'Old-style notes\nLocal variables:\n',
  ].join('');

  it('takes what comes after the first version up to the second', () => {
    expect(cvesBetween(text, '1.2-1', '1.2-1+deb12u2', compareDebVersions)).toEqual(['CVE-2024-0002', 'CVE-2024-0003']);
    expect(cvesBetween(text, '1.2-1', '1.2-1+deb12u1', compareDebVersions)).toEqual(['CVE-2024-0002']);
    expect(cvesBetween(text, '1.2-1+deb12u2', '1.2-1+deb12u2', compareDebVersions)).toEqual([]);
  });

  it('goes by version order where a rebuild or trimming left no entry', () => {
    expect(cvesBetween(text, '1.2-1+b3', '1.2-1+deb12u2+b1', compareDebVersions)).toEqual([
      'CVE-2024-0002',
      'CVE-2024-0003',
    ]);
    expect(cvesBetween(text, '1.0-1', '1.2-1', compareDebVersions)).toEqual(['CVE-2024-0001']);
  });

  it('follows the order of the file: a branch may pass through higher versions', () => {
    const branch =
      entry('2-1~deb12u1', 'CVE-2024-0009') + entry('2-1', 'CVE-2024-0008') + entry('1-1', 'CVE-2024-0007');
    expect(cvesBetween(branch, '1-1', '2-1~deb12u1', compareDebVersions)).toEqual(['CVE-2024-0008', 'CVE-2024-0009']);
  });

  it('reads any text without failing', () => {
    fc.assert(
      fc.property(fc.string(), (noise) => {
        const versions = parseChangelog(`${noise}\n${text}`).map(({ version }) => version);
        expect(versions.slice(-3)).toEqual(['1.2-1+deb12u2', '1.2-1+deb12u1', '1.2-1']);
      }),
    );
  });
});

describe('changelogOf', () => {
  const file = (path: string, text: string): Partial<DataMember> => {
    const bytes = path.endsWith('.gz') ? gzipSync(text) : Buffer.from(text);
    return { path, type: 'file', size: bytes.length, read: () => bytes };
  };
  const link = (path: string, target: string): Partial<DataMember> => ({ path, type: 'symlink', size: 0, target });
  const archive = (...members: Partial<DataMember>[]): DebArchive => ({
    control: new Map([['Architecture', 'amd64']]),
    controlFiles: new Map(),
    members: members as DataMember[],
    close: () => {},
  });
  const versions = (name: string, archives: Record<string, DebArchive>) =>
    parseChangelog(changelogOf(name, new Map(Object.entries(archives))) ?? '').map(({ version }) => version);

  it('puts the entry of a rebuild before the changelog', () => {
    const a = archive(
      file('/usr/share/doc/a/changelog.gz', 'Version 7\n'),
      file('/usr/share/doc/a/changelog.Debian.amd64.gz', entry('1+b1', 'rebuild')),
      file('/usr/share/doc/a/changelog.Debian.gz', entry('1', 'one')),
    );
    expect(versions('a', { a })).toEqual(['1+b1', '1']);
  });

  it('reads the changelog of a native package, not that of upstream', () => {
    const native = archive(file('/usr/share/doc/a/changelog.gz', entry('3', 'three')));
    const upstream = archive(file('/usr/share/doc/a/changelog.gz', 'Changes in 3.1 (2026)\n'));
    expect(versions('a', { a: native })).toEqual(['3']);
    expect(versions('a', { a: upstream })).toEqual([]);
  });

  it('follows links of the directory and of the file to another package at hand', () => {
    const b = archive(file('/usr/share/doc/b/changelog.Debian.gz', entry('2', 'two')));
    const directory = archive(link('/usr/share/doc/a', 'b'));
    const changelog = archive(link('/usr/share/doc/a/changelog.Debian.gz', '../b/changelog.Debian.gz'));
    expect(versions('a', { a: directory, b })).toEqual(['2']);
    expect(versions('a', { a: changelog, b })).toEqual(['2']);
    expect(versions('a', { a: directory })).toEqual([]);
    expect(versions('a', { a: directory, b: archive(link('/usr/share/doc/b', 'a')) })).toEqual([]);
  });

  it('refuses a damaged changelog', () => {
    const broken = { ...file('/usr/share/doc/a/changelog.Debian', 'x'), path: '/usr/share/doc/a/changelog.Debian.gz' };
    expect(() => versions('a', { a: archive(broken) })).toThrow('changelog.Debian.gz is not a readable changelog');
  });
});

// Needs apt with the lists of a Debian release, and the archive reachable.
const downloads = mkdtempSync(join(tmpdir(), 'suture-changelog-'));
const NAMES = ['bash', 'zip', 'dpkg', 'libpython3.11-stdlib', 'libpython3.11-minimal'];
const fetched = spawnSync('apt-get', ['-q', 'download', ...NAMES], { cwd: downloads }).status === 0;
afterAll(() => rmSync(downloads, { recursive: true, force: true }));

describe.skipIf(!fetched)('changelogs of real packages', () => {
  it('finds each, with the version of the package as its newest entry', async () => {
    const archives = new Map<string, DebArchive>();
    for (const file of readdirSync(downloads).filter((name) => name.endsWith('.deb'))) {
      const archive = await openDeb(join(downloads, file));
      archives.set(archive.control.get('Package') ?? '', archive);
    }
    for (const [name, archive] of archives) {
      const entries = parseChangelog(changelogOf(name, archives) ?? '');
      expect(entries[0]?.version, name).toBe(archive.control.get('Version'));
      const reference = spawnSync('dpkg-parsechangelog', ['--all', '--format', 'rfc822', '-l', '-'], {
        input: Buffer.from(changelogOf(name, archives) ?? '', 'latin1'),
      });
      if (reference.status === 0) {
        const known = [...reference.stdout.toString('latin1').matchAll(/^Version: (.*)$/gm)].map((match) => match[1]);
        // dpkg stops where the oldest changelogs turn to free form.
        expect(entries.slice(0, known.length).map(({ version }) => version)).toEqual(known);
        expect(known.length).toBeGreaterThan(1);
      }
      archive.close();
    }
    expect(archives.size).toBe(NAMES.length);
  });
});
