import type { MadePackage } from '../../src/packages/apk/testing/build-package.ts';
import type { MadeMember } from '../../src/packages/apk/testing/tar-writer.ts';

/** A situation that apk and the native engine must end in the same way. */
export interface ApkScenario {
  readonly name: string;
  /** Installed first, by apk; all of them are asked for by name. */
  readonly installed: readonly MadePackage[];
  /** Shell commands in the root, between: what an administrator or a Dockerfile did. */
  readonly edit?: string;
  /** What the repository offers then. */
  readonly offered: readonly MadePackage[];
}

const CONF = 'etc/a.conf';
const file = (name: string, content: string, extra: Partial<MadeMember> = {}): MadeMember => ({
  name,
  content,
  ...extra,
});
const link = (name: string, target: string): MadeMember => ({ name, type: 'symlink', target });
const directory = (name: string, extra: Partial<MadeMember> = {}): MadeMember => ({
  name,
  type: 'directory',
  ...extra,
});

function a(version: string, members: readonly MadeMember[], extra: Partial<MadePackage> = {}): MadePackage {
  return { name: 'a', version, members, ...extra };
}

function b(version: string, members: readonly MadeMember[], extra: Partial<MadePackage> = {}): MadePackage {
  return { name: 'b', version, members, ...extra };
}

function config(name: string, edit: string | undefined, before = 'old', after = 'new'): ApkScenario {
  return {
    name: `config file: ${name}`,
    installed: [a('1-r0', [file(CONF, before)])],
    ...(edit === undefined ? {} : { edit }),
    offered: [a('2-r0', [file(CONF, after)])],
  };
}

const CONFIGURATION: readonly ApkScenario[] = [
  config('changed by the package', undefined),
  config('unchanged by the package', undefined, 'same', 'same'),
  config('edited', 'echo mine > etc/a.conf; chmod 600 etc/a.conf'),
  config('edited, with an earlier .apk-new', 'echo mine > etc/a.conf; echo older > etc/a.conf.apk-new'),
  config('edited to what the package now has', 'printf new > etc/a.conf'),
  config('edited, package unchanged', 'echo mine > etc/a.conf', 'same', 'same'),
  config('deleted', 'rm etc/a.conf'),
  config('replaced by a symlink', 'mv etc/a.conf etc/real.conf; ln -s real.conf etc/a.conf'),
  config('other owner and mode', 'chown 12:34 etc/a.conf; chmod 640 etc/a.conf'),
  {
    name: 'config file: new in the package, but a file lies there',
    installed: [a('1-r0', [file('usr/share/a', '1')])],
    edit: 'echo mine > etc/a.conf',
    offered: [a('2-r0', [file('usr/share/a', '1'), file(CONF, 'new')])],
  },
  {
    name: 'config file: new in the package, the same lies there',
    installed: [a('1-r0', [file('usr/share/a', '1')])],
    edit: 'printf new > etc/a.conf; chmod 600 etc/a.conf',
    offered: [a('2-r0', [file('usr/share/a', '1'), file(CONF, 'new')])],
  },
  {
    name: 'config file: dropped',
    installed: [a('1-r0', [file(CONF, 'x'), file('usr/share/a', '1')])],
    offered: [a('2-r0', [file('usr/share/a', '1')])],
  },
  {
    name: 'config file: dropped and edited',
    installed: [a('1-r0', [file('etc/a/a.conf', 'x'), file('etc/b/b.conf', 'x'), file('usr/share/a', '1')])],
    edit: 'echo mine > etc/a/a.conf',
    offered: [a('2-r0', [file('usr/share/a', '1')])],
  },
  {
    name: 'config symlink: retargeted and edited',
    installed: [a('1-r0', [link('etc/l1', 'one'), link('etc/l2', 'one')])],
    edit: 'ln -sf mine etc/l2',
    offered: [a('2-r0', [link('etc/l1', 'two'), link('etc/l2', 'two')])],
  },
  {
    name: 'protected paths of the image',
    installed: [a('1-r0', [file('srv/kept/x', 'old'), file('etc/free/y', 'old'), file('var/a/b/z', 'old')])],
    edit: `mkdir -p etc/apk/protected_paths.d
      printf '# comment\\n+srv/kept\\n-etc/free\\nvar/*/b\\n' > etc/apk/protected_paths.d/site.list
      echo '+var/unused' > etc/apk/protected_paths.d/ignored.conf
      echo mine > srv/kept/x; echo mine > etc/free/y; echo mine > var/a/b/z`,
    offered: [a('2-r0', [file('srv/kept/x', 'new'), file('etc/free/y', 'new'), file('var/a/b/z', 'new')])],
  },
  {
    name: 'config hard links, one edited away',
    installed: [a('1-r0', [file('etc/h1', 'old'), { name: 'etc/h2', type: 'hardlink', target: 'etc/h1' }])],
    edit: 'rm etc/h1; echo mine > etc/h1',
    offered: [a('2-r0', [file('etc/h1', 'new'), { name: 'etc/h2', type: 'hardlink', target: 'etc/h1' }])],
  },
];

const FILES: readonly ApkScenario[] = [
  {
    name: 'files: added, removed, moved, changed',
    installed: [
      a('1-r0', [file('usr/share/a/keep', 'k'), file('usr/share/a/gone', 'g'), file('usr/lib/old/deep/x', 'x')]),
    ],
    offered: [a('2-r0', [file('usr/share/a/keep', 'K'), file('usr/share/a/new', 'n'), file('usr/lib/fresh/x', 'x')])],
  },
  {
    name: 'files: foreign file in a directory that goes away',
    installed: [a('1-r0', [file('opt/a/d/x', 'x'), file('opt/a/e/y', 'y')])],
    edit: 'echo mine > opt/a/d/mine',
    offered: [a('2-r0', [file('opt/b/x', 'x')])],
  },
  {
    name: 'files: edited outside of protected paths',
    installed: [a('1-r0', [file('usr/share/a/x', 'x'), file('usr/share/a/y', 'y')])],
    edit: 'echo mine > usr/share/a/x; echo mine > usr/share/a/y',
    offered: [a('2-r0', [file('usr/share/a/x', 'new')])],
  },
  {
    name: 'files: modes, setuid, owners by name and by number',
    installed: [a('1-r0', [file('usr/bin/tool', '1')])],
    offered: [
      a('2-r0', [
        file('usr/bin/tool', '2', { mode: 0o4755 }),
        file('usr/bin/group', '2', { mode: 0o2755, gname: 'shadow', gid: 999 }),
        file('usr/share/a/owned', '2', { mode: 0o600, uname: 'daemon', gname: 'nosuchgroup', uid: 77, gid: 78 }),
        file('usr/share/a/plain', '2', { mode: 0o444 }),
        directory('var/lib/a', { mode: 0o1770, uname: 'mail', gname: 'mail', uid: 500, gid: 500 }),
      ]),
    ],
  },
  {
    name: 'files: hard links',
    installed: [
      a('1-r0', [file('usr/bin/one', '1'), { name: 'usr/bin/two', type: 'hardlink', target: 'usr/bin/one' }]),
    ],
    offered: [
      a('2-r0', [
        file('usr/bin/one', '2', { mode: 0o755 }),
        { name: 'usr/bin/three', type: 'hardlink', target: 'usr/bin/one', mode: 0o755 },
        { name: 'usr/bin/alpha', type: 'hardlink', target: 'usr/bin/one', mode: 0o755, mtime: 1_500_000_001 },
      ]),
    ],
  },
  {
    name: 'files: extended attributes',
    installed: [a('1-r0', [file('usr/bin/cap', '1')])],
    offered: [
      a('2-r0', [
        file('usr/bin/cap', '2', {
          mode: 0o755,
          xattrs: {
            'security.capability': Uint8Array.from([1, 0, 0, 2, 0x81, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
          },
        }),
      ]),
    ],
  },
  {
    name: 'files: symlink becomes a file, file becomes a symlink',
    installed: [a('1-r0', [link('usr/lib/l', 'target'), file('usr/lib/f', 'f'), file('usr/lib/target', 't')])],
    offered: [a('2-r0', [file('usr/lib/l', 'now a file'), link('usr/lib/f', 'target'), file('usr/lib/target', 't')])],
  },
  {
    name: 'files: through a symlinked directory of the image',
    installed: [a('1-r0', [file('opt/data/x', '1'), file('opt/data/gone', '1')])],
    edit: 'mkdir -p srv; mv opt/data srv/data; ln -s ../srv/data opt/data',
    offered: [a('2-r0', [file('opt/data/x', '2'), file('opt/data/y', '2')])],
  },
  {
    name: 'files: in the root directory, and .keep files',
    installed: [a('1-r0', [file('rootfile', '1'), file('var/a/.keep_me', '')])],
    offered: [
      a('2-r0', [file('rootfile', '2'), file('other', '2'), file('var/a/.keep_me', ''), file('var/b/.keep_it', '')]),
    ],
  },
  {
    name: 'files: a fifo and a device',
    installed: [a('1-r0', [file('usr/share/a', '1')])],
    offered: [
      a('2-r0', [
        { name: 'usr/lib/pipe', type: 'fifo', mode: 0o620 },
        { name: 'usr/lib/null', type: 'character', mode: 0o666 },
      ]),
    ],
  },
  {
    name: 'directories: modes of two packages, changed by one',
    installed: [
      a('1-r0', [directory('var/shared', { mode: 0o775 }), file('var/shared/a', '1')]),
      b('1-r0', [directory('var/shared', { mode: 0o755 }), file('var/shared/b', '1')]),
    ],
    offered: [a('2-r0', [directory('var/shared', { mode: 0o750 }), file('var/shared/a', '2')])],
  },
  {
    name: 'directories: an administrator changed the mode',
    installed: [a('1-r0', [directory('var/mine', { mode: 0o755 }), file('var/mine/a', '1')])],
    edit: 'chmod 700 var/mine; chown 5:5 var/mine',
    offered: [a('2-r0', [directory('var/mine', { mode: 0o711 }), file('var/mine/a', '2')])],
  },
  {
    name: 'directories: the package changes owner and mode',
    installed: [a('1-r0', [directory('var/its', { mode: 0o755 }), file('var/its/a', '1')])],
    offered: [a('2-r0', [directory('var/its', { mode: 0o750, uname: 'mail', gname: 'mail' }), file('var/its/a', '2')])],
  },
  {
    name: 'directories: shared, one package leaves',
    installed: [a('1-r0', [file('opt/s/a', '1'), file('opt/s/sub/a', '1')]), b('1-r0', [file('opt/s/b', '1')])],
    offered: [a('2-r0', [file('opt/t/a', '2')])],
  },
];

const PACKAGES: readonly ApkScenario[] = [
  {
    name: 'packages: a file moves to one that replaces it',
    installed: [a('1-r0', [file('usr/bin/moved', 'a'), file('usr/bin/a', 'a')]), b('1-r0', [file('usr/bin/b', 'b')])],
    offered: [
      a('1-r0', [file('usr/bin/moved', 'a'), file('usr/bin/a', 'a')]),
      b('2-r0', [file('usr/bin/moved', 'b'), file('usr/bin/b', 'b')], { replaces: ['a<2'] }),
    ],
  },
  {
    name: 'packages: a file moves between two that are both upgraded',
    installed: [a('1-r0', [file('usr/bin/moved', 'a'), file('usr/bin/a', 'a')]), b('1-r0', [file('usr/bin/b', 'b')])],
    offered: [
      a('2-r0', [file('usr/bin/a', 'a2')]),
      b('2-r0', [file('usr/bin/moved', 'b2'), file('usr/bin/b', 'b2')], { replaces: ['a'] }),
    ],
  },
  {
    name: 'packages: the owner replaces with a higher priority',
    installed: [
      a('1-r0', [file('usr/bin/shared', 'a')], { replaces: ['b'], replacesPriority: 10 }),
      b('1-r0', [file('usr/bin/b', 'b')]),
    ],
    offered: [
      b('2-r0', [file('usr/bin/shared', 'b'), file('usr/bin/b', 'b2')], { replaces: ['a'], replacesPriority: 5 }),
    ],
  },
  {
    name: 'packages: files move within one source',
    installed: [
      a('1-r0', [file('usr/bin/moved', 'a'), file('usr/bin/a', 'a')], { origin: 'src' }),
      b('1-r0', [file('usr/bin/b', 'b')], { origin: 'src' }),
    ],
    offered: [
      a('2-r0', [file('usr/bin/a', 'a2')], { origin: 'src', depends: ['b=2-r0'] }),
      b('2-r0', [file('usr/bin/moved', 'b2'), file('usr/bin/b', 'b2')], { origin: 'src' }),
    ],
  },
  {
    name: 'packages: a new dependency, versioned provides',
    installed: [a('1-r0', [file('usr/bin/a', '1')])],
    offered: [
      a('2-r0', [file('usr/bin/a', '2')], { depends: ['so:libnew.so.1', 'b>=2'] }),
      b('2-r0', [file('usr/bin/b', '2')], { provides: ['cmd:b=2-r0'] }),
      {
        name: 'libnew',
        version: '1.5-r0',
        members: [file('usr/lib/libnew.so.1', 'lib')],
        provides: ['so:libnew.so.1=1.5'],
      },
    ],
  },
  {
    name: 'packages: install_if comes true',
    installed: [
      a('1-r0', [file('usr/bin/a', '1')]),
      { name: 'docs', version: '1-r0', members: [file('usr/share/docs', 'd')] },
    ],
    offered: [
      a('2-r0', [file('usr/bin/a', '2')]),
      {
        name: 'a-doc',
        version: '2-r0',
        origin: 'a',
        members: [file('usr/share/doc/a', 'doc')],
        installIf: ['docs', 'a=2-r0'],
      },
    ],
  },
  {
    name: 'packages: one without files',
    installed: [{ name: 'meta', version: '1-r0', depends: ['a'] }, a('1-r0', [file('usr/bin/a', '1')])],
    offered: [{ name: 'meta', version: '2-r0', depends: ['a>1'] }, a('2-r0', [file('usr/bin/a', '2')])],
  },
  {
    name: 'packages: several, in the order of their dependencies',
    installed: ['z', 'y', 'x'].map((name) => ({ name, version: '1-r0', members: [file(`usr/bin/${name}`, '1')] })),
    offered: [
      { name: 'z', version: '2-r0', members: [file('usr/bin/z', '2')], depends: ['x'] },
      { name: 'y', version: '2-r0', members: [file('usr/bin/y', '2')], depends: ['z', 'x'] },
      { name: 'x', version: '2-r0', members: [file('usr/bin/x', '2')] },
    ],
  },
  {
    name: 'world: pinned to a version',
    installed: [a('1-r0', [file('usr/bin/a', '1')]), b('1-r0', [file('usr/bin/b', '1')])],
    edit: "sed -i 's/^a$/a=1-r0/' etc/apk/world",
    offered: [a('2-r0', [file('usr/bin/a', '2')]), b('2-r0', [file('usr/bin/b', '2')])],
  },
  {
    name: 'world: held below a version and to a prefix',
    installed: [a('1-r0', [file('usr/bin/a', '1')]), b('1.2-r0', [file('usr/bin/b', '1')])],
    edit: "sed -i 's/^a$/a<3/; s/^b$/b~1.2/' etc/apk/world",
    offered: [
      a('2-r0', [file('usr/bin/a', '2')]),
      a('3-r0', [file('usr/bin/a', '3')]),
      b('1.2.1-r0', [file('usr/bin/b', '1.2.1')]),
      b('1.20-r0', [file('usr/bin/b', '1.20')]),
    ],
  },
  {
    name: 'packages: a newer one breaks another and is not taken',
    installed: [a('1-r0', [file('usr/bin/a', '1')]), b('1-r0', [file('usr/bin/b', '1')], { depends: ['a<2'] })],
    offered: [
      a('2-r0', [file('usr/bin/a', '2')]),
      a('1-r5', [file('usr/bin/a', '1.5')]),
      b('1-r0', [file('usr/bin/b', '1')], { depends: ['a<2'] }),
    ],
  },
];

const SHOW = '#!/bin/sh\necho "$1 $2" >> /var/ran\n';

const SCRIPTS: readonly ApkScenario[] = [
  {
    name: 'scripts: before and after, old ones never',
    installed: [
      a('1-r0', [file('usr/bin/a', '1')], {
        scripts: { 'pre-deinstall': SHOW, 'post-deinstall': SHOW, 'post-install': SHOW, 'post-upgrade': SHOW },
      }),
    ],
    offered: [
      a('2-r0', [file('usr/bin/a', '2')], {
        scripts: {
          'pre-upgrade': '#!/bin/sh\necho "pre $1 $2 $(cat /usr/bin/a)" >> /var/ran\n',
          'post-upgrade':
            '#!/bin/sh\nmkdir -p /var/lib/made\nln -sf ../a /var/lib/made/link\necho "post $1 $2 $(cat /usr/bin/a)" >> /var/ran\nexit 0\n',
          'post-install': SHOW,
        },
      }),
    ],
  },
  {
    name: 'scripts: of a new dependency',
    installed: [a('1-r0', [file('usr/bin/a', '1')])],
    offered: [
      a('2-r0', [file('usr/bin/a', '2')], { depends: ['b'] }),
      b('1-r0', [file('usr/bin/b', 'b')], { scripts: { 'pre-install': SHOW, 'post-install': SHOW } }),
    ],
  },
  {
    name: 'scripts: a package gives its script up',
    installed: [
      a('1-r0', [file('usr/bin/a', '1')], {
        scripts: { 'post-upgrade': SHOW, trigger: SHOW },
        triggers: ['/usr/share/*'],
      }),
    ],
    offered: [a('2-r0', [file('usr/bin/a', '2')])],
  },
  {
    name: 'triggers: of an unchanged package, by added and removed files',
    installed: [
      a('1-r0', [file('usr/share/one/x', '1'), file('usr/share/two/x', '1')]),
      b('1-r0', [file('usr/bin/b', 'b')], {
        triggers: ['/usr/share/*'],
        scripts: { trigger: '#!/bin/sh\nfor dir in "$@"; do echo "$dir"; done | sort > /var/ran\n' },
      }),
    ],
    offered: [a('2-r0', [file('usr/share/one/x', '2'), file('usr/share/three/x', '2')])],
  },
  {
    name: 'triggers: of an upgraded package',
    installed: [
      a('1-r0', [file('usr/share/one/x', '1')]),
      b('1-r0', [file('usr/bin/b', 'b')], { triggers: ['/usr/share/*'], scripts: { trigger: SHOW } }),
    ],
    offered: [
      b('2-r0', [file('usr/bin/b', 'b2')], {
        triggers: ['/usr/share/one', '/opt/*'],
        scripts: { trigger: '#!/bin/sh\nfor dir in "$@"; do echo "$dir"; done | sort > /var/ran\n' },
      }),
    ],
  },
  {
    name: 'triggers: of busybox, by a program',
    installed: [a('1-r0', [file('bin/a', '1', { mode: 0o755 })])],
    offered: [a('2-r0', [file('bin/a', '2', { mode: 0o755 }), file('usr/sbin/a2', '2', { mode: 0o755 })])],
  },
];

export const APK_SCENARIOS: readonly ApkScenario[] = [...CONFIGURATION, ...FILES, ...PACKAGES, ...SCRIPTS];
