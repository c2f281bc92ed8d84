import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexOf, operations, own, run, SOURCE_DATE, tarOf } from '../../../test/support/random-tree.ts';
import { silent } from '../../core/progress.ts';
import { collect } from '../../core/streams.ts';
import { readTarBuffer } from '../tar/read-buffer.ts';
import { emptyTree, openTree } from '../tree/tree.ts';
import type { MutableTree } from '../tree/types.ts';
import { layerEntries } from './layer-entries.ts';
import { LayerStore } from './layer-store.ts';
import { packLayer } from './pack-layer.ts';

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
