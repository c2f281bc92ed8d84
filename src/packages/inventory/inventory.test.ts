import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silent } from '../../core/progress.ts';
import { LayerStore } from '../../oci/layer/layer-store.ts';
import type { Layer } from '../../oci/model.ts';
import type { TarWriteEntry } from '../../oci/tar/write.ts';
import { FactsCache } from './facts-cache.ts';
import { inventoryOf } from './inventory.ts';
import { layerOf } from './testing/layer-of.ts';
import type { ScannedImage } from './types.ts';

const meta = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };

let cache = '';
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'suture-inventory-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

function inventory(...layers: Layer[]): Promise<ScannedImage> {
  return inventoryOf(layers, { store: new LayerStore(cache), facts: new FactsCache(cache), progress: silent });
}

const deb = (name: string, version: string, more = ''): string =>
  `Package: ${name}\nStatus: install ok installed\nMaintainer: Debian <debian@example.org>\nArchitecture: amd64\nVersion: ${version}\n${more}\n`;
const apk = (name: string, version: string): string =>
  `C:Q1ABCDAAAAAAAAAAAAAAAAAAAAAAA=\nP:${name}\nV:${version}\nA:x86_64\nL:MIT\no:${name}\n\n`;
const names = ({ packages }: ScannedImage): string[] => packages.map(({ id }) => id);
const kinds = ({ problems }: ScannedImage): string[] => problems.map(({ kind }) => kind);

describe('inventoryOf a Debian image', () => {
  const base = {
    'etc/debian_version': '12.5\n',
    'var/lib/dpkg/status':
      deb('bash', '5.2.15-2+b2', 'Source: bash (5.2.15-2)\nDepends: libc6 (>= 2.36), missing | debconf\n') +
      deb('libc6', '2:2.36-9+deb12u4', 'Source: glibc\n') +
      deb('debconf', '1.5.82'),
  };

  it('reads packages in Trivy terms', async () => {
    const image = await inventory(await layerOf(base));
    expect(image.os).toEqual({ family: 'debian', name: '12.5', extended: false });
    expect(image.problems).toEqual([]);
    expect(names(image)).toEqual(['bash@5.2.15-2+b2', 'debconf@1.5.82', 'libc6@2:2.36-9+deb12u4']);
    const [bash, , libc6] = image.packages;
    expect(bash).toMatchObject({
      version: '5.2.15',
      release: '2+b2',
      epoch: 0,
      src: { name: 'bash', version: '5.2.15', release: '2', epoch: 0 },
      dependsOn: ['debconf@1.5.82', 'libc6@2:2.36-9+deb12u4'],
      repositoryClass: 'official',
      identifier: { purl: 'pkg:deb/debian/bash@5.2.15-2%2Bb2?arch=amd64&distro=debian-12.5' },
    });
    expect(libc6).toMatchObject({ epoch: 2, src: { name: 'glibc', version: '2.36', epoch: 2 } });
    expect(libc6?.identifier.purl).toBe('pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12.5&epoch=2');
  });

  it('attributes each package to the lowest layer that has it in that version', async () => {
    const lower = await layerOf(base);
    const upper = await layerOf({
      'var/lib/dpkg/status': deb('bash', '5.2.15-2+b2') + deb('libc6', '2:2.36-9+deb12u9'),
    });
    const image = await inventory(lower, upper);
    expect(image.packages.map(({ id, layer }) => [id, layer?.diffId === lower.diffId ? 'lower' : 'upper'])).toEqual([
      ['bash@5.2.15-2+b2', 'lower'],
      ['libc6@2:2.36-9+deb12u9', 'upper'],
    ]);
    expect(image.packages[0]?.layer).toEqual({ digest: lower.descriptor.digest, diffId: lower.diffId });
  });

  it('tells removed, foreign and third-party packages, and digests', async () => {
    const status =
      deb('gone', '1').replace('install ok installed', 'deinstall ok config-files') +
      deb('half', '1').replace('install ok installed', 'install ok half-configured') +
      deb('docker-ce', '5:24.0').replace('Debian <debian@example.org>', 'Docker <support@docker.com>') +
      deb('zlib1g', '1:1.2.13', `Pre-Depends: half:any (>= 1)\n`);
    const available = `Package: half\nVersion: 1\nSHA256: ${'ab'.repeat(32)}\n`;
    const image = await inventory(
      await layerOf({ ...base, 'var/lib/dpkg/status': status, 'var/lib/dpkg/available': available }),
    );
    expect(image.packages.map(({ name, repositoryClass, digest }) => [name, repositoryClass, digest])).toEqual([
      ['docker-ce', 'third-party', undefined],
      ['half', 'official', `sha256:${'ab'.repeat(32)}`],
      ['zlib1g', 'official', undefined],
    ]);
    expect(image.packages[2]?.dependsOn).toEqual(['half@1']);
  });

  it('reads status.d of a distroless image, and sees files of it removed', async () => {
    const lower = await layerOf({
      'etc/debian_version': '12.5\n',
      'var/lib/dpkg/status.d/base': 'Package: base-files\nVersion: 12.4+deb12u5\nArchitecture: amd64\n',
      'var/lib/dpkg/status.d/base.md5sums': 'd41d8cd98f00b204e9800998ecf8427e  etc/x\n',
      'var/lib/dpkg/status.d/tzdata': 'Package: tzdata\nVersion: 2024a-0+deb12u1\nArchitecture: all\n',
    });
    const image = await inventory(lower);
    expect(image.packages.map(({ name, filePath }) => [name, filePath])).toEqual([
      ['base-files', 'var/lib/dpkg/status.d/base'],
      ['tzdata', 'var/lib/dpkg/status.d/tzdata'],
    ]);
    const removed = await inventory(lower, await layerOf({ 'var/lib/dpkg/status.d/tzdata': null }));
    expect(names(removed)).toEqual(['base-files@12.4+deb12u5']);
  });

  it('keeps the readable records beside a damaged one, and says so', async () => {
    const status = `${deb('bash', '5.2')}this is no field\n\n${deb('odd', 'a:b')}${deb('dash', '0.5')}`;
    const image = await inventory(await layerOf({ ...base, 'var/lib/dpkg/status': status }));
    expect(names(image)).toEqual(['bash@5.2', 'dash@0.5']);
    expect(kinds(image)).toEqual(['package-invalid', 'package-invalid']);
    expect(image.problems[0]?.path).toBe('var/lib/dpkg/status');
  });

  const QUERY = `${['Package', 'Version', 'Architecture', 'source:Package', 'source:Version', 'db:Status-Status'].map((field) => `$\{${field}}`).join(' ')}\\n`;
  const dpkg = spawnSync('dpkg-query', ['-W', '-f', QUERY], { encoding: 'utf8' });
  it.skipIf(dpkg.status !== 0)('lists what dpkg lists on this machine (needs dpkg)', async () => {
    const image = await inventory(
      await layerOf({ ...base, 'var/lib/dpkg/status': readFileSync('/var/lib/dpkg/status') }),
    );
    const full = ({ epoch, version, release }: { epoch: number; version: string; release: string }) =>
      `${epoch === 0 ? '' : `${epoch}:`}${version}${release === '' ? '' : `-${release}`}`;
    const ours = image.packages.map((p) => `${p.name} ${full(p)} ${p.arch} ${p.src.name} ${full(p.src)}`).sort();
    const theirs = dpkg.stdout
      .trim()
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.replace(/ installed$/, ''));
    expect(ours.length).toBeGreaterThan(50);
    expect(ours).toEqual(theirs.sort());
  });
});

describe('inventoryOf layers', () => {
  const alpine = {
    'etc/alpine-release': '3.19.1\n',
    'lib/apk/db/installed': apk('musl', '1.2.4-r2') + apk('zlib', '1.3-r2'),
  };

  it('forgets what upper layers remove: a file, a directory, an opaque directory, all', async () => {
    const base = await layerOf(alpine);
    for (const path of ['lib/apk/db/installed', 'lib/apk', 'lib', 'lib/apk/db/.wh..opq', 'lib/.wh..opq', '.wh..opq']) {
      const image = await inventory(base, await layerOf({ [path]: null }));
      expect([path, kinds(image)]).toEqual([path, ['no-packages']]);
    }
    const other = await inventory(base, await layerOf({ 'lib/apk/db/lock': null, 'lib/.wh.apk-tools': '' }));
    expect(other.packages.length).toBe(2);
  });

  it('lets content of the same layer stand after its opaque directory', async () => {
    const upper = await layerOf({ 'lib/apk/db/installed': apk('musl', '1.2.4-r3'), 'lib/apk/.wh..opq': null });
    expect(names(await inventory(await layerOf(alpine), upper))).toEqual(['musl@1.2.4-r3']);
  });

  it('takes a file in the place of a directory as its removal, and a link as a database it cannot read', async () => {
    const file = await inventory(await layerOf(alpine), await layerOf({ lib: 'a file' }));
    expect(kinds(file)).toEqual(['no-packages']);
    const link: TarWriteEntry = { name: 'lib/apk/db/installed', type: 'symlink', ...meta, linkName: '/elsewhere' };
    const linked = await inventory(await layerOf(alpine), await layerOf({ link }));
    expect(kinds(linked)).toEqual(['database-unreadable', 'no-packages']);
  });

  it('lists packages of both apk locations once', async () => {
    const both = { ...alpine, 'usr/lib/apk/db/installed': apk('musl', '1.2.4-r2') + apk('zlib', '1.3.1-r0') };
    expect(names(await inventory(await layerOf(both)))).toEqual(['musl@1.2.4-r2', 'zlib@1.3-r2', 'zlib@1.3.1-r0']);
  });

  it('reports unknown systems, broken databases and contradictions each as what it is', async () => {
    expect(kinds(await inventory(await layerOf({ 'etc/hostname': 'x' })))).toEqual(['os-unknown', 'no-packages']);
    expect(kinds(await inventory(await layerOf({ ...alpine, 'lib/apk/db/installed': 'rubbish' })))).toEqual([
      'database-unreadable',
      'no-packages',
    ]);
    expect(kinds(await inventory(await layerOf({ ...alpine, 'var/lib/rpm/Packages': 'rubbish' })))).toEqual([
      'database-unreadable',
    ]);
    expect(kinds(await inventory(await layerOf({ ...alpine, 'var/lib/rpm/rpmdb.sqlite-wal': 'x' })))).toEqual([]);
    expect(
      kinds(await inventory(await layerOf({ 'etc/alpine-release': '3.19.1\n', 'lib/apk/db/installed': '' }))),
    ).toEqual(['no-packages']);
    const mixed = 'https://example.org/alpine/v3.9/main\nhttps://example.org/other/v3.9/main\n';
    expect(kinds(await inventory(await layerOf({ ...alpine, 'etc/apk/repositories': mixed })))).toEqual([
      'os-contradictory',
    ]);
  });

  it('takes the stream from the repositories, and build information by layer', async () => {
    const manifest = Buffer.from('openssl\t1-1.el8\t0\t0\tRed Hat\t(none)\t1\tx86_64\t1\topenssl-1-1.el8.src.rpm\n');
    const lower = await layerOf({
      'etc/redhat-release': 'Red Hat Enterprise Linux release 8.9 (Ootpa)\n',
      'var/lib/rpmmanifest/container-manifest-2': manifest,
    });
    const upper = await layerOf({
      'usr/share/buildinfo/content-sets.json': '{"content_sets":["rhel-8-for-x86_64-baseos-rpms"]}',
    });
    const image = await inventory(lower, upper);
    expect(image.packages[0]).toMatchObject({
      id: 'openssl@1-1.el8.x86_64',
      epoch: 1,
      src: { name: 'openssl', version: '1', release: '1.el8', epoch: 1 },
      buildInfo: { contentSets: ['rhel-8-for-x86_64-baseos-rpms'] },
      identifier: { purl: 'pkg:rpm/redhat/openssl@1-1.el8?arch=x86_64&distro=redhat-8.9&epoch=1' },
    });
    const repositories = { ...alpine, 'etc/apk/repositories': 'https://example.org/alpine/edge/main\n' };
    expect((await inventory(await layerOf(repositories))).repository).toEqual({ family: 'alpine', release: 'edge' });
  });
});

describe('the facts of layers', () => {
  it('are made once: a known layer is not pulled again, whatever else the cache lost', async () => {
    const layer = await layerOf({ 'etc/alpine-release': '3.19.1\n', 'lib/apk/db/installed': apk('musl', '1.2.4-r2') });
    const first = await inventory(layer);
    rmSync(join(cache, 'layers'), { recursive: true });
    expect(await inventory(layer)).toEqual(first);
    expect(layer.pulls()).toBe(1);
  });

  it('are made again when they are damaged, of another version or of another layer', async () => {
    const layer = await layerOf({ 'etc/alpine-release': '3.19.1\n', 'lib/apk/db/installed': apk('musl', '1.2.4-r2') });
    const first = await inventory(layer);
    const path = join(cache, 'facts/sha256', readdirSync(join(cache, 'facts/sha256'))[0] ?? '');
    const text = readFileSync(path, 'utf8');
    const damages = [
      text.slice(0, -5),
      text.replace('"version":3', '"version":2'),
      text.replace(layer.diffId, `sha256:${'0'.repeat(64)}`),
      text.replace('"epoch":0', '"epoch":"0"'),
    ];
    for (const damaged of damages) {
      expect(damaged).not.toBe(text);
      writeFileSync(path, damaged);
      expect(await inventory(layer)).toEqual(first);
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
  });
});
