import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  hasTool,
  makeImage,
  makeIndex,
  makeTar,
  run,
  sharedImage,
  withDirectory,
} from '../../../test/support/images.ts';
import { digestHex, sha256 } from '../../core/digest.ts';
import { collect } from '../../core/streams.ts';
import { copyImage, writeImage, writeIndex } from '../copy.ts';
import { loadImage } from '../image.ts';
import { openLayout } from '../layout/layout.ts';
import { openLocation, openSink } from '../location.ts';
import { type Image, MEDIA_TYPES } from '../model.ts';
import { type TarWriteEntry, writeTar } from '../tar/write.ts';
import { validateImage } from '../validate.ts';
import { createArchive } from './sink.ts';
import { type ArchiveSource, openArchive } from './source.ts';

const owner = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };
const file = (name: string, data: Buffer): TarWriteEntry => ({
  ...owner,
  name,
  type: 'file',
  size: data.length,
  body: () => [data],
});
const link = (name: string, linkName: string, type: 'symlink' | 'hardlink' = 'symlink'): TarWriteEntry => ({
  ...owner,
  name,
  type,
  linkName,
});
const json = (name: string, value: unknown) => file(name, Buffer.from(JSON.stringify(value)));

async function write(path: string, entries: readonly TarWriteEntry[]): Promise<string> {
  await writeFile(path, await collect(writeTar(entries), 1 << 26, 'archive'));
  return path;
}

async function reading<T>(path: string, work: (source: ArchiveSource) => Promise<T>): Promise<T> {
  const source = await openArchive(path);
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

async function names(source: ArchiveSource): Promise<string[]> {
  const found: string[] = [];
  for await (const name of source.tags()) found.push(name);
  return found;
}

/** Two layers of the same content: old docker wrote the second as a link to the first. */
async function oldArchive(
  path: string,
  layer: Buffer,
  image: Image,
  extra: readonly TarWriteEntry[] = [],
): Promise<string> {
  return write(path, [
    file(`${digestHex(image.manifest.config.digest)}.json`, Buffer.from(image.rawConfig)),
    file('aa/layer.tar', layer),
    link('bb/layer.tar', '../aa/layer.tar'),
    link('cc/layer.tar', 'aa/layer.tar', 'hardlink'),
    json('manifest.json', [
      {
        Config: `${digestHex(image.manifest.config.digest)}.json`,
        RepoTags: ['team/app:1', '<none>:<none>'],
        Layers: ['aa/layer.tar', 'bb/layer.tar', 'cc/layer.tar'],
      },
    ]),
    ...extra,
  ]);
}

describe('openArchive', () => {
  it('reads old archives: uncompressed layers, links between them, the whole compressed', async () => {
    await withDirectory(async (directory) => {
      const files = { 'etc/passwd': 'root' };
      const image = await makeImage({ layers: [files, files, files] });
      const path = await oldArchive(join(directory, 'a.tar'), await makeTar(files), image);
      await writeFile(join(directory, 'a.tar.gz'), gzipSync(await readFile(path)));
      const digests = new Set<string>();
      for (const name of ['a.tar', 'a.tar.gz']) {
        await reading(join(directory, name), async (source) => {
          const loaded = await loadImage(source, await source.resolve('team/app:1'));
          await validateImage(loaded);
          expect(loaded.layers.map((layer) => layer.descriptor.digest)).toEqual(loaded.config.rootfs.diff_ids);
          expect(loaded.manifest.layers[0]?.mediaType).toBe(MEDIA_TYPES.dockerLayer);
          expect(loaded.descriptor.mediaType).toBe(MEDIA_TYPES.dockerManifest);
          expect(await names(source)).toEqual(['docker.io/team/app:1', '<none>:<none>']);
          for (const target of ['docker.io/team/app:1', '1', '@0', loaded.descriptor.digest]) {
            expect((await source.resolve(target)).digest).toBe(loaded.descriptor.digest);
          }
          expect(await source.single()).toEqual(loaded.descriptor);
          await expect(source.resolve('team/app:2')).rejects.toThrow(/has no image "team\/app:2"/);
          await expect(source.resolve('@1')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
          digests.add(loaded.descriptor.digest);
        });
      }
      expect(digests.size).toBe(1);
      expect((await readdir(directory)).sort()).toEqual(['a.tar', 'a.tar.gz']);
    });
  });

  it('reads layers that are compressed one by one', async () => {
    await withDirectory(async (directory) => {
      const files = { a: '1' };
      const image = await makeImage({ layers: [files, files, files] });
      const path = await oldArchive(join(directory, 'a.tar'), gzipSync(await makeTar(files)), image);
      await reading(path, async (source) => {
        const loaded = await loadImage(source, await source.single());
        expect(loaded.manifest.layers[0]?.mediaType).toBe(MEDIA_TYPES.dockerLayerGzip);
        await validateImage(loaded);
      });
    });
  });

  it('falls back to manifest.json when the OCI part is not complete', async () => {
    await withDirectory(async (directory) => {
      const files = { a: '1' };
      const image = await makeImage({ layers: [files, files, files] });
      const other = await makeImage({ layers: [{ b: '2' }] });
      const index = makeIndex([image.descriptor, other.descriptor]);
      const path = await oldArchive(join(directory, 'a.tar'), await makeTar(files), image, [
        json('oci-layout', { imageLayoutVersion: '1.0.0' }),
        json('index.json', { schemaVersion: 2, manifests: [index.descriptor] }),
        file(`blobs/sha256/${digestHex(index.descriptor.digest)}`, Buffer.from(index.rawManifest)),
      ]);
      await reading(path, async (source) => {
        expect((await source.single()).mediaType).toBe(MEDIA_TYPES.dockerManifest);
      });
    });
  });

  it('refuses damaged and foreign archives', async () => {
    await withDirectory(async (directory) => {
      const files = { a: '1' };
      const image = await makeImage({ layers: [files, files, files] });
      const at = (name: string) => join(directory, name);
      const wrong = await oldArchive(at('wrong.tar'), await makeTar({ a: '2' }), image);
      await reading(wrong, (source) => expect(source.single()).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' }));
      const config = `${'0'.repeat(64)}.json`;
      const renamed = await write(at('renamed.tar'), [
        file(config, Buffer.from(image.rawConfig)),
        json('manifest.json', [{ Config: config, Layers: [] }]),
      ]);
      await reading(renamed, (source) => expect(source.single()).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' }));
      const loop = await write(at('loop.tar'), [
        file('c.json', Buffer.from(image.rawConfig)),
        link('l', 'm'),
        link('m', 'l'),
        json('manifest.json', [{ Config: 'c.json', Layers: ['l', '../../etc/passwd', 'm'] }]),
      ]);
      await reading(loop, (source) => expect(source.single()).rejects.toMatchObject({ code: 'IMAGE_INVALID' }));
      const none = await write(at('none.tar'), [json('x', 1)]);
      await expect(openArchive(none)).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
      const bad = await write(at('bad.tar'), [json('manifest.json', { Config: 1 })]);
      await expect(openArchive(bad)).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
      await expect(openArchive(at('absent.tar'))).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
      await writeFile(at('text'), 'x'.repeat(2000));
      await expect(openArchive(at('text'))).rejects.toMatchObject({ code: 'TAR_INVALID' });
    });
  });
});

describe('createArchive', () => {
  it('writes the same bytes for the same images, which read back with their digests', async () => {
    await withDirectory(async (directory) => {
      const images = [await makeImage({ layers: [{ a: '1' }, { b: '2' }] }), await makeImage({ family: 'docker' })];
      const written: Buffer[] = [];
      for (const name of ['one.tar', 'two.tar']) {
        const sink = await createArchive(join(directory, name));
        for (const [at, image] of images.entries()) await writeImage(image, sink, { tag: `team/app:${at}` });
        await sink.close();
        written.push(await readFile(join(directory, name)));
      }
      expect(written[0]?.equals(written[1] as Buffer)).toBe(true);
      expect((await readdir(directory)).sort()).toEqual(['one.tar', 'two.tar']);
      await reading(join(directory, 'one.tar'), async (source) => {
        expect(await names(source)).toEqual(['docker.io/team/app:0', 'docker.io/team/app:1']);
        for (const [at, image] of images.entries()) {
          const loaded = await loadImage(source, await source.resolve(`team/app:${at}`));
          expect(loaded.descriptor.digest).toBe(image.descriptor.digest);
          await validateImage(loaded);
        }
        await expect(source.single()).rejects.toThrow(/holds 2 images/);
      });
    });
  });

  it('refuses an index and an incomplete image, and writes nothing then', async () => {
    await withDirectory(async (directory) => {
      const sink = await createArchive(join(directory, 'a.tar'));
      const image = await makeImage();
      await expect(writeIndex(makeIndex([image.descriptor]), sink)).rejects.toMatchObject({
        code: 'IMAGE_UNSUPPORTED',
      });
      await expect(sink.putManifest(image.rawManifest, image.descriptor.mediaType)).rejects.toThrow(
        /was not given blob/,
      );
      await sink.close();
      expect(await readdir(directory)).toEqual([]);
      await expect(createArchive(join(directory, 'none/a.tar'))).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
    });
  });

  it('gives a name to one image only', async () => {
    await withDirectory(async (directory) => {
      const [one, two] = [await makeImage(), await makeImage({ layers: [{ x: '1' }] })];
      const sink = await createArchive(join(directory, 'a.tar'));
      await writeImage(one, sink, { tag: 'app:1' });
      await writeImage(two, sink, { tag: 'app:1' });
      await sink.close();
      await reading(join(directory, 'a.tar'), async (source) => {
        expect((await source.resolve('app:1')).digest).toBe(two.descriptor.digest);
        expect(await names(source)).toEqual(['docker.io/library/app:1']);
      });
    });
  });
});

const shared = ['310', '311'].filter((version) => existsSync(sharedImage(`alpine-${version}.tar.gz`)));

describe.skipIf(shared.length === 0)('with real archives', () => {
  it.each(shared)('alpine-%s is valid, and survives layout and archive with its digest', async (version) => {
    await withDirectory(async (directory) => {
      const registry = { openRegistry: () => Promise.reject(new Error('no registry')) };
      const from = await openLocation(`docker-archive:${sharedImage(`alpine-${version}.tar.gz`)}`, registry);
      const image = await loadImage(from.source, await from.source.resolve(from.target));
      await validateImage(image);
      const to = await openSink(`oci:${directory}/layout:v1`, registry);
      await copyImage(from.source, image.descriptor.digest, to.sink, { tag: to.tag ?? '' });
      const back = await openSink(`docker-archive:${directory}/back.tar:alpine:v1`, registry);
      const layout = await openLayout(`${directory}/layout`);
      await copyImage(layout, 'v1', back.sink, { tag: back.tag ?? '' });
      await Promise.all([from.close(), to.close(), back.close()]);
      const again = await openLocation(`docker-archive:${directory}/back.tar:alpine:v1`, registry);
      expect((await again.source.resolve(again.target)).digest).toBe(image.descriptor.digest);
      await again.close();
    });
  });
});

describe.skipIf(!hasTool('skopeo'))('with skopeo', () => {
  it('skopeo reads our archive: same config, same layers', async () => {
    await withDirectory(async (directory) => {
      const image = await makeImage({ layers: [{ a: '1' }, { b: '2' }] });
      const sink = await createArchive(join(directory, 'a.tar'));
      await writeImage(image, sink, { tag: 'team/app:1' });
      await sink.close();
      const archive = `docker-archive:${directory}/a.tar`;
      const shown = JSON.parse(run('skopeo', 'inspect', archive)) as { Layers: string[] };
      expect(shown.Layers).toEqual(image.config.rootfs.diff_ids);
      expect(run('skopeo', 'inspect', '--config', '--raw', `${archive}:team/app:1`)).toBe(
        Buffer.from(image.rawConfig).toString(),
      );
      run('skopeo', '--insecure-policy', 'copy', `${archive}:docker.io/team/app:1`, `oci:${directory}/l:v1`);
      const layout = await openLayout(join(directory, 'l'));
      await validateImage(await loadImage(layout, await layout.resolve('v1')));
      run('skopeo', '--insecure-policy', 'copy', `oci-archive:${directory}/a.tar:1`, `dir:${directory}/d`);
      expect(sha256(await readFile(join(directory, 'd/manifest.json')))).toBe(image.descriptor.digest);
    });
  });

  it('we read what skopeo writes: docker-archive and oci-archive', async () => {
    await withDirectory(async (directory) => {
      const layout = await openLayout(join(directory, 'l'), { create: true });
      const image = await makeImage({ layers: [{ a: '1' }, { b: '2' }] });
      await writeImage(image, layout, { tag: 'v1' });
      run(
        'skopeo',
        '--insecure-policy',
        'copy',
        `oci:${directory}/l:v1`,
        `docker-archive:${directory}/d.tar:team/app:1`,
      );
      await reading(join(directory, 'd.tar'), async (source) => {
        const loaded = await loadImage(source, await source.resolve('team/app:1'));
        await validateImage(loaded);
        expect(loaded.config.rootfs.diff_ids).toEqual(image.config.rootfs.diff_ids);
      });
      run('skopeo', '--insecure-policy', 'copy', `oci:${directory}/l:v1`, `oci-archive:${directory}/o.tar:v1`);
      await reading(join(directory, 'o.tar'), async (source) => {
        expect((await source.resolve('v1')).digest).toBe(image.descriptor.digest);
      });
    });
  });

  it.skipIf(shared.length === 0)('finds the layers that skopeo finds in real archives', async () => {
    await withDirectory(async (directory) => {
      for (const version of shared) {
        const path = join(directory, `${version}.tar`);
        await writeFile(path, gunzipSync(await readFile(sharedImage(`alpine-${version}.tar.gz`))));
        const shown = JSON.parse(run('skopeo', 'inspect', `docker-archive:${path}`)) as {
          Layers: string[];
          Os: string;
        };
        await reading(path, async (source) => {
          const image = await loadImage(source, await source.single());
          expect(image.layers.map((layer) => layer.descriptor.digest)).toEqual(shown.Layers);
          expect(image.config.os).toBe(shown.Os);
        });
      }
    });
  });
});
