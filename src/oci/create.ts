import { sha256 } from '../core/digest.ts';
import { type Image, type ImageConfig, type Layer, type Manifest, MEDIA_TYPES } from './model.ts';

export interface NewImage {
  readonly architecture: string;
  /** RFC 3339. */
  readonly created: string;
  readonly createdBy: string;
  readonly layer: Layer;
  /** The `config` member of the image config: Env, Cmd, Labels … */
  readonly runtime: Readonly<Record<string, unknown>>;
}

/** An OCI image of one layer, made from nothing. The same input gives the same bytes. */
export function createImage({ architecture, created, createdBy, layer, runtime }: NewImage): Image {
  const config: ImageConfig = {
    architecture,
    os: 'linux',
    created,
    config: runtime,
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    history: [{ created, created_by: createdBy }],
  };
  const rawConfig = Buffer.from(JSON.stringify(config));
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: { mediaType: MEDIA_TYPES.ociConfig, digest: sha256(rawConfig), size: rawConfig.length },
    layers: [layer.descriptor],
  };
  const rawManifest = Buffer.from(JSON.stringify(manifest));
  const descriptor = { mediaType: MEDIA_TYPES.ociManifest, digest: sha256(rawManifest), size: rawManifest.length };
  return { kind: 'image', descriptor, rawManifest, manifest, rawConfig, config, layers: [layer] };
}
