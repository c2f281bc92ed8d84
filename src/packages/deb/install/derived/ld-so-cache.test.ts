import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listTree } from '../../../../../test/differential/support/listing.ts';
import { packDirectory, treeOfTar } from '../../../../../test/differential/support/tar-tree.ts';
import { writeLdSoCache } from './ld-so-cache.ts';
import { compareLibraryNames } from './ld-so-cache-format.ts';

const LDCONFIG = '/sbin/ldconfig';
const LIBRARIES = '/usr/lib/x86_64-linux-gnu';

function missing(): string | undefined {
  if (process.arch !== 'x64') return 'needs an amd64 machine';
  if (process.getuid?.() !== 0) return 'needs root (ldconfig -r)';
  if (!existsSync(LDCONFIG) || !existsSync(LIBRARIES)) return "needs Debian's libc-bin";
  const version = /version 2\.(\d+)/.exec(
    execFileSync(LDCONFIG, ['--version'], { encoding: 'utf8' }).replace(/GLIBC/g, 'version'),
  )?.[1];
  return Number(version) >= 36 ? undefined : 'needs glibc 2.36 or later';
}

const reason = missing();

/** A root with libraries of this machine, reached by both names of a merged /usr. */
function makeRoot(root: string, libraries: readonly string[]): void {
  for (const path of [
    'usr/sbin',
    'usr/lib/x86_64-linux-gnu',
    'etc/ld.so.conf.d',
    'var/cache/ldconfig',
    'proc',
    'sys',
    'opt/own',
  ]) {
    mkdirSync(join(root, path), { recursive: true });
  }
  symlinkSync('usr/lib', join(root, 'lib'));
  symlinkSync('usr/sbin', join(root, 'sbin'));
  copyFileSync(realpathSync(LDCONFIG), join(root, 'usr/sbin/ldconfig'));
  writeFileSync(join(root, 'etc/ld.so.conf'), 'include /etc/ld.so.conf.d/*.conf\n');
  writeFileSync(
    join(root, 'etc/ld.so.conf.d/b.conf'),
    '# comment\n/usr/local/lib\n/lib/x86_64-linux-gnu # merged\n/usr/lib/x86_64-linux-gnu/\n',
  );
  writeFileSync(join(root, 'etc/ld.so.conf.d/a.conf'), '/opt/own\n/does/not/exist\n');
  for (const name of libraries) {
    const real = realpathSync(join(LIBRARIES, name));
    copyFileSync(real, join(root, 'usr/lib/x86_64-linux-gnu', real.slice(real.lastIndexOf('/') + 1)));
  }
}

describe.skipIf(reason !== undefined)(
  `ld.so.cache and links are those of ldconfig${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let work = '';
    beforeAll(() => {
      work = mkdtempSync(join(tmpdir(), 'suture-ldconfig-'));
    });
    afterAll(() => rmSync(work, { recursive: true, force: true }));

    const libraries =
      reason === undefined ? readdirSync(LIBRARIES).filter((name) => /^lib.*\.so\.\d+$/.test(name)) : [];

    async function expectSame(name: string, edit: (root: string) => void, count = 60): Promise<void> {
      const root = join(work, name);
      mkdirSync(root);
      makeRoot(
        root,
        libraries.filter((_, index) => index % Math.ceil(libraries.length / count) === 0),
      );
      edit(root);
      packDirectory(root, `${root}.before.tar`);
      execFileSync(LDCONFIG, ['-r', root], { stdio: 'pipe' });
      rmSync(join(root, 'var/cache/ldconfig/aux-cache'), { force: true });
      packDirectory(root, `${root}.after.tar`);
      const ours = await treeOfTar(`${root}.before.tar`);
      writeLdSoCache(ours, 'amd64', 1_700_000_000);
      const real = await treeOfTar(`${root}.after.tar`);
      const comparable = (tree: typeof real) =>
        [...listTree(tree)].map(([path, { type, mode, owner, target, content }]) => ({
          path,
          type,
          mode,
          owner,
          target,
          content,
        }));
      expect(comparable(ours)).toEqual(comparable(real));
    }

    it('from nothing: every link named by a SONAME is made', () => expectSame('nothing', () => {}));

    it('with links that are right, outdated, dangling, for development, and files in their place', () =>
      expectSame('links', (root) => {
        const directory = join(root, 'usr/lib/x86_64-linux-gnu');
        const files = readdirSync(directory);
        const [first = '', second = '', third = '', fourth = ''] = files.filter((name) => /\.so\.\d+\.\d/.test(name));
        const soname = (file: string) => file.replace(/(\.so\.\d+).*/, '$1');
        symlinkSync(first, join(directory, soname(first)));
        copyFileSync(join(directory, second), join(directory, `${second}.9`));
        symlinkSync(second, join(directory, soname(second)));
        symlinkSync('nowhere.so.1', join(directory, soname(third)));
        symlinkSync('nowhere', join(directory, 'libdangling.so.7'));
        symlinkSync('nowhere', join(directory, 'libdangling.so'));
        symlinkSync(fourth, join(directory, fourth.replace(/\.so\..*/, '.so')));
        symlinkSync(join('../x86_64-linux-gnu', fourth), join(directory, 'libalias.so.0'));
        writeFileSync(join(directory, 'libtext.so.1'), '/* GNU ld script */\n');
        writeFileSync(join(directory, 'libempty.so.1'), '');
        writeFileSync(join(directory, 'libcut.so.1'), Buffer.from('\x7fELF\x02\x01\x01', 'latin1'));
      }));

    it('with several versions of one library, and a configured directory', () =>
      expectSame('versions', (root) => {
        const directory = join(root, 'usr/lib/x86_64-linux-gnu');
        for (const name of readdirSync(directory)
          .filter((file) => /\.so\.\d+\.\d/.test(file))
          .slice(0, 5)) {
          copyFileSync(join(directory, name), join(directory, `${name}.9`));
          copyFileSync(join(directory, name), join(directory, `${name}.10`));
          copyFileSync(join(directory, name), join(root, 'opt/own', name));
        }
      }));

    it('with all libraries of this machine', () => expectSame('all', () => {}, libraries.length));
  },
);

describe('order of library names', () => {
  it.each([
    ['libc.so.6', 'libc.so.10', -1],
    ['libc.so.6', 'libc.so.6', 0],
    ['libc.so.6.1', 'libc.so.6', 1],
    ['lib1', 'liba', 1],
    ['liba', 'lib1', -1],
    ['libx-2.so', 'libx-10.so', -1],
  ])('%s against %s', (a, b, expected) => {
    expect(Math.sign(compareLibraryNames(a, b))).toBe(expected);
    expect(Math.sign(compareLibraryNames(b, a))).toBe(-expected || 0);
  });
});
