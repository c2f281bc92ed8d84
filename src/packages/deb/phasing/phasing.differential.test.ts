import { describe, expect, it } from 'vitest';
import { readDebDatabase } from '../database/read.ts';
import { base, DATE, gpg, keys, open, publish, useTestArchive } from '../repository/testing/archive.ts';
import { hasProgram } from '../repository/testing/gpg.ts';
import { memoryTree } from '../repository/testing/memory-tree.ts';
import { RealApt } from '../repository/testing/real-apt.ts';
import type { TestPackage } from '../repository/testing/repository.ts';
import { resolveDebs } from '../resolve/resolve.ts';

const MACHINE = '5f0c2bd7a1fd4b0e9ac96a2dd0a1b2c3';
const NAMES = Array.from({ length: 40 }, (_, index) => `p${index}`);
const percentage = (index: number) => [0, 10, 50, 90, 100, 200][index % 6] ?? 0;
const phased = (name: string, index: number, fields: readonly string[] = []): TestPackage => ({
  name,
  version: '3',
  fields: [
    `Phased-Update-Percentage: ${percentage(index)}`,
    ...(index % 4 === 0 ? ['Source: s (3.0)'] : []),
    ...fields,
  ],
});

/** What the updates suite offers; every tenth package also has a security update below its phased one. */
const UPDATES: readonly TestPackage[] = [
  ...NAMES.map((name, index) => phased(name, index)),
  // Not phased, but needs a phased version of another package; and one that is new.
  { name: 'needs', version: '3', fields: ['Depends: p1 (= 3)'] },
  { name: 'pulls', version: '3', fields: ['Depends: fresh'] },
  { name: 'fresh', version: '3', fields: ['Phased-Update-Percentage: 0'] },
  { name: 'odd', version: '3', fields: ['Phased-Update-Percentage: soon'] },
  { name: 'middle', version: '3', fields: ['Phased-Update-Percentage: 0'] },
];
const SECURITY: readonly TestPackage[] = NAMES.filter((_, index) => index % 10 === 0).map((name) => ({
  name,
  version: '2',
}));
const RELEASE: readonly TestPackage[] = [{ name: 'middle', version: '2' }];

const STATUS = [...NAMES, 'needs', 'pulls', 'odd', 'middle']
  .map(
    (name) =>
      `Package: ${name}\nStatus: install ok installed\nMaintainer: T <t@example.org>\nArchitecture: amd64\nVersion: 1\nDescription: a test\n`,
  )
  .join('\n');

describe.skipIf(!hasProgram('apt-get') || !hasProgram('gpg'))('phased updates, as apt-get sees them', () => {
  useTestArchive();

  it.each([
    ['with a machine ID', { '/etc/machine-id': `${MACHINE}\n` }, ['dist-upgrade']],
    ['with another machine ID', { '/etc/machine-id': 'b08dfa6083e7567a1921a715000001fb' }, ['dist-upgrade']],
    ['without a machine ID', {}, ['dist-upgrade']],
    ['with an empty machine ID', { '/etc/machine-id': '\n' }, ['dist-upgrade']],
    ['with an uninitialized machine ID', { '/etc/machine-id': 'uninitialized\n' }, ['dist-upgrade']],
    [
      'with a configured machine ID',
      { '/etc/machine-id': 'x\n', '/etc/apt/apt.conf': `APT::Machine-ID "${MACHINE}";` },
      ['dist-upgrade'],
    ],
    ['never', { '/etc/apt/apt.conf': 'APT::Get::Never-Include-Phased-Updates "1";' }, ['dist-upgrade']],
    [
      'never, by update-manager',
      { '/etc/apt/apt.conf': 'Update-Manager::Never-Include-Phased-Updates "true";' },
      ['dist-upgrade'],
    ],
    [
      'always',
      {
        '/etc/machine-id': `${MACHINE}\n`,
        '/etc/apt/apt.conf':
          'APT::Get::Always-Include-Phased-Updates "yes"; APT::Get::Never-Include-Phased-Updates "yes";',
      },
      ['dist-upgrade'],
    ],
    [
      'by priority',
      { '/etc/machine-id': `${MACHINE}\n`, '/etc/apt/apt.conf': 'APT::Get::Phase-Policy "true";' },
      ['dist-upgrade'],
    ],
    ['asked for by name', { '/etc/machine-id': `${MACHINE}\n` }, ['install', 'p1', 'p2', 'p6', 'needs']],
  ])('%s', async (_name, files, command) => {
    const image = imageWith(files);
    const apt = new RealApt(image);
    try {
      expect(await apt.call('update')).not.toMatch(/^E:/m);
      const tree = memoryTree(image);
      const repositories = await open(tree);
      const only = command.slice(1).map((name) => ({ name }));
      const request = { scope: 'all', ...(only.length === 0 ? {} : { only }) } as const;
      const { steps, pending } = resolveDebs(readDebDatabase(tree), repositories, request, repositories);
      expect(steps.map(({ name, to }) => `${name} ${to}`).sort()).toEqual(await apt.simulate(...command));
      const waiting = pending.filter(({ name }) => name !== 'needs');
      expect(
        waiting.filter(({ reason, detail }) => reason !== 'phased' || !/phased, given to \d+ %/.test(detail)),
      ).toEqual([]);
    } finally {
      apt.close();
    }
  });
});

function imageWith(files: Readonly<Record<string, string>>): Readonly<Record<string, string | Uint8Array>> {
  publish({ packages: RELEASE });
  publish({ release: { suite: 'stable-updates', date: DATE }, packages: UPDATES });
  publish({ release: { suite: 'stable-security', date: DATE }, packages: SECURITY });
  return {
    '/etc/apt/sources.list': ['stable', 'stable-updates', 'stable-security']
      .map((suite) => `deb ${base} ${suite} main\n`)
      .join(''),
    '/etc/apt/trusted.gpg.d/test.gpg': gpg.exported([keys.ed25519], false),
    '/var/lib/dpkg/status': STATUS,
    ...files,
  };
}
