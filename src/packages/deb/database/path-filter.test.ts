import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { readPathFilter } from './path-filter.ts';
import { imageWith as temporaryImage } from './testing/disk-tree.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

function imageWith(files: Readonly<Record<string, string>>): { tree: VirtualTree; root: string } {
  const image = temporaryImage(files);
  roots.push(image.root);
  return image;
}

const hasDpkg = spawnSync('dpkg', ['--version']).status === 0;

describe('readPathFilter', () => {
  const docker =
    'path-exclude /usr/share/doc/*\npath-include /usr/share/doc/*/copyright\n# comment\npath-exclude=/usr/share/man/*\n path-exclude = "/usr/share/locale/*"\n';

  it('keeps what slim images keep', () => {
    const { tree } = imageWith({
      'etc/dpkg/dpkg.cfg.d/docker': docker,
      'etc/dpkg/dpkg.cfg.d/ignored.dpkg-old': 'path-exclude /*\n',
      'etc/dpkg/dpkg.cfg': 'path-include=/usr/share/locale/de/*\n',
    });
    const filter = readPathFilter(tree);
    const excluded = (path: string, type: 'file' | 'directory' | 'symlink' = 'file'): boolean =>
      filter.excludes({ path, type });
    expect(excluded('/usr/share/doc/a/changelog.gz')).toBe(true);
    expect(excluded('/usr/share/doc/a/copyright')).toBe(false);
    expect(excluded('/usr/share/doc/a', 'directory')).toBe(false);
    expect(excluded('/usr/share/doc/a', 'symlink')).toBe(false);
    expect(excluded('/usr/share/man/man1', 'directory')).toBe(true);
    expect(excluded('/usr/share/locale/de/LC_MESSAGES/x.mo')).toBe(false);
    expect(excluded('/usr/share/locale/fr/LC_MESSAGES/x.mo')).toBe(true);
    expect(excluded('/usr/bin/x')).toBe(false);
    expect(excluded('/.', 'directory')).toBe(false);
  });

  it.skipIf(!hasDpkg || process.getuid?.() !== 0)(
    'decides as dpkg itself for an unpacked package (needs dpkg and root)',
    () => {
      const { root } = imageWith({});
      const build = join(root, 'build');
      const paths = [
        'usr/share/doc/a/copyright',
        'usr/share/doc/a/x',
        'usr/share/doc/a/sub/y',
        'usr/share/man/man1/m',
        'opt/[a]b',
        'opt/.c',
        'opt/d/e',
      ];
      for (const path of paths) {
        mkdirSync(dirname(join(build, path)), { recursive: true });
        writeFileSync(join(build, path), 'x');
      }
      mkdirSync(join(build, 'DEBIAN'));
      writeFileSync(
        join(build, 'DEBIAN/control'),
        'Package: f\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: f\n',
      );
      const deb = join(root, 'f.deb');
      spawnSync('dpkg-deb', ['-b', build, deb]);
      const sets = [
        ['exclude=/usr/share/doc/*', 'include=/usr/share/doc/*/copyright', 'exclude=/usr/share/man*'],
        ['exclude=/*', 'include=/opt/\\[a\\]*'],
        ['exclude=/opt/[!.]*', 'exclude=/usr/*/[[:alpha:]]/*', 'include=/usr/share/man/man1/?'],
        ['exclude=*/a/*', 'include=/usr/share/doc/a/sub', 'exclude=/opt/?*[bc]'],
      ];
      for (const [index, set] of sets.entries()) {
        const target = join(root, `target${index}`);
        for (const name of ['info', 'updates', 'triggers'])
          mkdirSync(join(target, 'var/lib/dpkg', name), { recursive: true });
        for (const name of ['status', 'available']) writeFileSync(join(target, 'var/lib/dpkg', name), '');
        const options = set.map((rule) => `--path-${rule}`);
        const run = spawnSync(
          'dpkg',
          [`--root=${target}`, '--force-all', '--log=/dev/null', ...options, '--unpack', deb],
          { encoding: 'utf8' },
        );
        expect(run.status, run.stderr).toBe(0);
        const listing = readFileSync(join(target, 'var/lib/dpkg/info/f.list'), 'latin1').trimEnd().split('\n').slice(1);
        const { tree } = imageWith({ 'etc/dpkg/dpkg.cfg': set.map((rule) => `path-${rule}\n`).join('') });
        const filter = readPathFilter(tree);
        const kept = listing.filter((path) => {
          const type = statSync(join(build, path)).isDirectory() ? 'directory' : 'file';
          return !filter.excludes({ path, type });
        });
        expect([set, kept]).toEqual([set, listing.filter((path) => existsSync(join(target, path)))]);
      }
    },
  );
});
