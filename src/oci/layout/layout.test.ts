import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { hasTool, makeImage, makeIndex, run, sharedImage, withDirectory } from '../../../test/support/images.ts';
import { digestHex, sha256 } from '../../core/digest.ts';
import type { ProgressEvent } from '../../core/progress.ts';
import { collect, fromBytes } from '../../core/streams.ts';
import { copyImage, writeImage, writeIndex } from '../copy.ts';
import { loadImage, loadImageOrIndex, selectPlatform } from '../image.ts';
import { MEDIA_TYPES } from '../model.ts';
import { validateImage } from '../validate.ts';
import { type Layout, openLayout } from './layout.ts';

async function tagsOf(layout: Layout): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of layout.tags()) tags.push(tag);
  return tags;
}

const blobPath = (directory: string, digest: `sha256:${string}` | `sha512:${string}`) =>
  join(directory, 'blobs/sha256', digestHex(digest));

describe('openLayout', () => {
  it('stores images under tags and reads them back, validated', async () => {
    await withDirectory(async (directory) => {
      const layout = await openLayout(join(directory, 'new/layout'), { create: true });
      const [one, two] = [await makeImage(), await makeImage({ family: 'docker', layers: [{ a: '1' }, { b: '2' }] })];
      await writeImage(one, layout, { tag: 'one' });
      await writeImage(two, layout, { tag: 'registry.example.org/two:1' });
      expect(await tagsOf(layout)).toEqual(['one', 'registry.example.org/two:1']);
      for (const [image, target] of [
        [one, 'one'],
        [two, 'registry.example.org/two:1'],
        [two, two.descriptor.digest],
      ] as const) {
        const loaded = await loadImageOrIndex(layout, target);
        if (loaded.kind !== 'image') throw new Error('an index');
        expect(loaded.descriptor.digest).toBe(image.descriptor.digest);
        await validateImage(loaded);
      }
      await expect(layout.resolve('three')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
      await expect(layout.resolve(sha256('none'))).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
      await expect(layout.single()).rejects.toThrow(/holds 2 images: one, registry/);
      const left = await readdir(join(directory, 'new/layout'));
      expect(left.sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
    });
  });

  it('moves a tag and keeps the image that had it, by digest', async () => {
    await withDirectory(async (directory) => {
      const layout = await openLayout(directory, { create: true });
      const [one, two] = [await makeImage(), await makeImage({ layers: [{ b: '1' }] })];
      await writeImage(one, layout, { tag: 'v1' });
      await writeImage(two, layout, { tag: 'v1' });
      await writeImage(two, layout, { tag: 'v1' });
      expect((await layout.resolve('v1')).digest).toBe(two.descriptor.digest);
      expect((await layout.resolve(one.descriptor.digest)).mediaType).toBe(MEDIA_TYPES.ociManifest);
      expect(await tagsOf(layout)).toEqual(['v1']);
      const index = JSON.parse(await readFile(join(directory, 'index.json'), 'utf8')) as { manifests: unknown[] };
      expect(index.manifests.length).toBe(2);
    });
  });

  it('keeps what others wrote into index.json', async () => {
    await withDirectory(async (directory) => {
      const layout = await openLayout(directory, { create: true });
      const entry = {
        ...(await makeImage()).descriptor,
        annotations: { 'org.opencontainers.image.ref.name': 'x', k: 'v' },
        odd: 1,
      };
      const index = { schemaVersion: 2, odd: { a: 1 }, manifests: [entry], annotations: { a: 'b' } };
      await writeFile(join(directory, 'index.json'), JSON.stringify(index));
      const image = await makeImage({ layers: [{ c: '1' }] });
      await writeImage(image, layout, { tag: 'y' });
      const after = JSON.parse(await readFile(join(directory, 'index.json'), 'utf8')) as typeof index;
      expect(after).toMatchObject({ odd: { a: 1 }, annotations: { a: 'b' } });
      expect(after.manifests[0]).toEqual(entry);
    });
  });

  it('loses no entry when many write at once', async () => {
    await withDirectory(async (directory) => {
      const images = await Promise.all(Array.from({ length: 12 }, (_, n) => makeImage({ layers: [{ n: `${n}` }] })));
      await Promise.all(
        images.map(async (image, n) =>
          writeImage(image, await openLayout(directory, { create: true }), { tag: `t${n}` }),
        ),
      );
      expect((await tagsOf(await openLayout(directory))).length).toBe(12);
    });
  });

  it('takes over the lock of a process that is gone', async () => {
    await withDirectory(async (directory) => {
      const layout = await openLayout(directory, { create: true });
      // Above the highest process number of Linux.
      await writeFile(join(directory, '.index.json.lock'), `4194305 ${hostname()}\n`);
      await writeImage(await makeImage(), layout, { tag: 'x' });
      expect(await tagsOf(layout)).toEqual(['x']);
    });
  });

  it('holds indexes, lists only roots, and finds children by digest', async () => {
    await withDirectory(async (directory) => {
      const layout = await openLayout(join(directory, 'a'), { create: true });
      const [amd, arm] = [await makeImage(), await makeImage({ layers: [{ arm: '1' }] })];
      await writeImage(amd, layout);
      await writeImage(arm, layout);
      const index = makeIndex([
        { ...amd.descriptor, platform: { os: 'linux', architecture: 'amd64' } },
        { ...arm.descriptor, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      ]);
      await writeIndex(index, layout, 'multi');
      expect((await layout.single()).digest).toBe(index.descriptor.digest);
      expect((await layout.resolve(arm.descriptor.digest)).mediaType).toBe(MEDIA_TYPES.ociManifest);

      const events: ProgressEvent[] = [];
      const other = await openLayout(join(directory, 'b'), { create: true });
      const copied = await copyImage(layout, 'multi', other, {
        tag: 'm',
        progress: { emit: (event) => events.push(event) },
      });
      expect(copied.digest).toBe(index.descriptor.digest);
      const loaded = await loadImageOrIndex(other, 'm');
      if (loaded.kind !== 'index') throw new Error('no index');
      const chosen = selectPlatform(loaded, { os: 'linux', architecture: 'arm64' });
      await validateImage(await loadImage(other, chosen));
      expect(() => selectPlatform(loaded, { os: 'linux', architecture: 's390x' })).toThrow(
        /it has linux\/amd64, linux\/arm64\/v8/,
      );
      await expect(loadImage(other, loaded.descriptor)).rejects.toThrow(/choose a platform/);

      const done = events.flatMap((event) => (event.kind === 'advance' ? [event.done] : []));
      expect(done).toEqual([...done].sort((a, b) => a - b));
      const start = events[0];
      expect(start).toMatchObject({ kind: 'start', total: done.at(-1) });
      await copyImage(layout, 'multi', other, { tag: 'm', progress: { emit: (event) => events.push(event) } });
      expect(events.at(-1)).toMatchObject({
        kind: 'end',
        summary: expect.stringMatching(/^0 written, 0 mounted/) as string,
      });
    });
  });

  it('lists referrers by subject', async () => {
    await withDirectory(async (directory) => {
      const layout = await openLayout(directory, { create: true });
      const image = await makeImage();
      await writeImage(image, layout, { tag: 'x' });
      const empty = Buffer.from('{}');
      const config = { mediaType: MEDIA_TYPES.ociEmpty, digest: sha256(empty), size: 2 };
      await layout.putBlob(config, () => fromBytes(empty));
      const artifactType = 'application/vnd.example.sbom';
      const body = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, artifactType, config, layers: [config] };
      const manifest = Buffer.from(
        JSON.stringify({ ...body, subject: image.descriptor, annotations: { made: 'now' } }),
      );
      const put = await layout.putManifest(manifest, MEDIA_TYPES.ociManifest);
      expect(await layout.referrers(image.descriptor.digest)).toEqual([
        { ...put, artifactType, annotations: { made: 'now' } },
      ]);
      expect(await layout.referrers(image.descriptor.digest, 'other/type')).toEqual([]);
      expect(await layout.referrers(put.digest)).toEqual([]);
      expect((await layout.single()).digest).toBe(image.descriptor.digest);
      await expect(loadImageOrIndex(layout, put.digest)).rejects.toThrow(
        /artifact of type application\/vnd.example.sbom/,
      );
    });
  });
});

describe('a damaged or hostile layout', () => {
  it('gives wrong content only as an error', async () => {
    await withDirectory(async (directory) => {
      const layout = await openLayout(directory, { create: true });
      const image = await makeImage();
      await writeImage(image, layout, { tag: 'x' });
      const layer = image.manifest.layers[0];
      if (!layer) throw new Error('no layer');
      await writeFile(blobPath(directory, layer.digest), Buffer.alloc(layer.size));
      await expect(collect(layout.blob(layer), 1 << 20, 'layer')).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
      await writeFile(blobPath(directory, image.descriptor.digest), '{}');
      await expect(loadImageOrIndex(layout, 'x')).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    });
  });

  it('publishes no blob of another digest or size', async () => {
    await withDirectory(async (directory) => {
      const layout = await openLayout(directory, { create: true });
      const content = Buffer.from('content');
      const descriptor = { mediaType: 'application/x', digest: sha256('other'), size: content.length };
      await expect(layout.putBlob(descriptor, () => fromBytes(content))).rejects.toMatchObject({
        code: 'DIGEST_MISMATCH',
      });
      expect(await layout.hasBlob(descriptor)).toBe(false);
      expect(await readdir(join(directory, 'blobs/sha256'))).toEqual([]);
      expect((await readdir(directory)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
    });
  });

  it('follows links inside the layout and refuses those that leave it', async () => {
    await withDirectory(async (directory) => {
      const layout = await openLayout(join(directory, 'layout'), { create: true });
      const image = await makeImage();
      await writeImage(image, layout, { tag: 'x' });
      const layer = image.manifest.layers[0];
      if (!layer) throw new Error('no layer');
      const path = blobPath(join(directory, 'layout'), layer.digest);
      await rename(path, join(directory, 'layout/inside'));
      await symlink('../../inside', path);
      expect((await collect(layout.blob(layer), 1 << 20, 'layer')).length).toBe(layer.size);
      await rename(join(directory, 'layout/inside'), join(directory, 'outside'));
      await rm(path);
      await symlink('../../../outside', path);
      await expect(collect(layout.blob(layer), 1 << 20, 'layer')).rejects.toMatchObject({ code: 'PATH_UNSAFE' });
      await rm(path);
      await mkdir(path);
      await expect(collect(layout.blob(layer), 1 << 20, 'layer')).rejects.toMatchObject({ code: 'PATH_UNSAFE' });
      const escaping = { ...layer, digest: 'sha256:../../../outside' as typeof layer.digest };
      await expect(collect(layout.blob(escaping), 1 << 20, 'layer')).rejects.toMatchObject({ code: 'INVALID_DATA' });
    });
  });

  it('says what is wrong with a directory that is no layout', async () => {
    await withDirectory(async (directory) => {
      await expect(openLayout(directory)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
      await expect(openLayout(join(directory, 'none'))).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
      await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}');
      await expect(openLayout(directory)).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
      await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
      await writeFile(join(directory, 'index.json'), '[]');
      await expect(openLayout(directory)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
      await writeFile(join(directory, 'file'), '');
      await expect(openLayout(join(directory, 'file'), { create: true })).rejects.toMatchObject({
        code: 'FILE_UNWRITABLE',
      });
    });
  });
});

describe.skipIf(!hasTool('skopeo'))('with skopeo', () => {
  it('skopeo reads what we write', async () => {
    await withDirectory(async (directory) => {
      const layout = await openLayout(join(directory, 'ours'), { create: true });
      const image = await makeImage({ layers: [{ a: '1' }, { b: '2' }] });
      await writeImage(image, layout, { tag: 'v1' });
      const raw = run('skopeo', 'inspect', '--raw', `oci:${directory}/ours:v1`);
      expect(sha256(raw)).toBe(image.descriptor.digest);
      run('skopeo', '--insecure-policy', 'copy', `oci:${directory}/ours:v1`, `oci:${directory}/theirs:v1`);
      run('skopeo', '--insecure-policy', 'copy', `oci:${directory}/ours`, `dir:${directory}/dir`);
      expect(sha256(await readFile(join(directory, 'dir/manifest.json')))).toBe(image.descriptor.digest);
    });
  });

  it.skipIf(!existsSync(sharedImage('alpine-310.tar.gz')))('we read what skopeo writes', async () => {
    await withDirectory(async (directory) => {
      // Debian's skopeo does not read a gzip'ed archive.
      await writeFile(join(directory, 'a.tar'), gunzipSync(await readFile(sharedImage('alpine-310.tar.gz'))));
      run('skopeo', '--insecure-policy', 'copy', `docker-archive:${directory}/a.tar`, `oci:${directory}/l:3.10`);
      const layout = await openLayout(join(directory, 'l'));
      const image = await loadImage(layout, await layout.resolve('3.10'));
      await validateImage(image);
      expect(await tagsOf(layout)).toEqual(['3.10']);
      const shown = JSON.parse(run('skopeo', 'inspect', `oci:${directory}/l:3.10`)) as { Layers: string[] };
      expect(image.layers.map((layer) => layer.descriptor.digest)).toEqual(shown.Layers);
    });
  });

  it.skipIf(!hasTool('umoci'))('umoci unpacks our layout and we read what umoci repacks', async () => {
    await withDirectory(async (directory) => {
      const layout = await openLayout(join(directory, 'l'), { create: true });
      await writeImage(await makeImage({ layers: [{ greeting: 'hello' }, { more: 'x' }] }), layout, { tag: 'v1' });
      run('umoci', 'unpack', '--rootless', '--image', `${directory}/l:v1`, `${directory}/bundle`);
      expect(await readFile(join(directory, 'bundle/rootfs/greeting'), 'utf8')).toBe('hello');
      await writeFile(join(directory, 'bundle/rootfs/added'), 'y');
      run('umoci', 'repack', '--image', `${directory}/l:v2`, `${directory}/bundle`);
      const image = await loadImage(layout, await layout.resolve('v2'));
      expect(image.layers.length).toBe(3);
      await validateImage(image);
    });
  });
});
