import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importAdvisories } from './support/advisories.ts';
import { imageOf, store } from './support/base-image.ts';
import { type Files, makeTar } from './support/files.ts';
import { failure, World } from './support/world.ts';
import { zstdFrame } from './support/zstd.ts';

const ADVISORIES = {
  'ubuntu 24.04': { openssl: { 'CVE-2025-0200': { FixedVersion: '3.0.13-0ubuntu3.5' } } },
  'debian 12': { greet: { 'CVE-2025-0001': { FixedVersion: '2' } } },
  vulnerability: { 'CVE-2025-0200': { Title: 'overflow', Severity: 'HIGH' } },
  'data-source': { 'ubuntu 24.04': { ID: 'ubuntu', Name: 'Ubuntu', URL: 'https://example.org' } },
};

let world: World;
beforeAll(async () => {
  world = await World.open();
  await importAdvisories(world, ADVISORIES);
});
afterAll(() => world.close());

async function layout(...layers: readonly Files[]): Promise<string> {
  const name = `oci:${world.path('layout')}`;
  const tars = await Promise.all(layers.map((files) => makeTar(files)));
  await store(imageOf(tars, {}), `${name}:1`);
  return `${name}:1`;
}

const OS = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n';

describe.each([
  ['without a layer', []],
  ['from scratch, with one program', [{ '/app': { text: 'ELF', mode: 0o755 } }]],
  ['with a system and no package database', [{ '/etc/os-release': OS, '/etc/debian_version': '12.5\n' }]],
  [
    'whose package database is empty',
    [{ '/etc/os-release': OS, '/etc/debian_version': '12.5\n', '/var/lib/dpkg/status': '' }],
  ],
  ['with a directory where the database would be', [{ '/var/lib/dpkg/info/x.list': '/.\n' }]],
] as const)('an image %s', (_name, layers: readonly Files[]) => {
  it('is unknown to scan, plan and patch, never clean', async () => {
    const image = await layout(...layers);
    const scan = await world.call(['scan', '--format', 'json', image]);
    expect(scan.code).toBe(4);
    const report = JSON.parse(scan.stdout) as { Suture: { Verdict: string; Unknown: readonly { Kind: string }[] } };
    expect(report.Suture.Verdict).toBe('unknown');
    for (const command of ['plan', 'patch']) {
      const refused = await world.call([command, '--output', 'json', image]);
      expect(failure(refused)).toEqual({ exit: 4, code: 'OS_UNKNOWN' });
      expect(refused.stdout).toContain('not the same as clean');
    }
  });
});

/** As `chisel cut` leaves it, with the release files of base-files. */
function chiselled(packages: readonly (readonly [name: string, version: string])[]): Files {
  const lines = packages.map(([name, version]) => ({
    kind: 'package',
    name,
    version,
    sha256: 'ab'.repeat(32),
    arch: 'amd64',
  }));
  const all = [{ jsonwall: '1.0', schema: '1.0', count: lines.length + 1 }, ...lines];
  const manifest = zstdFrame(Buffer.from(all.map((line) => `${JSON.stringify(line)}\n`).join('')));
  return {
    '/etc/os-release': { link: '../usr/lib/os-release' },
    '/usr/lib/os-release': 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04.1 LTS"\n',
    '/etc/lsb-release': 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=24.04\nDISTRIB_CODENAME=noble\n',
    '/var/lib/chisel/manifest.wall': manifest.toString('latin1'),
  };
}

describe('a chiselled image', () => {
  const packages = [
    ['openssl', '3.0.13-0ubuntu3.1'],
    ['libc6', '2.39-0ubuntu8.3'],
  ] as const;

  it('has an inventory, and what is known of it is not everything', async () => {
    const image = await layout(chiselled(packages));
    const inventory = await world.call(['inventory', '--format', 'cyclonedx', image]);
    expect(inventory.code).toBe(4);
    expect(inventory.stdout).toContain('pkg:deb/ubuntu/libc6@2.39-0ubuntu8.3?arch=amd64&distro=ubuntu-24.04');
    const scan = await world.call(['scan', '--format', 'json', image]);
    expect(scan.code).toBe(4);
    expect(scan.stdout).toContain('CVE-2025-0200');
    expect(scan.stdout).toContain('sources-unknown');
    const clean = await world.call([
      'scan',
      '--format',
      'json',
      await layout(chiselled([['libc6', '2.39-0ubuntu8.3']])),
    ]);
    expect(clean.code).toBe(4);
    expect((JSON.parse(clean.stdout) as { Suture: { Verdict: string } }).Suture.Verdict).toBe('unknown');
  });

  it('is refused by plan and patch, with what to do instead', async () => {
    const image = await layout(chiselled(packages));
    for (const command of ['plan', 'patch']) {
      const refused = await world.call([command, '--output', 'json', image]);
      expect(failure(refused)).toEqual({ exit: 4, code: 'FAMILY_UNSUPPORTED' });
      expect(refused.stdout).toContain('chisel cut');
    }
  });

  it('whose manifest is damaged is unknown as well', async () => {
    const image = await layout({ ...chiselled(packages), '/var/lib/chisel/manifest.wall': 'no manifest' });
    const scan = await world.call(['scan', '--format', 'json', image]);
    expect(scan.code).toBe(4);
    expect(scan.stdout).toContain('database-unreadable');
  });
});

describe.skipIf(spawnSync('zstd', ['--version']).status !== 0)(
  'a manifest compressed by zstd itself (needs zstd)',
  () => {
    it('is read', async () => {
      const { '/var/lib/chisel/manifest.wall': raw, ...rest } = chiselled([['openssl', '3.0.13-0ubuntu3.1']]);
      const text = spawnSync('zstd', ['-dc'], { input: Buffer.from(raw as string, 'latin1') }).stdout;
      const manifest = spawnSync('zstd', ['-19', '-c'], { input: text }).stdout.toString('latin1');
      const image = await layout({ ...rest, '/var/lib/chisel/manifest.wall': manifest });
      expect((await world.call(['scan', '--format', 'json', image])).stdout).toContain('CVE-2025-0200');
    });
  },
);
