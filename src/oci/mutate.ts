import { byteStringToBytes, bytesToByteString, compareBytes } from '../core/bytes.ts';
import { type Digest, sha256 } from '../core/digest.ts';
import { SutureError } from '../core/errors/error.ts';
import { LIMITS } from '../core/limits.ts';
import type { ByteStream } from '../core/streams.ts';
import { compressionOf } from './compress/format.ts';
import { historyLength, historyMatchesLayers } from './history.ts';
import { arrayItems, jsonText, removeMember, setArrayItems, setMember } from './json-text.ts';
import { manifestFamily } from './media-type.ts';
import type { Descriptor, HistoryEntry, Image, Layer } from './model.ts';
import { parseConfig, parseManifest } from './schema.ts';

/** Changes of config and manifest texts; an undefined value removes the entry. */
export interface ImageEdits {
  /** RFC 3339, the config's `created`. Unchanged when absent. */
  readonly created?: string;
  /** Labels of the config. */
  readonly labels?: Readonly<Record<string, string | undefined>>;
  /** Annotations of the manifest. Docker schema 2 has none: there they are ignored, labels carry the message. */
  readonly annotations?: Readonly<Record<string, string | undefined>>;
}

export interface NewLayer extends ImageEdits {
  readonly descriptor: Descriptor;
  /** Digest of the decompressed tar. */
  readonly diffId: Digest;
  /** Opens the compressed blob; may be called more than once. */
  open(): ByteStream;
  /** Must not be `empty_layer`. */
  readonly history: HistoryEntry;
}

/**
 * A new image with one layer more on top. Every other byte of config and manifest stays as it is: unknown fields, field
 * order, number spellings, spacing. The result depends on the arguments only.
 * @throws SutureError IMAGE_UNSUPPORTED when the layer's media type is not of the manifest's family
 */
export function appendLayer(image: Image, layer: NewLayer): Image {
  checkLayer(image, layer);
  const { history: base } = image.config;
  const config = editConfig(image, layer, (text) => {
    const diffIds = [...arrayItems(text, ['rootfs', 'diff_ids']), jsonText(layer.diffId)];
    const changed = setArrayItems(text, ['rootfs', 'diff_ids'], diffIds);
    if (!historyMatchesLayers(base, image.layers.length)) return changed;
    return setArrayItems(changed, ['history'], [...arrayItems(changed, ['history']), jsonText(layer.history)]);
  });
  const added: Layer = { descriptor: layer.descriptor, diffId: layer.diffId, compressed: () => layer.open() };
  return rebuild(image, config, layer, [...image.layers, added], (text) => {
    const { mediaType, size, digest, annotations } = layer.descriptor;
    const descriptor = jsonText({ mediaType, size, digest, ...(annotations === undefined ? {} : { annotations }) });
    return setArrayItems(text, ['layers'], [...arrayItems(text, ['layers']), descriptor]);
  });
}

/**
 * The image of the first `count` layers. The history is cut before the entry of the first dropped layer, so that empty
 * entries of the kept part (CMD, LABEL) stay; a history that does not match the layers is left as it is.
 */
export function truncateLayers(image: Image, count: number, edits: ImageEdits = {}): Image {
  if (!Number.isInteger(count) || count < 0 || count > image.layers.length) {
    throw new SutureError(
      'IMAGE_INVALID',
      `image ${image.descriptor.digest} has ${image.layers.length} layers, not ${count}`,
    );
  }
  const { history } = image.config;
  const config = editConfig(image, edits, (text) => {
    const path = ['rootfs', 'diff_ids'];
    const changed = setArrayItems(text, path, arrayItems(text, path).slice(0, count));
    if (history === undefined || !historyMatchesLayers(history, image.layers.length)) return changed;
    return setArrayItems(
      changed,
      ['history'],
      arrayItems(changed, ['history']).slice(0, historyLength(history, count)),
    );
  });
  return rebuild(image, config, edits, image.layers.slice(0, count), (text) =>
    setArrayItems(text, ['layers'], arrayItems(text, ['layers']).slice(0, count)),
  );
}

function checkLayer(image: Image, layer: NewLayer): void {
  const { mediaType } = layer.descriptor;
  const family = manifestFamily(image.descriptor.mediaType);
  const fits = manifestFamily(mediaType) === family && compressionOf(mediaType) !== undefined;
  if (!fits || (family === 'docker' && mediaType.endsWith('zstd'))) {
    throw new SutureError(
      'IMAGE_UNSUPPORTED',
      `a layer of type ${mediaType} cannot be added to a ${image.descriptor.mediaType}`,
    );
  }
  checkLayerRoom(image);
}

/** Whether an image can have one more layer and still run. @throws SutureError LIMIT_EXCEEDED */
export function checkLayerRoom({ descriptor, layers }: Pick<Image, 'descriptor' | 'layers'>): void {
  if (layers.length < LIMITS.runnableLayers) return;
  throw new SutureError(
    'LIMIT_EXCEEDED',
    `image ${descriptor.digest} has ${layers.length} layers already, and ${LIMITS.runnableLayers} are all that container engines run`,
    { fix: 'Squash layers of the image where it is built.' },
  );
}

function editConfig(image: Image, edits: ImageEdits, change: (text: string) => string): Buffer {
  let text = change(bytesToByteString(image.rawConfig));
  if (edits.created !== undefined) text = setMember(text, ['created'], jsonText(edits.created));
  return byteStringToBytes(setEntries(text, ['config', 'Labels'], edits.labels));
}

/** Existing names keep their place; new ones follow in byte order, as Go's encoder would sort them. */
export function setEntries(
  text: string,
  path: readonly string[],
  entries: Readonly<Record<string, string | undefined>> | undefined,
): string {
  let changed = text;
  for (const key of Object.keys(entries ?? {}).sort(compareBytes)) {
    const value = entries?.[key];
    changed =
      value === undefined ? removeMember(changed, [...path, key]) : setMember(changed, [...path, key], jsonText(value));
  }
  return changed;
}

function rebuild(
  image: Image,
  rawConfig: Buffer,
  edits: ImageEdits,
  layers: readonly Layer[],
  change: (text: string) => string,
): Image {
  let text = change(bytesToByteString(image.rawManifest));
  text = setMember(text, ['config', 'digest'], jsonText(sha256(rawConfig)));
  text = setMember(text, ['config', 'size'], jsonText(rawConfig.length));
  // An embedded copy of the old config would contradict the digest.
  text = removeMember(text, ['config', 'data']);
  const { mediaType, platform } = image.descriptor;
  if (manifestFamily(mediaType) === 'oci') text = setEntries(text, ['annotations'], edits.annotations);
  const rawManifest = byteStringToBytes(text);
  const parsed = parseManifest(rawManifest, mediaType, 'the new manifest');
  if (parsed.kind !== 'manifest') throw new SutureError('IMAGE_INVALID', 'the manifest of an image became an index');
  return {
    kind: 'image',
    descriptor: describe(rawManifest, mediaType, platform),
    rawManifest,
    manifest: parsed.manifest,
    rawConfig,
    config: parseConfig(rawConfig, 'the new config'),
    layers,
  };
}

function describe(bytes: Uint8Array, mediaType: string, platform: Descriptor['platform']): Descriptor {
  return { mediaType, digest: sha256(bytes), size: bytes.length, ...(platform === undefined ? {} : { platform }) };
}
