import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSutureError } from '../core/errors/error.ts';
import { MEDIA_TYPES } from './model.ts';
import { parseConfig, parseManifest, sniffManifestType } from './schema.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const layer = { mediaType: MEDIA_TYPES.ociLayerGzip, digest: DIGEST, size: 3 };
const manifest = {
  schemaVersion: 2,
  config: { mediaType: MEDIA_TYPES.ociConfig, digest: DIGEST, size: 2 },
  layers: [layer],
};
const index = { schemaVersion: 2, manifests: [{ mediaType: MEDIA_TYPES.ociManifest, digest: DIGEST, size: 9 }] };

describe('parseManifest', () => {
  it('reads manifests and indexes of both families and keeps unknown fields', () => {
    const docker = { ...manifest, mediaType: MEDIA_TYPES.dockerManifest, extra: { a: 1 } };
    const parsed = parseManifest(bytes(docker), MEDIA_TYPES.dockerManifest);
    expect(parsed).toMatchObject({ kind: 'manifest', manifest: { extra: { a: 1 }, layers: [layer] } });
    expect(parseManifest(bytes(index), MEDIA_TYPES.ociIndex).kind).toBe('index');
    expect(parseManifest(bytes({ ...index, mediaType: MEDIA_TYPES.dockerList }), undefined)).toMatchObject({
      kind: 'index',
      mediaType: MEDIA_TYPES.dockerList,
    });
  });

  it('reads null as absent, as Go writes it', () => {
    const parsed = parseManifest(bytes({ ...manifest, layers: null, annotations: null }), MEDIA_TYPES.ociManifest);
    expect(parsed).toMatchObject({ kind: 'manifest', manifest: { layers: [] } });
  });

  it.each([
    ['both kinds at once', { ...manifest, manifests: [] }, MEDIA_TYPES.ociManifest],
    ['both kinds at once, as an index', { ...index, layers: [] }, MEDIA_TYPES.ociIndex],
    ['another type than served', { ...manifest, mediaType: MEDIA_TYPES.dockerManifest }, MEDIA_TYPES.ociManifest],
    ['a manifest served as index', manifest, MEDIA_TYPES.ociIndex],
    ['an index served as manifest', index, MEDIA_TYPES.ociManifest],
    ['fields of schema 1', { ...manifest, fsLayers: [] }, MEDIA_TYPES.ociManifest],
    ['fields in another case', { ...manifest, Layers: [] }, MEDIA_TYPES.ociManifest],
    ['a negative size', { ...manifest, layers: [{ ...layer, size: -1 }] }, MEDIA_TYPES.ociManifest],
    ['a path as digest', { ...manifest, layers: [{ ...layer, digest: 'sha256:../../x' }] }, MEDIA_TYPES.ociManifest],
    ['no config', { schemaVersion: 2, layers: [] }, MEDIA_TYPES.ociManifest],
    ['an array', [], MEDIA_TYPES.ociManifest],
    ['a number as mediaType', { ...manifest, mediaType: 2 }, MEDIA_TYPES.ociManifest],
  ])('refuses %s', (_, body, type) => {
    try {
      parseManifest(bytes(body), type);
    } catch (error) {
      expect(isSutureError(error, 'IMAGE_INVALID')).toBe(true);
      return;
    }
    expect.fail('accepted');
  });

  it('refuses schema 1 and unknown types with the reason', () => {
    const v1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
    expect(() => parseManifest(bytes({ schemaVersion: 1 }), v1)).toThrow(/schema 1/);
    expect(() => parseManifest(bytes({ schemaVersion: 1, fsLayers: [] }), undefined)).toThrow(/schema 1/);
    expect(() => parseManifest(bytes(manifest), 'application/json')).toThrow(/application\/json/);
  });

  it('refuses a body above the limit and invalid UTF-8', () => {
    expect(() => parseManifest(Buffer.alloc(5 * 1024 * 1024, 0x20), MEDIA_TYPES.ociIndex)).toThrow(/larger than/);
    expect(() => parseManifest(Buffer.from('{"a":"\xff"}', 'latin1'), MEDIA_TYPES.ociIndex)).toThrow(/not JSON/);
  });

  it('never fails in another way, whatever the JSON', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.constantFrom(MEDIA_TYPES.ociManifest, MEDIA_TYPES.ociIndex, undefined),
        (text, type) => {
          try {
            parseManifest(Buffer.from(text), type);
          } catch (error) {
            expect(isSutureError(error)).toBe(true);
          }
        },
      ),
    );
  });

  it('infers a type only when the body allows one', () => {
    expect(sniffManifestType(bytes(index))).toBe(MEDIA_TYPES.ociIndex);
    expect(sniffManifestType(bytes(manifest))).toBe(MEDIA_TYPES.ociManifest);
    expect(sniffManifestType(bytes({ ...manifest, manifests: [] }))).toBeUndefined();
  });
});

describe('parseConfig', () => {
  const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [DIGEST] } };
  it('keeps unknown fields and reads nulls as absent', () => {
    const parsed = parseConfig(bytes({ ...config, history: null, config: { Labels: null, Env: ['A=b'] }, x: 1 }));
    expect(parsed).toMatchObject({ x: 1, config: { Labels: null, Env: ['A=b'] } });
    expect(parsed.history).toBeUndefined();
    expect(parseConfig(bytes({ ...config, rootfs: { type: 'layers', diff_ids: null } })).rootfs.diff_ids).toEqual([]);
  });
  it('refuses one without an operating system or root file system', () => {
    expect(() => parseConfig(bytes({ ...config, os: undefined }))).toThrow(/os/);
    expect(() => parseConfig(bytes({}))).toThrow(/rootfs/);
  });
});
