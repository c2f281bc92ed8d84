import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MadePackage, makeSigningKey } from '../../src/packages/apk/testing/build-package.ts';
import { buildRepository, signedIndex } from '../../src/packages/apk/testing/build-repository.ts';
import type { MadeMember } from '../../src/packages/apk/testing/tar-writer.ts';
import { importAdvisories } from './support/advisories.ts';
import { type ApkRoot, apkRoot } from './support/apk.ts';
import { imageOf, store } from './support/base-image.ts';
import { makeTar } from './support/files.ts';
import { load, treeOf } from './support/layouts.ts';
import { failure, type PlanResult, patched, result, World } from './support/world.ts';

const ALPINE = 'https://dl-cdn.example.org/alpine/v3.19/main';
const WOLFI = 'https://packages.example.org/os';
const key = makeSigningKey('builder@example.org-1.rsa.pub');
const stranger = makeSigningKey('stranger@example.org-1.rsa.pub');

const ADVISORIES = {
  'alpine 3.19': {
    openssl: {
      'CVE-2025-0300': { FixedVersion: '3.1.4-r6' },
      'CVE-2025-0301': { FixedVersion: '3.1.4-r9' },
    },
  },
  wolfi: { openssl: { 'CVE-2025-0300': { FixedVersion: '3.4.0-r2' } } },
  vulnerability: { 'CVE-2025-0300': { Title: 'overflow', Severity: 'HIGH' } },
  'data-source': { wolfi: { ID: 'wolfi', Name: 'Wolfi', URL: 'https://example.org' } },
};

let world: World;
let mirror = '';
beforeAll(async () => {
  world = await World.open();
  await importAdvisories(world, ADVISORIES);
});
afterAll(() => world.close());
beforeEach(() => {
  mirror = mkdtempSync(join(world.directory, 'mirror-'));
  return () => rmSync(mirror, { recursive: true, force: true });
});

const file = (name: string, content: string, mode = 0o644): MadeMember => ({ name, content, mode });
const link = (name: string, target: string): MadeMember => ({ name, type: 'symlink', target });

function openssl(version: string, directory = 'lib'): readonly MadePackage[] {
  const library = (name: string): MadePackage => ({
    name,
    version,
    origin: 'openssl',
    provides: [`so:${name}.so.3=3`],
    members: [file(`${directory}/${name}.so.3`, `${name} ${version}\n`, 0o755)],
  });
  return [library('libcrypto3'), { ...library('libssl3'), depends: [`libcrypto3=${version}`] }];
}

/** With the scripts that the real one has: links are made for what it lists. */
function busybox(version: string): MadePackage {
  return {
    name: 'busybox',
    version,
    members: [
      file('bin/busybox', `busybox ${version}\n`, 0o755),
      link('bin/sh', '/bin/busybox'),
      file('etc/busybox-paths.d/busybox', 'bin/ls\nusr/bin/wc\n'),
    ],
    triggers: ['/bin', '/usr/bin', '/sbin', '/usr/sbin', '/lib/modules/*'],
    scripts: {
      'post-upgrade': '#!/bin/busybox sh\n/bin/busybox --install -s\n',
      trigger:
        '#!/bin/sh\n\ndo_bb_install=\n\nfor i in "$@"; do\n\tcase "$i" in\n\t\t/lib/modules/*)\t/bin/busybox depmod ${i#/lib/modules/};;\n\t\t*) do_bb_install=yes;;\n\tesac\ndone\n\nif [ -n "$do_bb_install" ]; then\n\t/bin/busybox --install -s\nfi\n\n',
    },
  };
}

function tool(version: string, extra: Partial<MadePackage> = {}): MadePackage {
  return { name: 'tool', version, members: [file('usr/bin/tool', `tool ${version}\n`, 0o755)], ...extra };
}

function baselayout(id: string, version: string): MadePackage {
  const pretty = id === 'alpine' ? `Alpine Linux v${version}` : 'Wolfi';
  const release = `ID=${id}\nVERSION_ID=${version}\nPRETTY_NAME="${pretty}"\n`;
  return {
    name: `${id}-baselayout`,
    version: '3.4.3-r2',
    members: [
      file('etc/os-release', release),
      ...(id === 'alpine' ? [file('etc/alpine-release', `${version}\n`)] : []),
      file('etc/passwd', 'root:x:0:0:root:/root:/bin/ash\n'),
      file('etc/group', 'root:x:0:root\n'),
      ...['usr/bin', 'usr/sbin', 'sbin', 'tmp'].map((name): MadeMember => ({ name, type: 'directory' })),
    ],
  };
}

async function layout(root: ApkRoot): Promise<string> {
  const name = `oci:${world.path('layout')}`;
  await store(imageOf([await makeTar(apkRoot(root))], {}), `${name}:1`);
  return name;
}

const alpine = (extra: Partial<ApkRoot> = {}) =>
  layout({
    packages: [baselayout('alpine', '3.19.1'), busybox('1.36.1-r15'), ...openssl('3.1.4-r5'), tool('1.0-r0')],
    world: ['alpine-baselayout', 'busybox', 'libssl3', 'tool'],
    repositories: [ALPINE],
    keys: [key],
    database: '/lib/apk/db',
    ...extra,
  });

const wolfi = (extra: Partial<ApkRoot> = {}) =>
  layout({
    packages: [baselayout('wolfi', '20230201'), ...openssl('3.4.0-r1', 'usr/lib')],
    world: ['libssl3', 'wolfi-baselayout'],
    repositories: [WOLFI],
    keys: [key],
    database: '/usr/lib/apk/db',
    ...extra,
    files: { '/lib/apk': { link: '../usr/lib/apk' }, ...extra.files },
  });

const MADE = 1_741_000_000;

function publish(packages: readonly MadePackage[], signer = key, hash: 'sha1' | 'sha256' = 'sha1'): void {
  buildRepository(mirror, packages, signer, { made: MADE, hash });
}

const MIRRORS = () => ['--mirror', `${ALPINE}=${mirror}`, '--mirror', `${WOLFI}=${mirror}`];

const run = (command: 'plan' | 'patch', name: string, ...args: readonly string[]) =>
  world.call([command, '--output', 'json', ...MIRRORS(), ...args, `${name}:1`]);

/** With nothing in the cache. */
const runFresh = (command: 'plan' | 'patch', name: string) =>
  world.call([command, '--output', 'json', ...MIRRORS(), `${name}:1`], { cache: world.path('cache') });

const steps = ({ steps: all }: PlanResult['plan']) => all.map(({ name, to }) => `${name} ${to}`).sort();
const reading = (name: string) => load(name).then((image) => treeOf(image, join(world.directory, 'reading')));

describe('an image like Alpine', () => {
  it('is patched, with its database as apk would leave it and what was asked for untouched', async () => {
    publish([baselayout('alpine', '3.19.1'), busybox('1.36.1-r16'), ...openssl('3.1.4-r6'), tool('1.0-r0')]);
    const name = await alpine();
    const { plan, digest } = patched(await run('patch', name, '--tag', 'new'));
    expect(plan.family).toBe('apk');
    expect(steps(plan)).toEqual(['busybox 1.36.1-r16', 'libcrypto3 3.1.4-r6', 'libssl3 3.1.4-r6']);
    expect(plan.engine.name).toBe('native');
    const tree = await reading(`${name}:new`);
    expect(tree.readText('/lib/libssl3.so.3')).toBe('libssl3 3.1.4-r6\n');
    expect(tree.readText('/lib/apk/db/installed')).toContain('P:libcrypto3\nV:3.1.4-r6\n');
    expect(tree.readText('/lib/apk/db/installed')).not.toContain('V:3.1.4-r5');
    expect(tree.readText('/etc/apk/world')).toBe('alpine-baselayout\nbusybox\nlibssl3\ntool\n');
    // The trigger of busybox ran.
    expect(tree.lstat('/usr/bin/wc')?.target).toBe('/bin/busybox');
    expect(patched(await run('patch', name, '--dry-run')).digest).toBe(digest);
    const again = patched(await run('patch', name, '--tag', 'new'));
    expect(again.published?.outcome).toBe('present');
  });

  it('has the vulnerabilities named that its upgrades fix, by the database at hand, which changes nothing else', async () => {
    publish([...openssl('3.1.4-r6')]);
    const name = await alpine();
    const { plan, planDigest, notes } = result<PlanResult>(await run('plan', name));
    const cves = Object.fromEntries(plan.steps.map((step) => [step.name, step.cves]));
    expect(cves).toEqual({ libcrypto3: ['CVE-2025-0300'], libssl3: ['CVE-2025-0300'] });
    expect(notes.join('\n')).toContain('named by the vulnerability database');
    const text = (await world.call(['plan', '--mirror', `${ALPINE}=${mirror}`, `${name}:1`])).stdout;
    expect(text).toMatch(/libssl3 +3\.1\.4-r5 +3\.1\.4-r6 +CVE-2025-0300/);
    expect(text).toContain('1 vulnerability known to be fixed');
    const bare = await world.call(['plan', '--output', 'json', '--mirror', `${ALPINE}=${mirror}`, `${name}:1`], {
      cache: world.path('bare'),
    });
    const without = result<PlanResult>(bare);
    expect(without.plan.steps.flatMap((step) => step.cves)).toEqual([]);
    expect(without.notes.join('\n')).toContain('not known');
    expect(without.planDigest).toBe(planDigest);
  });

  it('keeps what cannot be done natively pending, and does the rest', async () => {
    const scripts = { 'post-upgrade': '#!/bin/sh\nexec /usr/bin/tool --migrate\n' };
    publish([...openssl('3.1.4-r6'), tool('2.0-r0', { scripts })]);
    const name = await alpine();
    const { plan } = patched(await run('patch', name, '--scope', 'all', '--tag', 'new'), 3);
    expect(steps(plan)).toEqual(['libcrypto3 3.1.4-r6', 'libssl3 3.1.4-r6']);
    expect(plan.pending).toMatchObject([{ name: 'tool', to: '2.0-r0', reason: 'script-not-native' }]);
    expect(plan.pending[0]?.detail).toContain('post-upgrade');
  });

  it('has a trigger that is not native put down to the package that fires it', async () => {
    const owner: MadePackage = {
      name: 'mimes',
      version: '1-r0',
      members: [file('usr/share/mime/x', 'x')],
      triggers: ['/usr/share/mime'],
      scripts: { trigger: '#!/bin/sh\nexec update-mime-database /usr/share/mime\n' },
    };
    const user = (version: string): MadePackage => ({
      name: 'user',
      version,
      members: [file(`usr/share/mime/${version}`, version)],
    });
    publish([...openssl('3.1.4-r6'), owner, user('2-r0')]);
    const packages = [
      baselayout('alpine', '3.19.1'),
      busybox('1.36.1-r15'),
      ...openssl('3.1.4-r5'),
      { ...owner, version: '0-r9' },
      user('1-r0'),
    ];
    const name = await alpine({ packages, world: ['libssl3', 'user', 'mimes', 'busybox', 'alpine-baselayout'] });
    const { plan } = result<PlanResult>(await run('plan', name, '--scope', 'all'), 3);
    expect(steps(plan)).toEqual(['libcrypto3 3.1.4-r6', 'libssl3 3.1.4-r6']);
    expect(plan.pending.map(({ name: pending }) => pending).sort()).toEqual(['mimes', 'user']);
    expect(plan.pending.every(({ detail }) => detail.includes('trigger of mimes'))).toBe(true);
  });
});

describe('an image like Wolfi', () => {
  it('is patched in its own place, without a shell or an apk in it', async () => {
    publish([baselayout('wolfi', '20230201'), ...openssl('3.4.0-r2', 'usr/lib')], key, 'sha256');
    const name = await wolfi();
    const { plan } = patched(await run('patch', name, '--tag', 'new'));
    expect(steps(plan)).toEqual(['libcrypto3 3.4.0-r2', 'libssl3 3.4.0-r2']);
    expect(plan.steps.map(({ cves }) => cves)).toEqual([['CVE-2025-0300'], ['CVE-2025-0300']]);
    const image = await load(`${name}:new`);
    const tree = await reading(`${name}:new`);
    expect(tree.readText('/usr/lib/libssl3.so.3')).toBe('libssl3 3.4.0-r2\n');
    expect(tree.readText('/usr/lib/apk/db/installed')).toContain('P:libssl3\nV:3.4.0-r2\n');
    expect(tree.lstat('/lib/apk')?.type).toBe('symlink');
    expect(image.layers.length).toBe(2);
    expect((await world.call(['scan', `${name}:new`])).stdout).not.toContain('CVE-2025-0300');
  });

  it('has packages with scripts pending, which nothing in it could run', async () => {
    const scripts = { 'post-upgrade': '#!/bin/sh\nexit 0\n' };
    const [crypto, ssl] = openssl('3.4.0-r2', 'usr/lib');
    if (crypto === undefined || ssl === undefined) throw new Error('openssl is two packages');
    publish([{ ...crypto, scripts }, ssl]);
    const { plan } = result<PlanResult>(await run('plan', await wolfi()), 3);
    expect(steps(plan)).toEqual([]);
    expect(plan.pending.find(({ name }) => name === 'libcrypto3')?.detail).toContain('/bin/sh');
  });
});

describe('what a repository of apk must prove', () => {
  it('refuses an index that is signed by a key the image does not have', async () => {
    publish(openssl('3.1.4-r6'), stranger);
    expect(failure(await run('patch', await alpine()))).toEqual({ exit: 4, code: 'REPOSITORY_UNTRUSTED' });
  });

  it('takes the RSA key of --keyring, whose name is that of the signature', async () => {
    publish(openssl('3.1.4-r6'), stranger);
    const keyring = join(mirror, stranger.name);
    writeFileSync(keyring, stranger.publicKey);
    const { plan } = patched(await run('patch', await alpine(), '--keyring', keyring, '--tag', 'new'));
    expect(steps(plan)).toEqual(['libcrypto3 3.1.4-r6', 'libssl3 3.1.4-r6']);
    expect((await world.call(['patch', '--help'])).stdout.replace(/\s+/g, ' ')).toContain('RSA public key (apk');
  });

  it('refuses packages that were exchanged', async () => {
    publish(openssl('3.1.4-r6'));
    const [name = ''] = readdirSync(join(mirror, 'x86_64')).filter((entry) => entry.startsWith('libssl3'));
    const path = join(mirror, 'x86_64', name);
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9);
    writeFileSync(path, bytes);
    const refused = failure(await runFresh('patch', await alpine()));
    expect(refused.exit).toBe(1);
    expect(['PACKAGE_HASH_MISMATCH', 'PACKAGE_INVALID']).toContain(refused.code);
  });

  it.each(['ADBd', 'ADBc', 'ADB.'])(
    'says of an index and of packages in the form of apk v3 (%s) that they are',
    async (magic) => {
      const v3 = Buffer.concat([Buffer.from(magic), Buffer.alloc(64)]);
      mkdirSync(join(mirror, 'x86_64'));
      writeFileSync(join(mirror, 'x86_64/APKINDEX.tar.gz'), v3);
      const name = await alpine();
      const index = await run('patch', name);
      expect(failure(index)).toEqual({ exit: 4, code: 'NO_REPOSITORY' });
      expect(index.stdout).toContain('apk v3');
      publish(openssl('3.1.4-r6'));
      for (const entry of readdirSync(join(mirror, 'x86_64')).filter((entry) => entry.endsWith('.apk'))) {
        const size = readFileSync(join(mirror, 'x86_64', entry)).length;
        writeFileSync(
          join(mirror, 'x86_64', entry),
          Buffer.concat([Buffer.from(magic), Buffer.alloc(size - magic.length)]),
        );
      }
      const packages = await runFresh('patch', name);
      expect(failure(packages)).toEqual({ exit: 1, code: 'PACKAGE_INVALID' });
      expect(packages.stdout).toContain('apk v3');
    },
  );

  it('goes on without a package that is not there, and says so', async () => {
    publish([...openssl('3.1.4-r6'), tool('2.0-r0')]);
    rmSync(join(mirror, 'x86_64/tool-2.0-r0.apk'));
    const { plan } = result<PlanResult>(await run('plan', await alpine(), '--scope', 'all'), 3);
    expect(plan.pending).toMatchObject([{ name: 'tool', reason: 'fetch-failed' }]);
    expect(steps(plan)).toEqual(['libcrypto3 3.1.4-r6', 'libssl3 3.1.4-r6']);
  });

  it('sends the credentials of an address, and writes them down nowhere', async () => {
    publish(openssl('3.1.4-r6'));
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end(readFileSync(join(mirror, decodeURIComponent(new URL(request.url ?? '', 'http://x').pathname))));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const name = await alpine({ repositories: [`http://bearer:s3cret-word@127.0.0.1:${port}`] });
      const finished = await world.call(['patch', '--output', 'json', '--verbose', '--tag', 'new', `${name}:1`]);
      expect(patched(finished).plan.repositories[0]?.id).toBe(`http://127.0.0.1:${port} x86_64`);
      expect(finished.stdout + finished.stderr).not.toContain('s3cret-word');
      const config = Buffer.from((await load(`${name}:new`)).rawConfig).toString();
      expect(config).not.toContain('s3cret-word');
      expect(new Set(seen)).toEqual(new Set([`Basic ${Buffer.from('bearer:s3cret-word').toString('base64')}`]));
    } finally {
      server.close();
    }
  });

  it('refuses an older index than was seen before', async () => {
    publish(openssl('3.1.4-r6'));
    const name = await alpine();
    expect((await run('plan', name)).code).toBe(0);
    writeFileSync(join(mirror, 'x86_64/APKINDEX.tar.gz'), signedIndex('', key, 'sha1', MADE - 10));
    expect(failure(await run('plan', name))).toEqual({ exit: 4, code: 'REPOSITORY_ROLLED_BACK' });
  });
});
