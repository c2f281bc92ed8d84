import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EmulatedCommand } from '../../../script/types.ts';
import { type Effect, type Files, hasProgram, RealRoot, runEmulated, treeOf } from '../testing/real-root.ts';
import { dpkgDivert } from './divert.ts';
import { dpkg, dpkgQuery } from './dpkg.ts';
import { dpkgStatOverride } from './statoverride.ts';
import { dpkgTrigger } from './trigger.ts';

const STATUS = `Package: base
Status: install ok installed
Priority: required
Section: admin
Maintainer: A <a@example.org>
Architecture: amd64
Multi-Arch: foreign
Version: 1:2.0-3
Depends: dpkg (>= 1)
Conffiles:
 /etc/base.conf d41d8cd98f00b204e9800998ecf8427e
 /etc/old.conf d41d8cd98f00b204e9800998ecf8427e obsolete
Description: the base
 More.

Package: dpkg
Essential: yes
Status: install ok installed
Maintainer: A <a@example.org>
Architecture: amd64
Version: 1.21.22
Description: package manager

Package: gone
Status: deinstall ok config-files
Maintainer: A <a@example.org>
Architecture: amd64
Version: 1.0
Description: was there

Package: libx
Status: install ok installed
Maintainer: A <a@example.org>
Architecture: amd64
Multi-Arch: same
Source: srcx (4.5-6)
Version: 4.5-6+b1
Description: library

`;
const FILES: Files = {
  '/var/lib/dpkg/status': STATUS,
  '/var/lib/dpkg/info/format': '1\n',
  '/var/lib/dpkg/info/base.list': '/.\n/etc\n/etc/base.conf\n/usr\n/usr/bin\n/usr/bin/base\n',
  '/var/lib/dpkg/info/base.templates': 'x\n',
  '/var/lib/dpkg/info/dpkg.list': '/.\n/usr\n/usr/bin\n/usr/bin/dpkg\n',
  '/var/lib/dpkg/info/gone.list': '/etc\n',
  '/var/lib/dpkg/info/libx:amd64.list': '/.\n/usr\n/usr/lib\n/usr/lib/libx.so\n',
  '/var/lib/dpkg/updates/': '',
  '/var/lib/dpkg/triggers/': '',
  '/etc/base.conf': '',
  '/usr/bin/base': 'base',
  '/usr/bin/tool': 'tool',
};
const hasDpkg = hasProgram('/usr/bin/dpkg');
/** What dpkg keeps for itself and is no part of an image. */
const IGNORED = /^\/var\/(log|lib\/dpkg\/(lock|lock-frontend|triggers|updates))(\/|$)/;

function visible(effect: Effect | undefined): Effect | undefined {
  if (effect === undefined) return undefined;
  const files = Object.entries(effect.files).filter(([path]) => !IGNORED.test(path));
  return { ...effect, files: Object.fromEntries(files) };
}

function compare(command: EmulatedCommand, name: string, call: readonly string[], files: Files = FILES): void {
  const root = new RealRoot(files);
  try {
    const ours = visible(runEmulated(command, [name, ...call], treeOf(files)));
    const real = root.run([`/usr/bin/${name}`, '--root={root}', ...call], {}, IGNORED);
    expect({ call, ...ours }).toEqual({ call, ...real });
  } finally {
    root.dispose();
  }
}

describe.skipIf(!hasDpkg)('dpkg --compare-versions and the real one', () => {
  const texts = fc.constantFrom('', '1.0', '1.0-1', '1:0.9', '1.0~rc1-1', '1.0+b1', '/usr/share/x', '2a', '<unknown>');
  const operators = fc.constantFrom(
    ...['lt', 'le', 'eq', 'ne', 'ge', 'gt', 'lt-nl', 'le-nl', 'ge-nl', 'gt-nl', '<', '<=', '<<', '=', '>', '>=', '>>'],
  );
  it('agree', () => {
    fc.assert(
      fc.property(texts, operators, texts, (a, operator, b) => {
        const call = ['--compare-versions', '--', a, operator, b];
        const real = spawnSync('/usr/bin/dpkg', call).status;
        expect(runEmulated(dpkg, ['dpkg', ...call], treeOf({}))?.status).toBe(real);
      }),
      { numRuns: 200 },
    );
  });
});

describe.skipIf(!hasDpkg)('dpkg-query and the real one', () => {
  it.each([
    [['-W', 'base', 'libx']],
    [['-W', 'none']],
    [['-W', 'lib*']],
    [['-W', 'libx', 'none', 'base']],
    [['-W', 'libx:amd64']],
    [['-W', '-f', '${Package} ${Version} ${Status}\\n', 'base', 'gone']],
    [['-W', '-f=${Conffiles}\\n', 'base']],
    [['-f', '${db:Status-Abbrev}|${binary:Package}|${db:Status-Status}\\n', '-W', 'gone', 'libx', 'base']],
    [['-W', '-f', '${source:Package} ${source:Version} ${source:Upstream-Version}\\n', 'libx', 'base']],
    [['-W', '-f', '[${Depends}][${Homepage}][${Source}][${binary:Summary}]\\t\\n', 'base']],
    [['-s', 'base']],
    [['-s', 'base', 'dpkg']],
    [['-s', 'none']],
    [['-L', 'base']],
    [['-L', 'libx', 'dpkg']],
    [['-L', 'none']],
    [['-S', '/usr/bin/base']],
    [['-S', '/usr/lib/libx.so']],
    [['-S', '/usr/bin/none']],
    [['--control-path', 'base', 'templates']],
    [['--control-path', 'base', 'config']],
  ])('print the same: %j', (call) => {
    compare(dpkgQuery, 'dpkg-query', call);
  });

  it('refuse what is ambiguous', () => {
    expect(runEmulated(dpkgQuery, ['dpkg-query', '-l'], treeOf(FILES))).toBeUndefined();
    expect(runEmulated(dpkgQuery, ['dpkg-query', '-S', 'base'], treeOf(FILES))).toBeUndefined();
    expect(runEmulated(dpkg, ['dpkg', '--configure', '-a'], treeOf(FILES))).toBeUndefined();
  });
});

describe.skipIf(!hasDpkg)('dpkg-divert and the real one', () => {
  const diversions = '/usr/bin/base\n/usr/bin/base.real\nlibx\n';
  const diverted = { ...FILES, '/var/lib/dpkg/diversions': diversions };
  it.each([
    [['--list'], diverted],
    [['--list', 'libx'], diverted],
    [['--list', '/usr/bin/none'], diverted],
    [['--truename', '/usr/bin/base'], diverted],
    [['--truename', '/usr/bin/none'], diverted],
    [['--listpackage', '/usr/bin/base'], diverted],
    [['--listpackage', '/usr/bin/none'], diverted],
    [['--package', 'libx', '--add', '--rename', '--divert', '/usr/bin/tool.real', '/usr/bin/tool'], FILES],
    [['--package', 'libx', '--add', '--rename', '--divert', '/usr/bin/tool.real', '/usr/bin/tool'], diverted],
    [['--package', 'base', '--add', '--rename', '--divert', '/usr/bin/base.real', '/usr/bin/base'], FILES],
    [['--package', 'libx', '--add', '--rename', '--divert', '/usr/bin/base.real', '/usr/bin/base'], diverted],
    [['--local', '--no-rename', '--add', '/usr/bin/tool'], FILES],
    [['--package', 'libx', '--remove', '--rename', '/usr/bin/base'], { ...diverted, '/usr/bin/base.real': 'x' }],
    [['--package', 'libx', '--remove', '--no-rename', '/usr/bin/base'], diverted],
    [['--package', 'base', '--remove', '--no-rename', '/usr/bin/base'], diverted],
    [['--package', 'libx', '--remove', '--rename', '/usr/bin/none'], diverted],
    [['--quiet', '--package', 'libx', '--remove', '--rename', '/usr/bin/none'], diverted],
  ] as [string[], Files][])('do the same: %j', (call, files) => {
    const isRefused = call[0] === '--package' && call.includes('--remove') && files['/usr/bin/base.real'] === 'x';
    if (isRefused) {
      // The file would be renamed over another one.
      expect(runEmulated(dpkgDivert, ['dpkg-divert', ...call], treeOf(files))).toBeUndefined();
    } else compare(dpkgDivert, 'dpkg-divert', call, files);
  });

  it('write several diversions in the same order', () => {
    const paths = Array.from({ length: 12 }, (_, index) => `/usr/share/some/file-${index * 37}`);
    const root = new RealRoot(FILES);
    const tree = treeOf(FILES);
    try {
      for (const path of paths) {
        const call = ['--quiet', '--package', 'libx', '--no-rename', '--divert', `${path}.real`, '--add', path];
        const ours = runEmulated(dpkgDivert, ['dpkg-divert', ...call], tree);
        const real = root.run(['/usr/bin/dpkg-divert', '--root={root}', ...call], {}, IGNORED);
        expect(visible(ours)).toEqual(real);
      }
    } finally {
      root.dispose();
    }
  });
});

describe.skipIf(!hasDpkg)('dpkg-statoverride and the real one', () => {
  const accounts = {
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nmail:x:8:8:mail:/var/mail:/bin/sh\n',
    '/etc/group': 'root:x:0:\nmail:x:8:\n',
  };
  const known = { ...FILES, ...accounts, '/var/lib/dpkg/statoverride': 'root mail 2755 /usr/bin/base\n' };
  it.each([
    [['--list'], known],
    [['--list', '/usr/bin/base'], known],
    [['--list', '/usr/bin/none'], known],
    [['--add', 'root', 'mail', '02755', '/usr/bin/base'], known],
    [['--add', 'root', 'mail', '4754', '/usr/bin/tool'], known],
    [['--update', '--add', 'root', 'root', '0700', '/usr/bin/tool'], known],
    [['--update', '--add', 'root', 'root', '0700', '/usr/bin/none'], known],
    [['--remove', '/usr/bin/base'], known],
    [['--remove', '/usr/bin/none'], known],
    [['--quiet', '--force-all', '--remove', '/usr/bin/none'], known],
  ] as [string[], Files][])('do the same: %j', (call, files) => {
    compare(dpkgStatOverride, 'dpkg-statoverride', call, files);
  });
});

describe('dpkg-trigger', () => {
  it('takes a name from a maintainer script only', () => {
    const run = (words: string[], environment: Record<string, string>): number | undefined =>
      runEmulated(dpkgTrigger, ['dpkg-trigger', ...words], treeOf({}), environment)?.status;
    expect(run(['--no-await', 'update-x'], { DPKG_MAINTSCRIPT_PACKAGE: 'base' })).toBe(0);
    expect(run(['--by-package=base', '/usr/share/x'], { DPKG_MAINTSCRIPT_PACKAGE: 'base' })).toBe(0);
    expect(run(['update-x'], {})).toBe(2);
    expect(run(['a', 'b'], {})).toBeUndefined();
  });
});
