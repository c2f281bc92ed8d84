import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { makeImage, makeIndex, makeTar } from '../../test/support/images.ts';
import { sha256 } from '../core/digest.ts';
import { fromBytes } from '../core/streams.ts';
import { layerMediaType } from './media-type.ts';
import { type Image, MEDIA_TYPES } from './model.ts';
import { appendLayer, type NewLayer, truncateLayers } from './mutate.ts';
import { replaceManifests } from './mutate-index.ts';
import { validateImage } from './validate.ts';

async function patchLayer(image: Image, edits: Partial<NewLayer> = {}): Promise<NewLayer> {
  const tar = await makeTar({ 'usr/lib/libssl.so': 'fixed' });
  const blob = gzipSync(tar);
  return {
    descriptor: { mediaType: layerMediaType(image, 'gzip'), digest: sha256(blob), size: blob.length },
    diffId: sha256(tar),
    open: () => fromBytes(blob),
    history: { created: '2026-02-02T00:00:00Z', created_by: 'suture patch' },
    created: '2026-02-02T00:00:00Z',
    ...edits,
  };
}

describe('appendLayer', () => {
  it.each(['oci', 'docker'] as const)('gives a valid %s image with its types', async (family) => {
    const base = await makeImage({ family });
    const image = appendLayer(base, await patchLayer(base, { labels: { b: '2', a: '1' }, annotations: { note: 'x' } }));
    await validateImage(image);
    expect(image.config.created).toBe('2026-02-02T00:00:00Z');
    expect(image.config.config?.Labels).toEqual({ a: '1', b: '2' });
    expect(image.config.history?.at(-1)?.created_by).toBe('suture patch');
    expect(image.manifest.annotations).toEqual(family === 'oci' ? { note: 'x' } : undefined);
    expect(image.manifest.layers[1]?.mediaType).toBe(layerMediaType(base, 'gzip'));
    expect(image.descriptor.digest).not.toBe(base.descriptor.digest);
    expect(base.layers.length).toBe(1);
  });

  it('changes nothing but the fields it means to, byte for byte', async () => {
    const config = {
      big: 0,
      config: { Env: ['A=<b>&\u2028'], Labels: { z: '1' } },
      'x.unknown': { deep: [1, { a: null }] },
    };
    const made = await makeImage({ config, indent: 3, manifest: { annotations: { 'z.y': '1' }, unknown: [true] } });
    // A number that a double cannot hold and an escape that JSON.stringify would not write.
    const text = made.rawConfig
      .toString()
      .replace('"big": 0', '"big": 90071992547409931.50')
      .replace('<b>', '\\u003cb\\u003e');
    const rawConfig = Buffer.from(text);
    const digest = sha256(rawConfig);
    const base = { ...made, rawConfig, manifest: { ...made.manifest, config: { ...made.manifest.config, digest } } };
    const layer = await patchLayer(base);
    const image = appendLayer(base, { ...layer, labels: { z: '2' } });
    const expected = text
      .replace(/("diff_ids": \[\n\s+)("[^"]+")/, `$1$2,\n         "${layer.diffId}"`)
      .replace('"z": "1"', '"z": "2"')
      .replace('"created": "2026-01-01T00:00:00Z"', '"created": "2026-02-02T00:00:00Z"')
      .replace(/("created_by": "layer 0"\n\s+\})/, `$1,\n      ${JSON.stringify(layer.history)}`);
    expect(Buffer.from(image.rawConfig).toString()).toBe(expected);
    expect(Buffer.from(image.rawManifest).toString()).toContain('"unknown": [\n      true\n   ]');
    expect(appendLayer(base, { ...layer, labels: { z: '2' } }).descriptor).toEqual(image.descriptor);
  });

  it('keeps a history that does not match the layers as it is', async () => {
    const base = await makeImage({ layers: [{ a: '1' }, { b: '2' }], history: [{ created_by: 'one for two' }] });
    const image = appendLayer(base, await patchLayer(base));
    expect(image.config.history).toEqual([{ created_by: 'one for two' }]);
    expect(image.config.rootfs.diff_ids.length).toBe(3);
  });

  it('drops an embedded copy of the old config', async () => {
    const made = await makeImage();
    const data = Buffer.from(made.rawConfig).toString('base64');
    const base = await makeImage({ manifest: { config: { ...made.manifest.config, data } } });
    expect(base.manifest.config.data).toBe(data);
    const image = appendLayer(base, await patchLayer(base));
    expect(image.manifest.config.data).toBeUndefined();
    await validateImage(image);
  });

  it('refuses a layer of another family or kind', async () => {
    const docker = await makeImage({ family: 'docker' });
    const layer = await patchLayer(docker);
    const of = (mediaType: string) => ({ ...layer, descriptor: { ...layer.descriptor, mediaType } });
    expect(() => appendLayer(docker, of(MEDIA_TYPES.ociLayerGzip))).toThrow(/cannot be added/);
    expect(() => appendLayer(docker, of('application/vnd.docker.image.rootfs.diff.tar.zstd'))).toThrow(
      /cannot be added/,
    );
    expect(() => layerMediaType(docker, 'zstd')).toThrow(/zstd/);
  });
});

describe('truncateLayers', () => {
  it('undoes appendLayer exactly', async () => {
    const history = [{ created_by: 'layer' }, { created_by: 'CMD', empty_layer: true }];
    for (const indent of [0, 3]) {
      const base = await makeImage({ history, indent, config: { config: { Labels: { own: '1' } } } });
      const layer = await patchLayer(base, { labels: { p: '1' }, annotations: { q: '1' } });
      const image = appendLayer(base, layer);
      const back = truncateLayers(image, 1, { created: '2026-01-01T00:00:00Z', labels: { p: undefined } });
      expect(Buffer.from(back.rawConfig).toString()).toBe(Buffer.from(base.rawConfig).toString());
      expect(back.manifest.layers).toEqual(base.manifest.layers);
      await validateImage(back);
      // A second patch replaces the first and depends on the base only.
      const again = appendLayer(truncateLayers(appendLayer(image, layer), 1), layer);
      expect(again.descriptor.digest).toBe(image.descriptor.digest);
    }
  });

  it('refuses more layers than there are', async () => {
    const image = await makeImage();
    expect(() => truncateLayers(image, 2)).toThrow(/has 1 layers/);
    expect(truncateLayers(image, 0).config.history).toEqual([]);
  });
});

describe('replaceManifests', () => {
  it('replaces in place, keeps the others and drops attestations of what was replaced', async () => {
    const [amd, arm, next] = await Promise.all(['1', '2', '3'].map((text) => makeImage({ layers: [{ a: text }] })));
    if (!amd || !arm || !next) throw new Error('no images');
    const attestation = (of: Image) => ({
      mediaType: MEDIA_TYPES.ociManifest,
      digest: sha256(of.descriptor.digest),
      size: 1,
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': of.descriptor.digest,
      },
    });
    const entry = {
      ...amd.descriptor,
      platform: { os: 'linux', architecture: 'amd64' },
      annotations: { keep: 'me' },
      odd: 1,
    };
    const index = makeIndex([entry, { ...arm.descriptor, data: 'x' }, attestation(amd), attestation(arm)], {
      odd: true,
    });
    const patched = replaceManifests(index, {
      replace: new Map([[amd.descriptor.digest, next.descriptor]]),
      annotations: { 'example.org/note': 'new' },
    });
    const { digest, size } = next.descriptor;
    expect(patched.index.manifests).toEqual([{ ...entry, digest, size }, index.index.manifests[1], attestation(arm)]);
    const expected = { ...(JSON.parse(Buffer.from(index.rawManifest).toString()) as object) };
    expect(JSON.parse(Buffer.from(patched.rawManifest).toString())).toEqual({
      ...expected,
      manifests: patched.index.manifests,
      annotations: { 'example.org/note': 'new' },
    });
    const missing = new Map([[sha256('none'), next.descriptor]]);
    expect(() => replaceManifests(index, { replace: missing })).toThrow(/has no manifest/);
    const removed = replaceManifests(index, { replace: new Map(), remove: new Set([arm.descriptor.digest]) });
    expect(removed.index.manifests.length).toBe(2);
  });
});
