import type { MadePackage } from './support/package-builder.ts';

/** A situation that dpkg and the native engine must end in the same way. */
export interface Scenario {
  readonly name: string;
  /** Installed first, by dpkg, in this order. */
  readonly installed: readonly MadePackage[];
  /** Shell commands in the root, between: what an administrator or a Dockerfile did. */
  readonly edit?: string;
  /** Then applied together. */
  readonly applied: readonly MadePackage[];
  readonly foreign?: string;
}

const CONF = '/etc/a.conf';

function configured(version: string, content: string | undefined, extra: Partial<MadePackage> = {}): MadePackage {
  const files = content === undefined ? { '/usr/share/a/data': version } : { [CONF]: content };
  return { name: 'a', version, files, ...(content === undefined ? {} : { conffiles: [CONF] }), ...extra };
}

function plain(version: string, files: MadePackage['files'], extra: Partial<MadePackage> = {}): MadePackage {
  return { name: 'a', version, files, ...extra };
}

function named(
  name: string,
  version: string,
  files: MadePackage['files'],
  fields: Record<string, string> = {},
): MadePackage {
  return { name, version, files, fields };
}

const CONFFILES: readonly Scenario[] = [
  { name: 'conffile: unchanged by both', installed: [configured('1', 'x')], applied: [configured('2', 'x')] },
  { name: 'conffile: changed by the package', installed: [configured('1', 'x')], applied: [configured('2', 'y')] },
  {
    name: 'conffile: changed by the package, owner and mode set by the administrator',
    installed: [configured('1', 'x')],
    edit: 'chown 12:34 etc/a.conf; chmod 600 etc/a.conf',
    applied: [configured('2', 'y')],
  },
  {
    name: 'conffile: edited, package unchanged',
    installed: [configured('1', 'x')],
    edit: 'echo edited > etc/a.conf',
    applied: [configured('2', 'x')],
  },
  {
    name: 'conffile: edited and changed by the package',
    installed: [configured('1', 'x')],
    edit: 'echo edited > etc/a.conf; echo old > etc/a.conf.dpkg-old; chmod 640 etc/a.conf; touch -d @1500000000 etc/a.conf',
    applied: [configured('2', 'y')],
  },
  {
    name: 'conffile: edited to what the package now ships',
    installed: [configured('1', 'x')],
    edit: 'printf y > etc/a.conf; touch -d @1500000000 etc/a.conf',
    applied: [configured('2', 'y')],
  },
  {
    name: 'conffile: deleted, package unchanged',
    installed: [configured('1', 'x')],
    edit: 'rm etc/a.conf',
    applied: [configured('2', 'x')],
  },
  {
    name: 'conffile: deleted and changed by the package',
    installed: [configured('1', 'x')],
    edit: 'rm etc/a.conf',
    applied: [configured('2', 'y')],
  },
  { name: 'conffile: new', installed: [configured('1', undefined)], applied: [configured('2', 'y')] },
  {
    name: 'conffile: new, but a file lies there',
    installed: [configured('1', undefined)],
    edit: 'mkdir -p etc; echo mine > etc/a.conf; touch -d @1500000000 etc/a.conf',
    applied: [configured('2', 'y')],
  },
  {
    name: 'conffile: was an ordinary file',
    installed: [plain('1', { [CONF]: 'x' })],
    applied: [configured('2', 'y')],
  },
  { name: 'conffile: dropped', installed: [configured('1', 'x')], applied: [configured('2', undefined)] },
  {
    name: 'conffile: dropped and edited',
    installed: [configured('1', 'x')],
    edit: 'echo edited > etc/a.conf',
    applied: [configured('2', undefined)],
  },
  {
    name: 'conffile: dropped and deleted',
    installed: [configured('1', 'x')],
    edit: 'rm etc/a.conf',
    applied: [configured('2', undefined)],
  },
  {
    name: 'conffiles: several dropped, two kept',
    installed: [
      plain(
        '1',
        { '/etc/1': '1', '/etc/2': '2', '/etc/3': '3', '/etc/d/4': '4' },
        { conffiles: ['/etc/1', '/etc/2', '/etc/3', '/etc/d/4'] },
      ),
    ],
    applied: [plain('2', { '/etc/3': '3', '/etc/2': 'new' }, { conffiles: ['/etc/3', '/etc/2'] })],
  },
  {
    name: 'conffile: obsolete twice, then shipped again',
    installed: [configured('1', 'x'), configured('2', undefined)],
    applied: [configured('3', 'z')],
  },
  {
    name: 'conffile: remove-on-upgrade, unmodified',
    installed: [configured('1', 'x')],
    applied: [configured('2', undefined, { conffiles: [`remove-on-upgrade ${CONF}`] })],
  },
  {
    name: 'conffile: remove-on-upgrade, edited',
    installed: [configured('1', 'x')],
    edit: 'echo edited > etc/a.conf; echo d > etc/a.conf.dpkg-dist',
    applied: [configured('2', undefined, { conffiles: [`remove-on-upgrade ${CONF}`] })],
  },
  {
    name: 'conffile: behind a symlink',
    installed: [configured('1', 'x')],
    edit: 'mkdir -p srv; mv etc/a.conf srv/real.conf; ln -s ../srv/real.conf etc/a.conf',
    applied: [configured('2', 'y')],
  },
  {
    name: 'conffile: behind an absolute symlink, edited',
    installed: [configured('1', 'x')],
    edit: 'echo edited > etc/real.conf; rm etc/a.conf; ln -s real.conf etc/a.conf',
    applied: [configured('2', 'y')],
  },
  {
    name: 'conffile: moved to another package that replaces',
    installed: [plain('1', { [CONF]: 'x', '/usr/share/a/data': '1' }, { conffiles: [CONF] })],
    applied: [
      { ...named('b', '1', { [CONF]: 'y' }, { Replaces: 'a (<< 2)', Breaks: 'a (<< 2)' }), conffiles: [CONF] },
      configured('2', undefined),
    ],
  },
  {
    name: 'conffile: moved to another package, that one second',
    installed: [configured('1', 'x')],
    applied: [
      configured('2', undefined),
      { ...named('b', '1', { [CONF]: 'y' }, { Replaces: 'a (<< 2)' }), conffiles: [CONF] },
    ],
  },
];

const FILES: readonly Scenario[] = [
  {
    name: 'files: changed, added and removed',
    installed: [plain('1', { '/usr/share/a/keep': '1', '/usr/share/a/gone': '1', '/usr/share/a/sub/gone': '1' })],
    applied: [plain('2', { '/usr/share/a/keep': '2', '/usr/share/a/new': '2' })],
  },
  {
    name: 'files: modes and empty directories',
    installed: [
      plain('1', { '/usr/bin/a': { text: 'x', mode: 0o755 }, '/var/lib/a': { directory: true, mode: 0o700 } }),
    ],
    edit: 'chmod 711 var/lib/a',
    applied: [
      plain('2', {
        '/usr/bin/a': { text: 'y', mode: 0o4755 },
        '/var/lib/a': { directory: true, mode: 0o750 },
        '/var/lib/b': { directory: true, mode: 0o1777 },
      }),
    ],
  },
  {
    name: 'files: a directory that is not empty stays',
    installed: [plain('1', { '/var/lib/a/x': '1' })],
    edit: 'echo mine > var/lib/a/mine',
    applied: [plain('2', { '/usr/share/a/x': '2' })],
  },
  {
    name: 'types: file to symlink and back',
    installed: [plain('1', { '/usr/lib/x': 'file', '/usr/lib/y': { link: 'x' } })],
    applied: [plain('2', { '/usr/lib/x': { link: 'z' }, '/usr/lib/y': 'file', '/usr/lib/z': 'z' })],
  },
  {
    name: 'types: directory to file',
    installed: [plain('1', { '/usr/lib/x/file': '1' })],
    applied: [plain('2', { '/usr/lib/x': 'now a file' })],
  },
  {
    name: 'types: file to directory',
    installed: [plain('1', { '/usr/lib/x': 'file' })],
    applied: [plain('2', { '/usr/lib/x/file': '2' })],
  },
  {
    name: 'types: symlink over a directory does nothing',
    installed: [plain('1', { '/usr/lib/x/file': '1' })],
    edit: 'echo mine > usr/lib/x/mine',
    applied: [plain('2', { '/usr/lib/x': { link: 'y' }, '/usr/lib/y/file': '2' })],
  },
  {
    name: 'types: directory over a symlink to one does nothing',
    installed: [plain('1', { '/usr/lib/x': { link: 'y' }, '/usr/lib/y/file': '1' })],
    applied: [plain('2', { '/usr/lib/x/new': '2', '/usr/lib/y/file': '1' })],
  },
  {
    name: 'types: symlink to the same directory stays as it is',
    installed: [plain('1', { '/usr/lib/x': { link: 'y' }, '/usr/lib/y/file': '1' })],
    edit: 'rm usr/lib/x; ln -s ../lib/y usr/lib/x; touch -h -d @1500000000 usr/lib/x',
    applied: [plain('2', { '/usr/lib/x': { link: 'y' }, '/usr/lib/y/file': '1' })],
  },
  {
    name: 'hard links: kept together, and changed to files',
    installed: [
      plain('1', {
        '/usr/bin/a': 'x',
        '/usr/bin/b': { hardLinkTo: '/usr/bin/a' },
        '/usr/bin/c': { hardLinkTo: '/usr/bin/a' },
      }),
    ],
    applied: [plain('2', { '/usr/bin/a': 'y', '/usr/bin/b': { hardLinkTo: '/usr/bin/a' }, '/usr/bin/c': 'own' })],
  },
  {
    name: 'usr-merge: files move from /lib to /usr/lib',
    installed: [plain('1', { '/lib/x/lib.so': '1', '/lib/gone': '1' })],
    edit: 'mkdir -p usr; mv lib usr/lib; ln -s usr/lib lib',
    applied: [plain('2', { '/usr/lib/x/lib.so': '2', '/usr/lib/new': '2' })],
  },
  {
    name: 'usr-merge: packages that ship /lib',
    installed: [plain('1', { '/lib/x/lib.so': '1', '/lib/gone': '1' })],
    edit: 'mkdir -p usr; mv lib usr/lib; ln -s usr/lib lib',
    applied: [plain('2', { '/lib/x/lib.so': '2', '/lib/x/new': '2' })],
  },
  {
    name: 'md5sums of the package are kept as they are',
    installed: [plain('1', { '/usr/x': '1' }, { control: { md5sums: 'd41d8cd98f00b204e9800998ecf8427e  usr/x\n' } })],
    applied: [
      plain(
        '2',
        { '/usr/x': '2' },
        { control: { md5sums: 'd41d8cd98f00b204e9800998ecf8427e  usr/x\n', shlibs: 'liba 1 a\n' } },
      ),
    ],
  },
];

const PACKAGES: readonly Scenario[] = [
  {
    name: 'replaces: a file moves to another package',
    installed: [named('a', '1', { '/usr/x': '1', '/usr/y': '1' })],
    applied: [named('b', '1', { '/usr/x': 'b' }, { Replaces: 'a' }), named('a', '2', { '/usr/y': '2' })],
  },
  {
    name: 'replaces: an installed package keeps its file',
    installed: [named('b', '1', { '/usr/x': 'b' }, { Replaces: 'a' })],
    applied: [named('a', '1', { '/usr/x': 'a', '/usr/y': 'a' })],
  },
  {
    name: 'shared directories of two packages',
    installed: [named('a', '1', { '/usr/share/s/a': '1' }), named('b', '1', { '/usr/share/s/b': '1' })],
    applied: [named('a', '2', { '/usr/share/other': '2' }), named('b', '2', { '/usr/share/s/c': '2' })],
  },
  {
    name: 'a new package',
    installed: [named('a', '1', { '/usr/x': '1' })],
    applied: [
      { ...named('b', '1', { '/etc/b': 'b', '/usr/y': 'y' }, { 'Multi-Arch': 'foreign' }), conffiles: ['/etc/b'] },
    ],
  },
  {
    name: 'a package of which only conffiles were left',
    installed: [configured('1', 'x')],
    edit: 'dpkg --root=. --log=/dev/null -r a >/dev/null',
    applied: [configured('2', 'y')],
  },
  {
    name: 'held',
    installed: [named('a', '1', { '/usr/x': '1' })],
    edit: 'echo a hold | dpkg --root=. --set-selections',
    applied: [named('b', '1', { '/usr/y': 'y' })],
  },
  {
    name: 'diversion by another package',
    installed: [named('a', '1', { '/usr/bin/x': '1' }), named('b', '1', { '/usr/bin/b': '1' })],
    edit: 'dpkg-divert --root . --package b --rename --divert /usr/bin/x.real --add /usr/bin/x; echo mine > usr/bin/x',
    applied: [
      named('a', '2', { '/usr/bin/x': '2', '/usr/bin/y': { hardLinkTo: '/usr/bin/x' } }),
      named('b', '2', { '/usr/bin/x': 'from b' }),
    ],
  },
  {
    name: 'diversion by the administrator, file then dropped',
    installed: [named('a', '1', { '/usr/bin/x': '1' })],
    edit: 'dpkg-divert --root . --local --rename --divert /usr/bin/x.real --add /usr/bin/x; echo mine > usr/bin/x',
    applied: [named('a', '2', { '/usr/bin/y': '2' })],
  },
  {
    name: 'diverted conffile',
    installed: [configured('1', 'x')],
    edit: 'dpkg-divert --root . --local --rename --divert /etc/a.conf.real --add /etc/a.conf; echo mine > etc/a.conf',
    applied: [configured('2', 'y')],
  },
  {
    name: 'statoverride',
    installed: [named('a', '1', { '/usr/bin/x': '1', '/var/lib/a/y': '1' })],
    edit: "dpkg-statoverride --root . --add '#12345' '#12346' 4711 /usr/bin/x; dpkg-statoverride --root . --add root '#12347' 700 /var/lib/new",
    applied: [named('a', '2', { '/usr/bin/x': '2', '/var/lib/a/y': '2', '/var/lib/new': { directory: true } })],
  },
  {
    name: 'file triggers declared and changed',
    installed: [
      {
        ...named('a', '1', { '/usr/x': '1' }),
        control: { triggers: 'interest-noawait /usr/share/t\ninterest tname\nactivate other\n' },
      },
      {
        ...named('b', '1', { '/usr/y': '1' }),
        control: { triggers: 'interest /usr/share/u\ninterest-noawait tname\n' },
      },
    ],
    applied: [
      {
        ...named('a', '2', { '/usr/x': '2' }),
        control: { triggers: 'interest /usr/share/t\ninterest /usr/share/v\n' },
      },
      { ...named('b', '2', { '/usr/y': '2' }), control: { triggers: 'interest tname\ninterest newname\n' } },
    ],
  },
  {
    name: 'control fields are brought into dpkg’s form',
    installed: [named('a', '1', { '/usr/x': '1' }, { Section: 'misc', Priority: 'optional' })],
    applied: [
      named(
        'a',
        '2',
        { '/usr/x': '2' },
        {
          'X-Own': 'kept',
          Depends: 'b(>=1)|c ,d( << 2 )',
          Essential: 'no',
          Homepage: 'https://example.org/',
          Provides: 'p (= 1)',
          'Installed-Size': '7',
          'Multi-Arch': 'foreign',
          Origin: 'test',
          Bugs: 'mailto:test@example.org',
        },
      ),
    ],
  },
];

const SAME = { Architecture: 'amd64', 'Multi-Arch': 'same' };
const OTHER = { Architecture: 'i386', 'Multi-Arch': 'same' };

const ARCHITECTURES: readonly Scenario[] = [
  {
    name: 'Multi-Arch: same, both architectures together',
    foreign: 'i386',
    installed: [
      named('l', '1', { '/usr/share/doc/l/changelog': '1', '/usr/lib/64/l': '1', '/usr/share/doc/l/gone': '1' }, SAME),
      named('l', '1', { '/usr/share/doc/l/changelog': '1', '/usr/lib/32/l': '1', '/usr/share/doc/l/gone': '1' }, OTHER),
    ],
    applied: [
      named('l', '2', { '/usr/share/doc/l/changelog': '2', '/usr/lib/64/l': '2' }, SAME),
      named('l', '2', { '/usr/share/doc/l/changelog': '2', '/usr/lib/32/l': '2' }, OTHER),
    ],
  },
  {
    name: 'Multi-Arch: same with a shared conffile',
    foreign: 'i386',
    installed: [
      { ...named('l', '1', { '/etc/l': '1', '/usr/lib/64/l': '1' }, SAME), conffiles: ['/etc/l'] },
      { ...named('l', '1', { '/etc/l': '1', '/usr/lib/32/l': '1' }, OTHER), conffiles: ['/etc/l'] },
    ],
    applied: [
      { ...named('l', '2', { '/etc/l': '2', '/usr/lib/64/l': '2' }, SAME), conffiles: ['/etc/l'] },
      { ...named('l', '2', { '/etc/l': '2', '/usr/lib/32/l': '2' }, OTHER), conffiles: ['/etc/l'] },
    ],
  },
  {
    name: 'a package becomes Multi-Arch: same',
    installed: [named('l', '1', { '/usr/lib/64/l': '1' }, { Architecture: 'amd64' })],
    applied: [named('l', '2', { '/usr/lib/64/l': '2' }, SAME)],
  },
];

export const SCENARIOS: readonly Scenario[] = [...CONFFILES, ...FILES, ...PACKAGES, ...ARCHITECTURES];
