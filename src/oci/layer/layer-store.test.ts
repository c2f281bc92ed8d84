import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Digest, sha256 } from '../../core/digest.ts';
import { type ProgressEvent, silent } from '../../core/progress.ts';
import { collect, fromBytes, verified } from '../../core/streams.ts';
import { type Layer, MEDIA_TYPES } from '../model.ts';
import { type TarWriteEntry, writeTar } from '../tar/write.ts';
import { cleanEntryPath } from './entry-path.ts';
import { LayerStore } from './layer-store.ts';

const meta = { mode: 0o644, uid: 1, gid: 2, mtime: 1_700_000_000 };
const file = (name: string, text: string, more: Partial<TarWriteEntry> = {}): TarWriteEntry => ({
  name,
  type: 'file',
  ...meta,
  size: text.length,
  body: () => [Buffer.from(text)],
  ...more,
});

async function layerOf(entries: TarWriteEntry[], change: { blob?: Buffer; diffId?: Digest } = {}) {
  const tar = await collect(writeTar(entries), 1 << 28, 'tar');
  const blob = change.blob ?? gzipSync(tar);
  const descriptor = { mediaType: MEDIA_TYPES.ociLayerGzip, digest: sha256(blob), size: blob.length };
  let pulls = 0;
  const layer: Layer = {
    descriptor,
    diffId: change.diffId ?? sha256(tar),
    compressed: () => {
      pulls++;
      return verified(fromBytes(blob.subarray(0, 100), blob.subarray(100)), descriptor, 'blob');
    },
  };
  return { layer, tar, blob, pulls: () => pulls };
}

function canMount(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'suture-mount-'));
  const done = process.getuid?.() === 0 && spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', probe]).status === 0;
  if (done) spawnSync('umount', [probe]);
  rmSync(probe, { recursive: true, force: true });
  return done;
}

let cache = '';
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'suture-layers-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const files = (): string[] =>
  readdirSync(cache, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

const capability = new Uint8Array(Buffer.from('0100000281000000000000000000000000000000', 'hex'));
const SAMPLE: TarWriteEntry[] = [
  { name: './', type: 'directory', ...meta, mode: 0o755 },
  file('./usr/bin/tool', 'content', { xattrs: new Map([['security.capability', capability]]) }),
  { name: '/usr/bin/alias', type: 'hardlink', linkName: './usr/bin/tool', ...meta },
  { name: 'bin', type: 'symlink', linkName: 'usr/bin', ...meta },
  { name: 'dev/null', type: 'character', device: { major: 1, minor: 3 }, ...meta },
  file('caf\xe9', ''),
];

describe('LayerStore', () => {
  it('expands once; later runs neither pull nor decompress', async () => {
    const { layer, tar, pulls } = await layerOf(SAMPLE);
    const events: ProgressEvent[] = [];
    const first = await new LayerStore(cache).expand(layer, { emit: (event) => events.push(event) });
    const second = await new LayerStore(cache).expand(layer, silent);
    expect(pulls()).toBe(1);
    expect(events.map((event) => event.kind)).toEqual(['start', 'end']);
    for (const index of [first, second]) {
      expect(index.count).toBe(6);
      expect(index.tarSize).toBe(tar.length);
      const entries = Array.from({ length: index.count }, (_, i) => index.entry(i));
      expect(entries.map((entry) => entry.path)).toEqual([
        '',
        'usr/bin/tool',
        'usr/bin/alias',
        'bin',
        'dev/null',
        'caf\xe9',
      ]);
      expect(entries[1]).toMatchObject({ ...meta, type: 'file', size: 7 });
      expect(entries[1]?.xattrs.get('security.capability')).toEqual(capability);
      expect(entries[2]).toMatchObject({ type: 'hardlink', link: 'usr/bin/tool' });
      expect(entries[3]).toMatchObject({ type: 'symlink', link: 'usr/bin' });
      expect(entries[4]).toMatchObject({ type: 'character', major: 1, minor: 3 });
      expect(Buffer.from(index.read(entries[1]?.offset ?? 0, 7)).toString()).toBe('content');
    }
    expect(files().sort()).toEqual([`${layer.diffId.slice(7)}.idx`, `${layer.diffId.slice(7)}.tar`]);
  });

  it('shares the work of simultaneous calls and survives simultaneous stores', async () => {
    const { layer, pulls } = await layerOf(SAMPLE);
    const store = new LayerStore(cache);
    await Promise.all([store.expand(layer, silent), store.expand(layer, silent)]);
    expect(pulls()).toBe(1);
    rmSync(join(cache, 'layers'), { recursive: true });
    const all = await Promise.all([1, 2, 3, 4].map(() => new LayerStore(cache).expand(layer, silent)));
    expect(all.every((index) => index.count === 6)).toBe(true);
    expect(files().length).toBe(2);
  });

  it('rebuilds what is damaged', async () => {
    const { layer, pulls } = await layerOf(SAMPLE);
    await new LayerStore(cache).expand(layer, silent);
    const stem = join(cache, 'layers', 'sha256', layer.diffId.slice(7));
    const damages = [
      () => writeFileSync(`${stem}.idx`, 'SUTLIDX0'),
      () => {
        const bytes = readFileSync(`${stem}.idx`);
        bytes[60] = (bytes[60] ?? 0) ^ 1;
        writeFileSync(`${stem}.idx`, bytes);
      },
      () => truncateSync(`${stem}.tar`, 700),
      () => rmSync(`${stem}.tar`),
    ];
    for (const damage of damages) {
      damage();
      expect((await new LayerStore(cache).expand(layer, silent)).count).toBe(6);
    }
    expect(pulls()).toBe(1 + damages.length);
  });

  it('keeps the compressed blob on request and uses it instead of pulling', async () => {
    const { layer, pulls, blob } = await layerOf(SAMPLE);
    const store = new LayerStore(cache, { keepCompressed: true });
    await store.expand(layer, silent);
    expect(await store.blobs.has(layer.descriptor)).toBe(true);
    expect(await collect(store.blobs.open(layer.descriptor), 1 << 20, 'blob')).toEqual(blob);
    rmSync(join(cache, 'layers'), { recursive: true });
    await store.expand(layer, silent);
    expect(pulls()).toBe(1);
    writeFileSync(store.blobs.path(layer.descriptor.digest), Buffer.alloc(blob.length));
    await expect(collect(store.blobs.open(layer.descriptor), 1 << 20, 'blob')).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  it('leaves nothing behind when the layer is wrong', async () => {
    const good = await layerOf(SAMPLE);
    const cases: [string, { layer: Layer }][] = [
      ['DIGEST_MISMATCH', await layerOf(SAMPLE, { diffId: sha256('other') })],
      ['COMPRESSION_INVALID', await layerOf(SAMPLE, { blob: good.blob.subarray(0, -20) })],
      ['TAR_INVALID', await layerOf(SAMPLE, { blob: gzipSync(good.tar.subarray(0, 700)) })],
      ['PATH_UNSAFE', await layerOf([file('a/../../etc/passwd', 'x')])],
      ['PATH_UNSAFE', await layerOf([{ name: 'a', type: 'hardlink', linkName: '../../etc/passwd', ...meta }])],
    ];
    for (const [code, { layer }] of cases) {
      const store = new LayerStore(cache, { keepCompressed: true });
      await expect(store.expand(layer, silent)).rejects.toMatchObject({ code });
      expect(files().filter((name) => /tmp|idx|tar/.test(name))).toEqual([]);
    }
  });

  it('says when the cache cannot be written', async () => {
    writeFileSync(join(cache, 'layers'), 'a file');
    const { layer } = await layerOf(SAMPLE);
    await expect(new LayerStore(cache).expand(layer, silent)).rejects.toMatchObject({ code: 'CACHE_UNWRITABLE' });
  });

  const mounts = canMount();
  it.skipIf(!mounts)('leaves nothing behind on a full disk (needs root and tmpfs)', async () => {
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', cache]);
    try {
      const { layer } = await layerOf([file('big', 'x'.repeat(1 << 20))]);
      await expect(new LayerStore(cache).expand(layer, silent)).rejects.toMatchObject({
        code: 'CACHE_UNWRITABLE',
        message: expect.stringContaining('full') as string,
      });
      expect(files()).toEqual([]);
    } finally {
      spawnSync('umount', [cache]);
    }
  });

  it('is complete or absent after a kill', async () => {
    const { layer, blob } = await layerOf([file('big', 'x'.repeat(8 << 20))]);
    writeFileSync(join(cache, 'blob'), blob);
    const program = `
      import { readFileSync } from 'node:fs';
      import { setTimeout } from 'node:timers/promises';
      const { LayerStore } = await import(${JSON.stringify(new URL('layer-store.ts', import.meta.url).href)});
      const blob = readFileSync(${JSON.stringify(join(cache, 'blob'))});
      async function* slowly() { yield blob.subarray(0, blob.length - 50); process.stdout.write('half'); await setTimeout(60000); }
      await new LayerStore(${JSON.stringify(cache)}).expand({ descriptor: ${JSON.stringify(layer.descriptor)}, diffId: '${layer.diffId}', compressed: slowly }, { emit() {} });`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(files().filter((name) => /\.(idx|tar)$/.test(name))).toEqual([]);
    expect((await new LayerStore(cache).expand(layer, silent)).count).toBe(1);
  });
});

describe('cleanEntryPath', () => {
  it('strips what container tools strip and refuses what leaves the root', () => {
    const clean = {
      './a': 'a',
      '/a/b/': 'a/b',
      'a//b/./c': 'a/b/c',
      'a/../b': 'b',
      '.': '',
      '/': '',
      '.x': '.x',
      'a/..b': 'a/..b',
    };
    for (const [name, path] of Object.entries(clean)) expect(cleanEntryPath(name, 'layer')).toBe(path);
    for (const name of ['..', '../a', '/../a', 'a/../../b', 'a\0b']) {
      expect(() => cleanEntryPath(name, 'layer')).toThrowError(expect.objectContaining({ code: 'PATH_UNSAFE' }));
    }
  });
});
