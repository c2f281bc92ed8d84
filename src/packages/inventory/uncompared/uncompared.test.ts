import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silent } from '../../../core/progress.ts';
import { LayerStore } from '../../../oci/layer/layer-store.ts';
import type { TarWriteEntry } from '../../../oci/tar/write.ts';
import { FactsCache } from '../facts-cache.ts';
import { inventoryOf } from '../inventory.ts';
import { layerOf } from '../testing/layer-of.ts';
import { uncomparedFile } from './kind.ts';
import { ownedFiles } from './owned-files.ts';
import { programKind } from './program.ts';

let cache = '';
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'suture-uncompared-'));
});
afterEach(() => rmSync(cache, { recursive: true }));

type Layers = readonly Awaited<ReturnType<typeof layerOf>>[];
async function uncomparedOf(layers: Layers) {
  const access = { store: new LayerStore(cache), facts: new FactsCache(cache), progress: silent };
  return (await inventoryOf(layers, access)).uncompared;
}

/** A 64-bit little-endian ELF file with sections of these names. */
function elf(names: readonly string[], size = 200_000): Buffer {
  const file = Buffer.alloc(size);
  file.writeUInt32BE(0x7f454c46, 0);
  file.set([2, 1, 1], 4);
  const text = Buffer.from(`\0${['.shstrtab', ...names].join('\0')}\0`);
  text.copy(file, 4096);
  file.writeBigUInt64LE(8192n, 40);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(2, 60);
  file.writeUInt16LE(1, 62);
  file.writeBigUInt64LE(4096n, 8192 + 64 + 24);
  file.writeBigUInt64LE(BigInt(text.length), 8192 + 64 + 32);
  return file;
}

function program(content: Buffer, name: string, mode = 0o755): TarWriteEntry {
  return { name, type: 'file', mode, uid: 0, gid: 0, mtime: 0, size: content.length, body: () => [content] };
}

describe('uncomparedFile', () => {
  it.each([
    ['opt/bitnami/redis/.spdx-redis.spdx', 'sbom', 'opt/bitnami/redis', '.spdx-redis.spdx'],
    ['usr/local/share/sbom/app.cdx.json', 'sbom', 'usr/local/share/sbom', 'app.cdx.json'],
    ['app.spdx.json', 'sbom', '', 'app.spdx.json'],
    ['app/node_modules/a/package.json', 'node', 'app/node_modules', 'a'],
    ['node_modules/@s/a/node_modules/b/package.json', 'node', 'node_modules', '@s/a/node_modules/b'],
    ['app/lib/requests-2.31.0.dist-info/METADATA', 'python', 'app/lib', 'requests-2.31.0.dist-info'],
    ['lib/six-1.egg-info', 'python', 'lib', 'six-1.egg-info'],
    ['lib/x.egg/EGG-INFO/PKG-INFO', 'python', 'lib', 'x.egg'],
    ['gems/specifications/default/rake-1.gemspec', 'ruby', 'gems/specifications', 'default/rake-1.gemspec'],
    ['srv/app.war', 'java', 'srv', 'app.war'],
    ['app/web.deps.json', 'dotnet', 'app', 'web.deps.json'],
    ['app/vendor/composer/installed.json', 'composer', 'app/vendor/composer', 'installed.json'],
    ['opt/conda/conda-meta/zlib-1.json', 'conda', 'opt/conda/conda-meta', 'zlib-1.json'],
  ])('%s is of kind %s', (path, kind, place, name) => {
    expect(uncomparedFile(path)).toEqual({ kind, place, name });
  });

  it.each([
    'app/package.json',
    'app/node_modules/a/test/fixtures/package.json',
    'app/METADATA',
    'src/rake.gemspec',
    'etc/spdx.json',
    'usr/share/spdx',
    'composer/installed.json',
  ])('%s is none', (path) => {
    expect(uncomparedFile(path)).toBeUndefined();
  });
});

describe('programKind', () => {
  const kindOf = (file: Buffer) =>
    programKind(file.length, (offset, size) => {
      if (offset < 0 || size < 0 || offset + size > file.length) throw new Error('outside the file');
      return file.subarray(offset, offset + size);
    });

  it('tells Go and Rust by the sections of their file', () => {
    expect(kindOf(elf(['.text', '.go.buildinfo']))).toBe('go');
    expect(kindOf(elf(['.dep-v0', '.text']))).toBe('rust');
    expect(kindOf(elf(['.text']))).toBeUndefined();
    expect(kindOf(elf(['.go.buildinfo'], 100_000))).toBeUndefined();
    expect(kindOf(Buffer.alloc(200_000))).toBeUndefined();
  });

  const esbuild = goProgram();
  it.skipIf(esbuild === undefined)('tells a real Go program from Node, which is none', () => {
    expect(kindOf(readFileSync(esbuild ?? ''))).toBe('go');
    expect(kindOf(readFileSync(process.execPath))).toBeUndefined();
  });

  it('never reads outside a damaged file (property)', () => {
    const changes = fc.array(fc.tuple(fc.nat(63), fc.nat(255)), { maxLength: 8 });
    const inTable = fc.array(fc.tuple(fc.integer({ min: 8192, max: 8192 + 127 }), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(changes, inTable, (header, table) => {
        const file = elf(['.go.buildinfo']);
        for (const [at, byte] of [...header, ...table]) file[at] = byte;
        expect([undefined, 'go']).toContain(kindOf(file));
      }),
    );
  });
});

/** The bundler's, where it is installed for this machine. */
function goProgram(): string | undefined {
  const { platform, arch, resolve } = { ...process, resolve: createRequire(import.meta.url).resolve };
  try {
    return platform === 'linux' ? resolve(`@esbuild/linux-${arch}/bin/esbuild`) : undefined;
  } catch {
    return undefined;
  }
}

describe('ownedFiles', () => {
  const fixtures = new URL('../../../../../shared/fixtures/rpmdb/', import.meta.url);
  it.skipIf(!existsSync(fixtures)).each([
    ['cbl-mariner-2.0.sqlite', 'var/lib/rpm/rpmdb.sqlite'],
    ['sle15-bci.ndb', 'usr/lib/sysimage/rpm/Packages.db'],
  ])('reads what packages of the rpm database %s brought', (file, path) => {
    const list = { path, content: () => readFileSync(new URL(file, fixtures)) };
    const paths = new Set(['bin/bash', 'usr/bin/rpm', 'srv/own']);
    expect(ownedFiles(paths, [list])).toEqual(new Set(['bin/bash', 'usr/bin/rpm']));
  });

  it('finds nothing in a list that cannot be read', () => {
    const list = (path: string) => ({ path, content: () => Buffer.from('no database') });
    expect(ownedFiles(new Set(['srv/own']), [list('var/lib/rpm/Packages'), list('lib/apk/db/installed')]).size).toBe(0);
  });
});

describe('an inventory', () => {
  const base = { 'etc/debian_version': '12.5\n' };

  it('names by kind what lies in the image beside its packages, and where', async () => {
    const layer = await layerOf({
      ...base,
      'opt/app/app.spdx.json': '{}',
      'usr/lib/node_modules/npm/package.json': '{}',
      'app/node_modules/a/package.json': '{}',
      'app/node_modules/b/package.json': '{}',
      'usr/bin/tool': program(elf(['.go.buildinfo']), 'usr/bin/tool'),
      'usr/share/tool': program(elf(['.go.buildinfo']), 'usr/share/tool', 0o644),
    });
    const found = [
      { kind: 'go', count: 1, places: [{ path: 'usr/bin', count: 1 }] },
      {
        kind: 'node',
        count: 3,
        places: [
          { path: 'app/node_modules', count: 2 },
          { path: 'usr/lib/node_modules', count: 1 },
        ],
      },
      { kind: 'sbom', count: 1, places: [{ path: 'opt/app', count: 1 }] },
    ];
    expect(await uncomparedOf([layer])).toEqual(found);
    // From the cache of facts, without the layer.
    expect(await uncomparedOf([layer])).toEqual(found);
    expect(layer.pulls()).toBe(1);
  });

  it('leaves out what packages of the system brought', async () => {
    const python = 'usr/lib/python3/dist-packages/six-1.egg-info';
    const dpkg = await layerOf({
      ...base,
      [python]: '',
      'srv/own-1.egg-info': '',
      'var/lib/dpkg/info/python3-six.list': `/.\n/usr\n/${python}\n`,
    });
    expect(await uncomparedOf([dpkg])).toEqual([{ kind: 'python', count: 1, places: [{ path: 'srv', count: 1 }] }]);
    const distroless = await layerOf({
      ...base,
      [python]: '',
      'var/lib/dpkg/status.d/six.md5sums': `d41d8cd98f00b204e9800998ecf8427e  ${python}\n`,
    });
    expect(await uncomparedOf([distroless])).toBeUndefined();
    const apk = await layerOf({
      [python]: '',
      'lib/apk/db/installed': `C:Q1ABCDAAAAAAAAAAAAAAAAAAAAAAA=\nP:six\nV:1-r0\nA:x86_64\nF:usr/lib/python3/dist-packages\nR:six-1.egg-info\n\n`,
    });
    expect(await uncomparedOf([apk])).toBeUndefined();
  });

  it('follows white-outs and opaque directories, and counts what is replaced once', async () => {
    const lower = await layerOf({
      ...base,
      'app/node_modules/a/package.json': '{}',
      'app/node_modules/b/package.json': '{}',
      'srv/x.jar': '',
    });
    const again = await layerOf({ 'app/node_modules/a/package.json': '{"version": "2"}' });
    const count = async (layers: Layers) => (await uncomparedOf(layers))?.map(({ kind, count: of }) => [kind, of]);
    expect(await count([lower, again])).toEqual([
      ['java', 1],
      ['node', 2],
    ]);
    const removed = await layerOf({ 'app/node_modules/a': null, 'srv/x.jar': null });
    expect(await count([lower, removed])).toEqual([['node', 1]]);
    const opaque = await layerOf({ 'app/.wh..wh..opq': '', 'app/node_modules/c/package.json': '{}', srv: null });
    expect(await count([lower, opaque])).toEqual([['node', 1]]);
    expect(await count([lower, await layerOf({ app: null, srv: null })])).toBeUndefined();
  });
});
