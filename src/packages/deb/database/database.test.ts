import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { parseControl } from '../control/paragraphs.ts';
import { formatStatus, formatStatusFile } from '../records/format-status.ts';
import { recordFromControl } from '../records/record.ts';
import { formatAlternative, parseAlternative } from './alternatives.ts';
import { formatDiversions, readDiversions } from './diversions.ts';
import { readAutoInstalled } from './extended-states.ts';
import { InfoDirectory } from './info.ts';
import { readUnincorporatedTriggers } from './pending-triggers.ts';
import { hasDebDatabase, readDebDatabase } from './read.ts';
import { formatStatOverrides, readStatOverrides } from './statoverride.ts';
import { diskTree, imageWith as temporaryImage } from './testing/disk-tree.ts';

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
const thisMachine = existsSync('/var/lib/dpkg/status');
const RECORD = 'Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n';

describe.skipIf(!thisMachine || !hasDpkg)("this machine's database (needs dpkg)", () => {
  const tree = diskTree('/');

  it('is written back byte for byte', () => {
    const database = readDebDatabase(tree);
    expect(database.layout).toBe('status');
    expect(formatStatus([...database.records].reverse())).toBe(readFileSync('/var/lib/dpkg/status', 'latin1'));
  });

  it('has the architecture, lists and md5sums that dpkg reports', () => {
    const database = readDebDatabase(tree);
    expect(database.architecture).toBe(spawnSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).stdout.trim());
    const info = new InfoDirectory(tree);
    const chosen = database.packages.filter(
      ({ name }, index) => index % 40 === 0 || name === 'libc6' || name === 'dpkg',
    );
    for (const record of chosen) {
      const key = record.multiArch === 'same' ? `${record.name}:${record.architecture}` : record.name;
      const listed = spawnSync('dpkg-query', ['--control-list', key], { encoding: 'utf8' }).stdout.trim().split('\n');
      const files = info.files(record).filter((file) => file !== 'list' && file !== 'conffiles');
      expect([key, files]).toEqual([key, listed.filter((file) => file !== '').sort()]);
      const raw = readFileSync(`/var/lib/dpkg/info/${key}.list`, 'latin1').trimEnd().split('\n');
      expect(info.list(record)).toEqual(raw);
      const sums = info.md5sums(record) ?? new Map<string, string>();
      for (const path of sums.keys()) expect(info.list(record)).toContain(path);
    }
    const scripted = database.packages.filter((record) => info.script(record, 'postinst') !== undefined);
    expect(scripted.length).toBeGreaterThan(5);
  });

  it('round-trips alternatives, diversions and overrides', () => {
    for (const name of readdirSync('/var/lib/dpkg/alternatives')) {
      const text = readFileSync(join('/var/lib/dpkg/alternatives', name), 'latin1');
      expect(formatAlternative(parseAlternative(text, name))).toBe(text);
    }
    expect(formatDiversions(readDiversions(tree))).toBe(tree.readText('/var/lib/dpkg/diversions') ?? '');
    const overrides = tree.readText('/var/lib/dpkg/statoverride') ?? '';
    expect(formatStatOverrides(readStatOverrides(tree).values())).toBe(overrides);
  });

  it('knows the automatically installed packages as apt-mark does', () => {
    const apt = spawnSync('apt-mark', ['showauto'], { encoding: 'utf8' });
    if (apt.status !== 0) return;
    const { architecture, packages } = readDebDatabase(tree);
    const installed = new Set(packages.map(({ name }) => name));
    const ours = [...readAutoInstalled(tree)].map((key) => key.replace(`:${architecture}`, ''));
    expect(ours.filter((name) => installed.has(name)).sort()).toEqual(apt.stdout.trim().split('\n').sort());
  });
});

describe('formatStatus', () => {
  const odd = [
    'Package: Zeta\nStatus: hold ok installed\nPriority: Optional\nSection: x\nMaintainer: m\nArchitecture: all\nVersion: 0:1-1\n' +
      'X-Other: 1\nDepends: b(>1),c (1.0)|d:any(>=  0:3),\n e\nConflicts: q\nEssential: no\nMulti-Arch: no\nDescription: z\n long\n .\nSHA256: ff\nHomepage: h\n',
    'package: alpha\nStatus: deinstall ok config-files\nMaintainer: m\nArchitecture: amd64\nVersion: 2\nConfig-Version: 0:2-1\nConffiles:\n /etc/a b 00112233445566778899aabbccddeeff obsolete\n etc/c 00112233445566778899aabbccddeeff\nDescription: a\n',
    'Package: lib\nStatus: install ok installed\nMaintainer: m\nArchitecture: i386\nMulti-Arch: same\nVersion: 1:2\nDescription: l\n',
    'Package: lib\nStatus: install ok installed\nMaintainer: m\nArchitecture: amd64\nMulti-Arch: Same\nVersion: 1:2\nEssential: YES\nProtected: yes\nSource:  src  (1.2)\nBugs: x\nOrigin: y\nInstalled-Size: 5\nDescription: a\n',
    'Package: beta\nStatus: install ok half-configured\nMaintainer: m\nArchitecture: amd64\nVersion: 2\nConfig-Version: 1\nDescription: b\n',
    'Package: gamma\nStatus: install ok triggers-pending\nMaintainer: m\nArchitecture: amd64\nVersion: 2\nTriggers-Pending:  x   y\nDescription: b\n',
  ];

  it.skipIf(!hasDpkg)('writes odd records as dpkg does (needs dpkg)', () => {
    const status = odd.join('\n');
    const { tree, root } = imageWith({ 'var/lib/dpkg/status': status, 'var/lib/dpkg/updates/.keep': '' });
    const ours = formatStatus(readDebDatabase(tree).records);
    for (const name of ['info', 'triggers']) mkdirSync(join(root, 'var/lib/dpkg', name), { recursive: true });
    writeFileSync(join(root, 'var/lib/dpkg/available'), '');
    writeFileSync(join(root, 'var/lib/dpkg/arch'), 'amd64\ni386\n');
    // Any change of a selection makes dpkg write the whole file; this one changes nothing.
    const options = [`--admindir=${join(root, 'var/lib/dpkg')}`, '--set-selections'];
    const dpkg = spawnSync('dpkg', options, { input: 'beta install\n', encoding: 'utf8' });
    expect(dpkg.status, dpkg.stderr).toBe(0);
    const theirs = readFileSync(join(root, 'var/lib/dpkg/status'), 'latin1');
    expect(theirs).not.toBe(status);
    expect(ours).toBe(theirs);
  });

  it('takes a new record from a control file, keeping what dpkg keeps', () => {
    const { tree } = imageWith({ 'var/lib/dpkg/status': odd.join('\n') });
    const previous = readDebDatabase(tree).records.find(({ name }) => name === 'zeta');
    const control = parseControl(
      'Package: zeta\nVersion: 2\nArchitecture: all\nSize: 5\nEssential: no\nDescription: new\nX-Other: 2\n',
    );
    const conffiles = [{ path: '/etc/z', md5: 'ff', obsolete: false, removeOnUpgrade: false }];
    const words = { want: 'install', flag: 'ok', state: 'installed', conffiles };
    const record = recordFromControl(control, { ...words, ...(previous === undefined ? {} : { previous }) });
    expect(formatStatus([record])).toBe(
      'Package: zeta\nStatus: install ok installed\nPriority: optional\nSection: x\nArchitecture: all\nVersion: 2\nConffiles:\n /etc/z ff\nDescription: new\nX-Other: 2\n\n',
    );
    expect(() => recordFromControl(parseControl('Package: a\nVersion: 1\nStatus: x\n'), words)).toThrow(/Status/);
    expect(() => recordFromControl(parseControl('Package: a\nVersion: v\n'), words)).toThrow(/not a version/);
  });
});

describe('readDebDatabase', () => {
  it.each([
    ['missing', {}, /neither/],
    ['empty', { 'var/lib/dpkg/status': '\n' }, /empty/],
    ['cut off', { 'var/lib/dpkg/status': RECORD.trimEnd() }, /line 4: .*cut off/],
    ['damaged', { 'var/lib/dpkg/status': `${RECORD}\nPackage: b\nno colon\n` }, /line 7/],
    ['bad status', { 'var/lib/dpkg/status': RECORD.replace('ok', 'fine') }, /"install fine installed"/],
    ['bad relation', { 'var/lib/dpkg/status': `${RECORD}Depends: a (\n` }, /package a, Depends: .*malformed/],
    ['no version', { 'var/lib/dpkg/status': RECORD.replace(/Version.*\n/, '') }, /package a: no Version/],
    ['ambiguous', { 'var/lib/dpkg/status': RECORD, 'var/lib/dpkg/status.d/a': RECORD }, /two package databases/],
    ['status.d damaged', { 'var/lib/dpkg/status.d/a': 'xyz\n' }, /status.d\/a, line 1/],
  ])('refuses a database that is %s', (_, files, reason) => {
    const read = (): unknown => readDebDatabase(imageWith(files as unknown as Record<string, string>).tree);
    expect(read).toThrow(reason);
    expect(read).toThrow(expect.objectContaining({ code: 'DATABASE_UNREADABLE' }) as Error);
  });

  it('reads the records of distroless, base64 names too', () => {
    const control =
      'Package: tzdata\nVersion: 2024a-0+deb12u1\nArchitecture: all\nMaintainer: x\nSource: tz (1)\nDescription: t\n';
    const base = control.replace('tzdata', 'base-files').replace('all', 'arm64');
    const { tree } = imageWith({
      'var/lib/dpkg/status.d/dHpkYXRh': control,
      'var/lib/dpkg/status.d/dHpkYXRh.md5sums': 'd41d8cd98f00b204e9800998ecf8427e  usr/share/zoneinfo/UTC\n',
      'var/lib/dpkg/status.d/base': base,
    });
    expect(hasDebDatabase(tree)).toBe(true);
    const database = readDebDatabase(tree);
    expect(database.layout).toBe('status.d');
    expect(database.architecture).toBe('arm64');
    const record = database.packages.find(({ name }) => name === 'tzdata');
    expect(record).toMatchObject({ want: 'install', state: 'installed', source: { name: 'tz', version: '1' } });
    if (record === undefined) return;
    expect(record.statusFile).toBe('/var/lib/dpkg/status.d/dHpkYXRh');
    expect(formatStatusFile(record)).toBe(control);
    const info = new InfoDirectory(tree);
    expect(info.list(record)).toBe(undefined);
    expect([...(info.md5sums(record) ?? [])]).toEqual([
      ['/usr/share/zoneinfo/UTC', 'd41d8cd98f00b204e9800998ecf8427e'],
    ]);
    expect(info.files(record)).toEqual(['md5sums']);
  });

  it('applies the journal and tells installed, held and removed packages apart', () => {
    const { tree } = imageWith({
      'var/lib/dpkg/status': `${RECORD}\n${RECORD.replace('Package: a', 'Package: b').replace('install ok installed', 'deinstall ok config-files')}\n${RECORD.replace('Package: a', 'Package: c').replace('install ok', 'hold ok')}`,
      'var/lib/dpkg/updates/0001': RECORD.replace('1.0', '1.1'),
      'var/lib/dpkg/updates/tmp.i': 'garbage',
      'var/lib/dpkg/arch': 'amd64\ni386\n',
    });
    const database = readDebDatabase(tree);
    expect(database.packages.map(({ name, version, held }) => [name, version, held])).toEqual([
      ['c', '1.0', true],
      ['a', '1.1', false],
    ]);
    expect(database.records).toHaveLength(3);
    expect(database.foreignArchitectures).toEqual(['i386']);
  });
});

describe('other administrative files', () => {
  it('refuses malformed ones', () => {
    const read = (file: string, text: string): VirtualTree => imageWith({ [`var/lib/dpkg/${file}`]: text }).tree;
    expect(() => readDiversions(read('diversions', '/a\n/b\n'))).toThrow(/line 1/);
    expect(() => readStatOverrides(read('statoverride', 'root root 4755 /a\nroot root 999 /b\n'))).toThrow(/line 2/);
    expect(readStatOverrides(read('statoverride', '#1 g 4755 /a b\n')).get('/a b')).toEqual({
      ...{ user: '#1', group: 'g', mode: 0o4755, path: '/a b' },
    });
    expect(() => parseAlternative('auto\n/usr/bin/x\n\n/bin/y\n5\n', 'x')).toThrow(/cut off/);
    expect([...readUnincorporatedTriggers(read('triggers/Unincorp', 'ldconfig - libc6\n/usr/x a\n'))]).toEqual([
      ['ldconfig', ['-', 'libc6']],
      ['/usr/x', ['a']],
    ]);
  });
});
