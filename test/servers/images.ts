import { gzipSync } from 'node:zlib';
import { sha256 } from '../../src/core/digest.ts';
import { fromBytes } from '../../src/core/streams.ts';
import { type Descriptor, MEDIA_TYPES } from '../../src/oci/model.ts';
import type { ImageSink } from '../../src/oci/source.ts';

export interface SampleImage {
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Buffer }[];
  readonly manifest: Buffer;
  readonly descriptor: Descriptor;
}

/** An empty tar archive is a valid layer: two blocks of zeros. */
const EMPTY_TAR = Buffer.alloc(1024);

export function sampleImage(label: string): SampleImage {
  const layer = gzipSync(EMPTY_TAR);
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      config: { Labels: { label } },
      rootfs: { type: 'layers', diff_ids: [sha256(EMPTY_TAR)] },
    }),
  );
  const blobs = [
    { descriptor: describe(config, MEDIA_TYPES.ociConfig), bytes: config },
    { descriptor: describe(layer, MEDIA_TYPES.ociLayerGzip), bytes: layer },
  ];
  const [ofConfig, ofLayer] = blobs.map((blob) => blob.descriptor);
  return finish(blobs, { config: ofConfig, layers: [ofLayer] });
}

/** An artifact (an empty config and one blob) that refers to `subject`. */
export function sampleArtifact(artifactType: string, subject: Descriptor, text: string): SampleImage {
  const content = Buffer.from(text);
  const empty = Buffer.from('{}');
  const blobs = [
    { descriptor: describe(empty, MEDIA_TYPES.ociEmpty), bytes: empty },
    { descriptor: describe(content, 'text/plain'), bytes: content },
  ];
  const [config, layer] = blobs.map((blob) => blob.descriptor);
  const { mediaType, digest, size } = subject;
  const annotations = { 'org.example.text': text };
  return finish(blobs, { artifactType, config, layers: [layer], subject: { mediaType, digest, size }, annotations });
}

function finish(blobs: SampleImage['blobs'], fields: object): SampleImage {
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, ...fields }));
  return { blobs, manifest, descriptor: describe(manifest, MEDIA_TYPES.ociManifest) };
}

export function describe(bytes: Uint8Array, mediaType = 'application/octet-stream'): Descriptor {
  return { mediaType, digest: sha256(bytes), size: bytes.length };
}

export async function push(sink: ImageSink, image: SampleImage, tag?: string): Promise<Descriptor> {
  for (const { descriptor, bytes } of image.blobs) await sink.putBlob(descriptor, () => fromBytes(bytes));
  return sink.putManifest(image.manifest, image.descriptor.mediaType, tag);
}
