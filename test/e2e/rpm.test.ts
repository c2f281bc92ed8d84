import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePlan } from '../../src/patch/plan-document.ts';
import { importAdvisories } from './support/advisories.ts';
import { imageOf, store } from './support/base-image.ts';
import { type Files, makeTar } from './support/files.ts';
import { failure, type PlanResult, result, World } from './support/world.ts';

/** Databases of real images, which are not published with the program. */
const FIXTURES = new URL('../../../shared/fixtures/rpmdb/', import.meta.url);
const fixture = (name: string): string => {
  const path = new URL(name, FIXTURES);
  return existsSync(path) ? readFileSync(path, 'latin1') : '';
};
const MARINER = fixture('cbl-mariner-2.0.sqlite');
const RED_HAT = fixture('libuuid.bdb');
const SUSE = fixture('sle15-bci.ndb');

const MANIFEST = [
  'zlib',
  '1.2.13-1.azl3',
  '0',
  '0',
  'Microsoft Corporation',
  '(none)',
  '1',
  'x86_64',
  '0',
  'zlib-1.2.13-1.azl3.src.rpm',
];

const fixed = (FixedVersion: string) => ({ 'CVE-2025-0100': { FixedVersion } });
const ADVISORIES = {
  'rocky 8': { libuuid: fixed('2.32.1-43.el8') },
  'alma 8': { libuuid: fixed('2.32.1-43.el8') },
  'Oracle Linux 8': {
    libuuid: { 'CVE-2025-0100': { Entries: [{ FixedVersion: '2.32.1-43.el8', Arches: ['x86_64'] }] } },
  },
  'amazon linux 2': { libuuid: fixed('2.32.1-43.amzn2') },
  'Photon OS 3.0': { 'util-linux': fixed('2.32.1-43.ph3') },
  'Red Hat': {
    libuuid: {
      'RHSA-2025:1': {
        Entries: [{ FixedVersion: '0:2.32.1-43.el8', Affected: [2], Cves: [{ ID: 'CVE-2025-0100', Severity: 3 }] }],
      },
    },
  },
  'Red Hat CPE': { cpe: {}, nvr: {}, repository: { 'rhel-8-for-x86_64-baseos-rpms': [2] } },
  'CBL-Mariner 2.0': { zlib: fixed('0:1.2.12-1.cm2'), openssl: fixed('0:1.1.1k-5.cm2') },
  'Azure Linux 3.0': { zlib: fixed('0:1.3.1-1.azl3') },
  'SUSE Linux Enterprise 15.5': { libz1: { 'SUSE-SU-2025:1-1': { FixedVersion: '1.2.11-3.24.1' } } },
  'openSUSE Leap 15.5': { libz1: { 'openSUSE-SU-2025:1-1': { FixedVersion: '1.2.11-3.24.1' } } },
  vulnerability: { 'CVE-2025-0100': { Title: 'overflow', Severity: 'HIGH' } },
  'data-source': { 'rocky 8': { ID: 'rocky', Name: 'Rocky', URL: 'https://example.org' } },
};

let world: World;
beforeAll(async () => {
  world = await World.open();
  await importAdvisories(world, ADVISORIES);
});
afterAll(() => world.close());

async function layout(files: Files): Promise<string> {
  const name = `oci:${world.path('layout')}`;
  await store(imageOf([await makeTar(files)], {}), `${name}:1`);
  return `${name}:1`;
}

const system = (id: string, version: string, more: Files = {}): Files => ({
  '/etc/os-release': `ID=${id}\nVERSION_ID="${version}"\nPRETTY_NAME="${id} ${version}"\n`,
  ...more,
});

interface Case {
  readonly name: string;
  readonly files: Files;
  /** `package installed fixed vulnerability` of what is pending. */
  readonly pending: readonly string[];
}

const LIBUUID = (fixed: string) => [`libuuid 2.32.1-42.el8_8 ${fixed} CVE-2025-0100`];
const LIBZ1 = (advisory: string) => [`libz1 1.2.11-3.21.1 1.2.11-3.24.1 ${advisory}`];

const CASES: readonly Case[] = [
  {
    name: 'rhel, bdb',
    files: { ...system('rhel', '8.8'), '/var/lib/rpm/Packages': RED_HAT },
    pending: LIBUUID('2.32.1-43.el8'),
  },
  {
    name: 'rocky, bdb',
    files: { ...system('rocky', '8.8'), '/var/lib/rpm/Packages': RED_HAT },
    pending: LIBUUID('2.32.1-43.el8'),
  },
  {
    name: 'alma, bdb',
    files: { ...system('almalinux', '8.8'), '/var/lib/rpm/Packages': RED_HAT },
    pending: LIBUUID('2.32.1-43.el8'),
  },
  {
    name: 'oracle, bdb',
    files: { ...system('ol', '8.8'), '/var/lib/rpm/Packages': RED_HAT },
    pending: LIBUUID('2.32.1-43.el8'),
  },
  {
    name: 'amazon, bdb',
    files: {
      ...system('amzn', '2', { '/etc/system-release': 'Amazon Linux release 2 (Karoo)\n' }),
      '/var/lib/rpm/Packages': RED_HAT,
    },
    pending: LIBUUID('2.32.1-43.amzn2'),
  },
  {
    name: 'photon, bdb',
    files: { ...system('photon', '3.0'), '/var/lib/rpm/Packages': RED_HAT },
    pending: LIBUUID('2.32.1-43.ph3'),
  },
  {
    name: 'mariner, sqlite',
    files: { ...system('mariner', '2.0'), '/var/lib/rpm/rpmdb.sqlite': MARINER },
    pending: ['zlib', 'zlib-devel'].map((name) => `${name} 1.2.11-5.cm2 1.2.12-1.cm2 CVE-2025-0100`),
  },
  {
    name: 'mariner, sqlite below sysimage',
    files: {
      ...system('mariner', '2.0'),
      '/usr/lib/sysimage/rpm/rpmdb.sqlite': MARINER,
      '/var/lib/rpm': { link: '../../usr/lib/sysimage/rpm' },
    },
    pending: ['zlib', 'zlib-devel'].map((name) => `${name} 1.2.11-5.cm2 1.2.12-1.cm2 CVE-2025-0100`),
  },
  {
    name: 'azure linux, manifest of a distroless image',
    files: { ...system('azurelinux', '3.0'), '/var/lib/rpmmanifest/container-manifest-2': `${MANIFEST.join('\t')}\n` },
    pending: ['zlib 1.2.13-1.azl3 1.3.1-1.azl3 CVE-2025-0100'],
  },
  {
    name: 'sles, ndb',
    files: { ...system('sles', '15.5'), '/usr/lib/sysimage/rpm/Packages.db': SUSE },
    pending: LIBZ1('SUSE-SU-2025:1-1'),
  },
  {
    name: 'opensuse leap, ndb',
    files: { ...system('opensuse-leap', '15.5'), '/usr/lib/sysimage/rpm/Packages.db': SUSE },
    pending: LIBZ1('openSUSE-SU-2025:1-1'),
  },
];

describe.each(CASES.filter(({ files }) => Object.values(files).every((entry) => entry !== '')))(
  'an rpm image: $name',
  ({ files, pending }) => {
    it('has an inventory, findings and a plan, and is refused by patch', async () => {
      const image = await layout(files);
      expect((await world.call(['inventory', image])).code).toBe(0);
      const scan = await world.call(['scan', '--format', 'json', '--exit-on-eol', '0', image]);
      expect(scan.code, scan.stderr).toBe(0);
      const planned = await world.call(['plan', '--output', 'json', '--save', world.path('plan.json'), image]);
      const { plan, notes } = result<PlanResult>(planned, 3);
      expect(plan).toMatchObject({ family: 'rpm', steps: [], repositories: [], engine: { name: 'none' } });
      expect(
        plan.pending.map(
          ({ name, from, to, detail }) => `${name} ${from} ${to ?? ''} ${/would fix (.*)$/.exec(detail)?.[1] ?? ''}`,
        ),
      ).toEqual(pending);
      expect(new Set(plan.pending.map(({ reason }) => reason))).toEqual(new Set(['no-engine']));
      expect(parsePlan(Buffer.from(JSON.stringify(plan)), { name: 'plan' })).toEqual(plan);
      expect(notes.join('\n')).toContain('no engine');
      const refused = await world.call(['patch', '--output', 'json', image]);
      expect(failure(refused)).toEqual({ exit: 4, code: 'FAMILY_UNSUPPORTED' });
    });
  },
);

describe.skipIf(MARINER === '')('the plan of an rpm image', () => {
  const mariner = () => layout({ ...system('mariner', '2.0'), '/var/lib/rpm/rpmdb.sqlite': MARINER });

  it('follows severities, ignored ids, names and a report as every plan does', async () => {
    const image = await mariner();
    const pendingOf = async (...args: readonly string[]) =>
      result<PlanResult>(
        await world.call(['plan', '--output', 'json', ...args, image]),
        args.includes('--only-packages') ? 3 : 0,
      ).plan.pending.map(({ name }) => name);
    expect(await pendingOf('--ignore', 'CVE-2025-0100')).toEqual([]);
    expect(await pendingOf('--severity', 'CRITICAL')).toEqual([]);
    expect(await pendingOf('--only-packages', 'zlib')).toEqual(['zlib']);
    const text = (await world.call(['plan', image])).stdout;
    expect(text).toContain('zlib 1.2.11-5.cm2 → 1.2.12-1.cm2: no-engine');
  });

  it('is not made without any knowledge: that would look clean', async () => {
    const image = await mariner();
    const finished = await world.call(['plan', '--output', 'json', image], { cache: world.path('empty-cache') });
    expect(failure(finished)).toEqual({ exit: 4, code: 'DATABASE_MISSING' });
  });

  it('is not made of a release without advisories, nor of a damaged database', async () => {
    const unknown = await layout({ ...system('mariner', '9.0'), '/var/lib/rpm/rpmdb.sqlite': MARINER });
    expect(failure(await world.call(['plan', '--output', 'json', unknown]))).toEqual({
      exit: 4,
      code: 'REPORT_INCOMPLETE',
    });
    const damaged = await layout({
      ...system('mariner', '2.0'),
      '/var/lib/rpm/rpmdb.sqlite': MARINER.slice(0, 60_000),
    });
    expect(failure(await world.call(['plan', '--output', 'json', damaged])).exit).toBe(4);
    expect((await world.call(['scan', damaged])).code).toBe(4);
  });
});
