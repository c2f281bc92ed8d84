import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexOf, operations, run, tarOf } from '../../../test/support/random-tree.ts';
import { sha256 } from '../../core/digest.ts';
import { MEDIA_TYPES } from '../model.ts';
import { readTarBuffer } from '../tar/read-buffer.ts';
import { emptyTree, openTree } from '../tree/tree.ts';
import type { MutableTree } from '../tree/types.ts';

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
