import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import { isSutureError } from '../../core/errors/error.ts';
import { silent } from '../../core/progress.ts';
import { collect } from '../../core/streams.ts';
import { MEDIA_TYPES } from '../model.ts';
import { readTarBuffer } from '../tar/read-buffer.ts';
import { writeTar } from '../tar/write.ts';
import type { TreeLayer } from '../tree/merge-layers.ts';
import { emptyTree, openTree } from '../tree/tree.ts';
import type { MutableTree, Ownership } from '../tree/types.ts';
import { layerEntries } from './layer-entries.ts';
import { LayerIndex, LayerIndexBuilder } from './layer-index.ts';
import { LayerStore } from './layer-store.ts';
import { packLayer } from './pack-layer.ts';

const SOURCE_DATE = 1_700_000_000;
const own: Ownership = { mode: 0o644, uid: 0, gid: 0, mtime: 5 };

const tarOf = (tree: MutableTree): Promise<Buffer> =>
  collect(writeTar(layerEntries(tree, { sourceDate: SOURCE_DATE })), 1 << 26, 'layer');

function indexOf(tar: Buffer): TreeLayer {
  const builder = new LayerIndexBuilder('layer');
  for (const member of readTarBuffer(tar, 'layer')) builder.add(member);
  const diffId = sha256(tar);
  const index = LayerIndex.decode(builder.encode(diffId, tar.length), diffId, (at, size) =>
    tar.subarray(at, at + size),
  );
  if (!index) throw new Error('index does not decode');
  return index;
}

/** Everything observable of a tree: metadata, content and which paths are one inode. */
function picture(tree: MutableTree): unknown[] {
  return [...tree.walk('/')].map(({ path, inode }) => {
    const { ino: _ino, origin: _origin, ...rest } = inode;
    const { type, mode, uid, gid, mtime, size, target, device, xattrs } = rest;
    const text = type === 'file' ? tree.readText(path) : undefined;
    return {
      path,
      type,
      mode,
      uid,
      gid,
      mtime,
      size,
      target,
      device,
      xattrs: [...xattrs].sort(),
      text,
      links: tree.linksOf(inode),
    };
  });
}

// Few names and few owners: operations have to meet each other to be worth anything.
const someName = fc.constantFrom('a', 'b', 'c.d');
const somePath = fc
  .oneof(
    { weight: 4, arbitrary: fc.tuple(someName) },
    { weight: 3, arbitrary: fc.tuple(someName, someName) },
    { weight: 1, arbitrary: fc.tuple(someName, someName, someName) },
  )
  .map((parts) => `/${parts.join('/')}`);
const someOwnership = fc.oneof(
  { weight: 4, arbitrary: fc.constant(own) },
  {
    weight: 1,
    arbitrary: fc.record({
      mode: fc.constantFrom(0o755, 0o4755),
      uid: fc.constantFrom(0, 7),
      gid: fc.constant(0),
      mtime: fc.constantFrom(1, 2),
      xattrs: fc.constant(new Map([['trusted.x', Uint8Array.of(0, 255)]])),
    }),
  },
);
type Operation = (tree: MutableTree) => void;
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(somePath, fc.constantFrom('same', 'same', '', 'two'), someOwnership).map(
    ([path, text, o]): Operation =>
      (tree) =>
        tree.writeFile(path, Buffer.from(text), o),
  ),
  fc.tuple(somePath, someOwnership).map(
    ([path, o]): Operation =>
      (tree) =>
        tree.mkdir(path, o),
  ),
  fc.tuple(somePath, somePath, someOwnership).map(
    ([to, path, o]): Operation =>
      (tree) =>
        tree.symlink(to.slice(1), path, o),
  ),
  fc.tuple(somePath, somePath).map(
    ([from, to]): Operation =>
      (tree) =>
        tree.link(from, to),
  ),
  fc.tuple(somePath, somePath).map(
    ([from, to]): Operation =>
      (tree) =>
        tree.rename(from, to),
  ),
  somePath.map(
    (path): Operation =>
      (tree) =>
        tree.remove(path),
  ),
  somePath.map(
    (path): Operation =>
      (tree) =>
        tree.removeAll(path),
  ),
  fc.tuple(somePath, someOwnership).map(
    ([path, o]): Operation =>
      (tree) =>
        tree.setMetadata(path, o, true),
  ),
  fc.tuple(somePath, someOwnership).map(
    ([path, o]): Operation =>
      (tree) =>
        tree.mknod(path, 'fifo', { major: 0, minor: 0 }, o),
  ),
);
/** Replaces a file by an equal one, which is no change unless the file has other names. */
const rewrite = somePath.map(
  (path): Operation =>
    (tree) => {
      const inode = tree.lstat(path);
      if (inode?.type === 'file') tree.writeFile(path, tree.readFile(path), inode);
    },
);
const relink = fc.tuple(somePath, somePath).map(
  ([from, to]): Operation =>
    (tree) => {
      if (tree.lstat(to)?.type !== 'directory') tree.link(from, to);
    },
);
const operations = fc.array(
  fc.oneof({ weight: 4, arbitrary: operation }, { weight: 2, arbitrary: rewrite }, { weight: 2, arbitrary: relink }),
  { maxLength: 30, size: 'max' },
);

function run(tree: MutableTree, todo: readonly Operation[]): void {
  for (const work of todo) {
    try {
      work(tree);
    } catch (error) {
      if (!isSutureError(error)) throw error;
    }
  }
}

describe('layerEntries', () => {
  it('gives a layer that makes the same tree of the same base, from any operations', async () => {
    await fc.assert(
      fc.asyncProperty(operations, operations, operations, async (first, second, third) => {
        const made = emptyTree();
        run(made, first);
        const base = indexOf(await tarOf(made));
        expect(picture(openTree([base]))).toEqual(picture(made));
        const tree = openTree([base]);
        run(tree, second);
        const fork = tree.fork();
        run(fork, third);
        fork.commit();
        const layer = await tarOf(tree);
        expect(picture(openTree([base, indexOf(layer)]))).toEqual(picture(tree));
        expect(openTree([base, indexOf(layer)]).changes()).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('emits ancestors with the metadata of the lower image, sorted, and white-outs for the topmost removed path', async () => {
    const made = emptyTree();
    made.mkdir('/usr', { ...own, mode: 0o711, uid: 3, mtime: 9 });
    made.mkdir('/usr/lib', { ...own, mode: 0o755 });
    made.symlink('usr/lib', '/lib', own);
    made.mkdir('/gone', { ...own, mode: 0o755 });
    made.writeFile('/gone/x', Buffer.from('x'), own);
    const tree = openTree([indexOf(await tarOf(made))]);
    tree.writeFile('/lib/libc.so', Buffer.from('elf'), {
      ...own,
      xattrs: new Map([['security.selinux', Uint8Array.of(1)]]),
    });
    tree.removeAll('/gone');
    const members = readTarBuffer(await tarOf(tree), 'layer');
    expect(members.map(({ name, mode, uid, mtime }) => [name, mode, uid, mtime])).toEqual([
      ['.wh.gone', 0, 0, SOURCE_DATE],
      ['usr/', 0o711, 3, 9],
      ['usr/lib/', 0o755, 0, 5],
      ['usr/lib/libc.so', 0o644, 0, 5],
    ]);
    expect(members[3]?.xattrs.size).toBe(0);
  });

  it('includes a whole group of hard links, the first path with the data', async () => {
    const made = emptyTree();
    made.writeFile('/m', Buffer.from('data'), own);
    made.link('/m', '/z');
    const tree = openTree([indexOf(await tarOf(made))]);
    tree.link('/z', '/a');
    const members = readTarBuffer(await tarOf(tree), 'layer');
    expect(members.map(({ name, type, linkName }) => [name, type, linkName])).toEqual([
      ['a', 'file', ''],
      ['m', 'hardlink', 'a'],
      ['z', 'hardlink', 'a'],
    ]);
  });

  it('rewrites a capability of a user namespace to one without, and refuses names of white-outs', async () => {
    const tree = emptyTree();
    const v3 = Buffer.from('010000030004000000000000000000000000000000860100', 'hex');
    tree.writeFile('/ping', Buffer.from('x'), { ...own, xattrs: new Map([['security.capability', v3]]) });
    const value = readTarBuffer(await tarOf(tree), 'layer')[0]?.xattrs.get('security.capability');
    expect(Buffer.from(value ?? []).toString('hex')).toBe('0100000200040000000000000000000000000000');
    tree.writeFile('/.wh.x', Buffer.from(''), own);
    await expect(tarOf(tree)).rejects.toMatchObject({ code: 'PATH_UNSAFE' });
  });
});

describe('packLayer', () => {
  let cacheDir = '';
  beforeAll(() => {
    cacheDir = mkdtempSync(join(tmpdir(), 'suture-pack-'));
  });
  afterAll(() => rmSync(cacheDir, { recursive: true, force: true }));

  it('writes a blob that expands to the same tree, with the same bytes each time', async () => {
    const tree = emptyTree();
    tree.writeFile('/big', Buffer.alloc(3 << 20, 'data '), own);
    tree.writeFile('/small', Buffer.from('x'), own);
    const packed = await packLayer(layerEntries(tree, { sourceDate: 0 }), { cacheDir });
    const again = await packLayer(layerEntries(tree, { sourceDate: 0 }), { cacheDir });
    expect(again.descriptor).toEqual(packed.descriptor);
    expect((await collect(packed.open(), 1 << 26, 'blob')).length).toBe(packed.size);
    const index = await new LayerStore(cacheDir).expand(packed, silent);
    expect(index.tarSize).toBe(packed.uncompressedSize);
    expect(picture(openTree([index]))).toEqual(picture(tree));
  });

  it('leaves nothing when the entries fail', async () => {
    const directory = join(cacheDir, 'failing');
    const tree = emptyTree();
    tree.writeFile('/lies', { size: 5, read: () => Buffer.from('four') }, own);
    await expect(packLayer(layerEntries(tree, { sourceDate: 0 }), { cacheDir: directory })).rejects.toMatchObject({
      code: 'INVALID_DATA',
    });
    expect(spawnSync('find', [directory, '-type', 'f']).stdout.toString()).toBe('');
  });
});

const root = process.getuid?.() === 0 && (spawnSync('tar', ['--version']).stdout?.toString() ?? '').includes('GNU tar');

describe.skipIf(!root)('against a real file system (needs root and GNU tar)', () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'suture-apply-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** An applier as umoci and dockerd have it: white-outs remove, tar extracts over what is there. */
  function apply(layer: Buffer, target: string): void {
    writeFileSync(join(dir, 'layer.tar'), layer);
    for (const { name, type } of readTarBuffer(layer, 'layer')) {
      const removed = /^(.*\/)?\.wh\.([^/]+)$/.exec(name);
      const path = removed ? join(target, removed[1] ?? '', removed[2] ?? '') : join(target, name.replace(/\/$/, ''));
      const old = lstatSync(path, { throwIfNoEntry: false });
      if (old && (removed || old.isDirectory() !== (type === 'directory')))
        rmSync(path, { recursive: true, force: true });
    }
    const args = ['-xpf', join(dir, 'layer.tar'), '-C', target, '--numeric-owner', '--xattrs', '--xattrs-include=*'];
    const done = spawnSync('tar', [...args, '--exclude=.wh.*', '--delay-directory-restore'], {});
    if (done.status !== 0) throw new Error(done.stderr.toString());
  }

  function diskPicture(target: string): string {
    const format = '%P %y %m %U %G %n %l\\n';
    return spawnSync(
      'sh',
      [
        '-c',
        `find . -mindepth 1 -type d -printf '%P %y %m %U %G\\n' -o -mindepth 1 -printf '${format}' | sort; find . -type f -exec sha256sum {} + | sort -k2`,
      ],
      { cwd: target },
    ).stdout.toString();
  }

  function treePicture(tree: MutableTree): string {
    const letters = { file: 'f', directory: 'd', symlink: 'l', fifo: 'p', character: 'c', block: 'b' };
    const lines: string[] = [];
    const sums: string[] = [];
    for (const { path, inode } of tree.walk('/')) {
      const mode = inode.type === 'symlink' ? '777' : inode.mode.toString(8);
      const head = `${path.slice(1)} ${letters[inode.type]} ${mode} ${inode.uid} ${inode.gid}`;
      lines.push(inode.type === 'directory' ? head : `${head} ${tree.linksOf(inode).length} ${inode.target ?? ''}`);
      if (inode.type === 'file') sums.push(`${sha256(tree.readFile(path)).slice(7)}  .${path}`);
    }
    const sort = (list: string[], args: string[]) =>
      spawnSync('sort', args, { input: list.map((l) => `${l}\n`).join('') }).stdout.toString();
    return sort(lines, []) + sort(sums, ['-k2']);
  }

  const umoci = spawnSync('umoci', ['--version']).status === 0;
  it.skipIf(!umoci)('gives the same files when umoci unpacks the image (Debian package umoci)', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(operations, operations, async (first, second) => {
        const made = emptyTree();
        run(made, first);
        const baseTar = await tarOf(made);
        const tree = openTree([indexOf(baseTar)]);
        run(tree, second);
        const name = `image${number++}`;
        writeLayout(join(dir, name), [baseTar, await tarOf(tree)]);
        const bundle = join(dir, `bundle${number}`);
        const done = spawnSync('umoci', ['unpack', '--image', `${join(dir, name)}:latest`, bundle]);
        if (done.status !== 0) throw new Error(done.stderr.toString());
        expect(diskPicture(join(bundle, 'rootfs'))).toBe(treePicture(tree));
      }),
      { numRuns: 15 },
    );
  });

  it('gives the same files when tar applies base and layer', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(operations, operations, async (first, second) => {
        const made = emptyTree();
        run(made, first);
        const baseTar = await tarOf(made);
        const tree = openTree([indexOf(baseTar)]);
        run(tree, second);
        const target = join(dir, String(number++));
        mkdirSync(target);
        apply(baseTar, target);
        expect(diskPicture(target)).toBe(treePicture(made));
        apply(await tarOf(tree), target);
        expect(diskPicture(target)).toBe(treePicture(tree));
      }),
      { numRuns: 40 },
    );
  });
});

/** A minimal OCI image layout with these uncompressed layers, tagged `latest`. */
function writeLayout(directory: string, layers: readonly Buffer[]): void {
  mkdirSync(join(directory, 'blobs', 'sha256'), { recursive: true });
  const blob = (bytes: Buffer | string, mediaType: string) => {
    const digest = sha256(bytes);
    writeFileSync(join(directory, 'blobs', 'sha256', digest.slice(7)), bytes);
    return { mediaType, digest, size: Buffer.byteLength(bytes) };
  };
  const rootfs = { type: 'layers', diff_ids: layers.map((layer) => sha256(layer)) };
  const config = blob(
    JSON.stringify({ os: 'linux', architecture: 'amd64', config: {}, rootfs }),
    MEDIA_TYPES.ociConfig,
  );
  const descriptors = layers.map((layer) => blob(layer, MEDIA_TYPES.ociLayer));
  const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers: descriptors };
  const top = blob(JSON.stringify(manifest), MEDIA_TYPES.ociManifest);
  const annotations = { 'org.opencontainers.image.ref.name': 'latest' };
  writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(directory, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...top, annotations }] }),
  );
}
