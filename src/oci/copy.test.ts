import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeImage, makeIndex, withDirectory } from '../../test/support/images.ts';
import { type Digest, sha256 } from '../core/digest.ts';
import { fromBytes } from '../core/streams.ts';
import { copyImage, writeImage, writeIndex } from './copy.ts';
import { loadImage, loadImageOrIndex } from './image.ts';
import { type Layout, openLayout } from './layout/layout.ts';
import { type Descriptor, MEDIA_TYPES } from './model.ts';
import type { ImageSink } from './source.ts';

async function withLayouts(work: (from: Layout, to: Layout) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const open = (name: string) => openLayout(join(directory, name), { create: true });
    await work(await open('from'), await open('to'));
  });
}

/** Notes the order of what arrives, and how many blobs arrive at once. */
function recording(sink: ImageSink): {
  sink: ImageSink;
  order: Digest[];
  mounts: (string | undefined)[];
  most: () => number;
} {
  const order: Digest[] = [];
  const mounts: (string | undefined)[] = [];
  let now = 0;
  let most = 0;
  return {
    order,
    mounts,
    most: () => most,
    sink: {
      name: sink.name,
      hasBlob: (descriptor) => sink.hasBlob(descriptor),
      putBlob: async (descriptor, open, mountFrom) => {
        most = Math.max(most, ++now);
        mounts.push(mountFrom);
        const outcome = await sink.putBlob(descriptor, open, mountFrom);
        now--;
        order.push(descriptor.digest);
        return outcome;
      },
      putManifest: async (bytes, mediaType, tag) => {
        order.push(sha256(bytes));
        return sink.putManifest(bytes, mediaType, tag);
      },
    },
  };
}

describe('copyImage', () => {
  it('sends blobs before manifests, children before the index, attestations too, and the tag last', async () => {
    await withLayouts(async (from, to) => {
      const image = await makeImage({
        layers: [{ a: '1' }, { b: '1' }, { c: '1' }, { d: '1' }, { e: '1' }, { f: '1' }],
      });
      // BuildKit's attestation: an image manifest whose layers are in-toto statements.
      const statement = Buffer.from('{"_type":"https://in-toto.io/Statement/v0.1"}');
      const layer = { mediaType: 'application/vnd.in-toto+json', digest: sha256(statement), size: statement.length };
      const attestation = await makeImage({ manifest: { layers: [layer] } });
      await from.putBlob(layer, () => fromBytes(statement));
      await from.putBlob(attestation.manifest.config, () => fromBytes(attestation.rawConfig));
      await from.putManifest(attestation.rawManifest, attestation.descriptor.mediaType);
      await writeImage(image, from);
      const index = makeIndex([
        { ...image.descriptor, platform: { os: 'linux', architecture: 'amd64' } },
        { ...attestation.descriptor, platform: { os: 'unknown', architecture: 'unknown' } },
      ]);
      await writeIndex(index, from, 'v1');

      const { sink, order, mounts, most } = recording(to);
      const copied = await copyImage(from, 'v1', sink, { tag: 'v2', concurrency: 3, mountFrom: 'team/base' });
      expect(copied.digest).toBe(index.descriptor.digest);
      expect(order.at(-1)).toBe(index.descriptor.digest);
      for (const part of [image, attestation]) {
        const at = order.indexOf(part.descriptor.digest);
        const blobs = [part.manifest.config, ...part.manifest.layers].map((blob) => order.indexOf(blob.digest));
        expect(Math.min(...blobs)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...blobs)).toBeLessThan(at);
      }
      expect(new Set(order).size).toBe(order.length);
      expect(most()).toBe(3);
      expect(new Set(mounts)).toEqual(new Set(['team/base']));
      expect((await to.resolve('v2')).digest).toBe(index.descriptor.digest);
    });
  });

  it('keeps foreign layers in the manifest and never fetches them', async () => {
    await withLayouts(async (from, to) => {
      const foreign = {
        mediaType: MEDIA_TYPES.dockerForeignLayer,
        digest: sha256('elsewhere'),
        size: 9,
        urls: ['https://example.org/layer'],
      };
      const base = await makeImage({ family: 'docker' });
      const image = await makeImage({ family: 'docker', manifest: { layers: [foreign] } });
      await from.putBlob(base.manifest.config, () => fromBytes(base.rawConfig));
      await from.putManifest(image.rawManifest, image.descriptor.mediaType, 'win');
      await copyImage(from, 'win', to, { tag: 'win' });
      const loaded = await loadImage(to, await to.resolve('win'));
      expect(loaded.manifest.layers).toEqual([foreign]);
      const read = async () => {
        for await (const _ of loaded.layers[0]?.compressed() ?? []) expect.fail('content of a foreign layer');
      };
      await expect(read()).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
    });
  });

  it('publishes nothing when a blob is missing or wrong', async () => {
    await withLayouts(async (from, to) => {
      const image = await makeImage({ layers: [{ a: '1' }, { b: '2' }] });
      await from.putBlob(image.manifest.config, () => fromBytes(image.rawConfig));
      await from.putManifest(image.rawManifest, image.descriptor.mediaType, 'v1');
      await expect(copyImage(from, 'v1', to, { tag: 'v1' })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
      await expect(to.resolve('v1')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
      const layers = image.layers.map((layer) => ({ ...layer, compressed: () => fromBytes(Buffer.from('evil')) }));
      await expect(writeImage({ ...image, layers }, to, { tag: 'v1' })).rejects.toMatchObject({
        code: 'DIGEST_MISMATCH',
      });
      await expect(to.resolve('v1')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    });
  });

  it('does not load an image whose config has another number of layers', async () => {
    await withLayouts(async (from) => {
      const image = await makeImage({ layers: [{ a: '1' }, { b: '2' }] });
      const [first] = image.manifest.layers as readonly Descriptor[];
      const short = await makeImage({ layers: [{ a: '1' }, { b: '2' }], manifest: { layers: [first] } });
      await from.putBlob(short.manifest.config, () => fromBytes(short.rawConfig));
      await from.putManifest(short.rawManifest, short.descriptor.mediaType, 'short');
      await expect(loadImageOrIndex(from, 'short')).rejects.toThrow(/has 1 layers but its config has 2 diff IDs/);
    });
  });
});
