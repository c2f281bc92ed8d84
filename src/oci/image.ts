import type { Digest } from '../core/digest.ts';
import { SutureError } from '../core/errors/error.ts';
import { LIMITS } from '../core/limits.ts';
import { type ByteStream, collect, verified } from '../core/streams.ts';
import { isForeignLayer, isImageConfigType } from './media-type.ts';
import type { Descriptor, Image, Index, Layer, Platform } from './model.ts';
import { parseConfig, parseManifest } from './schema.ts';
import type { ImageSource } from './source.ts';

/**
 * Loads what a tag or digest names: manifest and config are read and checked, layers are opened only when read.
 * @throws SutureError IMAGE_NOT_FOUND, IMAGE_INVALID, IMAGE_UNSUPPORTED, DIGEST_MISMATCH
 */
export async function loadImageOrIndex(source: ImageSource, target: Digest | string): Promise<Image | Index> {
  return loadDescriptor(source, await source.resolve(target));
}

/** loadImageOrIndex for a descriptor that is already known. */
export async function loadDescriptor(source: ImageSource, descriptor: Descriptor): Promise<Image | Index> {
  const what = `manifest ${descriptor.digest} of ${source.name}`;
  const rawManifest = await source.manifest(descriptor);
  const parsed = parseManifest(rawManifest, descriptor.mediaType, what);
  if (parsed.kind === 'index') return { kind: 'index', descriptor, rawManifest, index: parsed.index };
  const { manifest } = parsed;
  if (!isImageConfigType(manifest.config.mediaType)) {
    const type = manifest.artifactType ?? manifest.config.mediaType;
    throw new SutureError('IMAGE_UNSUPPORTED', `${what} is an artifact of type ${type}, not an image`);
  }
  const rawConfig = await collect(source.blob(manifest.config), LIMITS.config, `config of ${what}`);
  const config = parseConfig(rawConfig, `config ${manifest.config.digest} of ${source.name}`);
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    throw new SutureError(
      'IMAGE_INVALID',
      `${what} has ${manifest.layers.length} layers but its config has ${diffIds.length} diff IDs`,
    );
  }
  const layers = diffIds.map((diffId, at) => makeLayer(source, manifest.layers[at] as Descriptor, diffId));
  return { kind: 'image', descriptor, rawManifest, manifest, rawConfig, config, layers };
}

/**
 * Loads one image.
 * @throws SutureError IMAGE_UNSUPPORTED when the descriptor is an index (choose with selectPlatform) or an artifact
 */
export async function loadImage(source: ImageSource, descriptor: Descriptor): Promise<Image> {
  const loaded = await loadDescriptor(source, descriptor);
  if (loaded.kind === 'image') return loaded;
  throw new SutureError('IMAGE_UNSUPPORTED', `${descriptor.digest} of ${source.name} is an index; choose a platform`);
}

function makeLayer(source: ImageSource, descriptor: Descriptor, diffId: Digest): Layer {
  const what = `layer ${descriptor.digest} of ${source.name}`;
  return { descriptor, diffId, compressed: () => openLayer(source, descriptor, what) };
}

/** Foreign layers stay in the manifest, but their URLs are never followed: what is behind them is not the registry's word. */
async function* openLayer(source: ImageSource, descriptor: Descriptor, what: string): ByteStream {
  if (isForeignLayer(descriptor)) {
    throw new SutureError('IMAGE_UNSUPPORTED', `${what} is foreign: its content lies outside the registry`);
  }
  yield* verified(source.blob(descriptor), descriptor, what);
}

/** BuildKit's attestations stand in the index beside the images, with a platform that none has. */
export function isAttestation(descriptor: Descriptor): boolean {
  return (
    descriptor.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' ||
    (descriptor.platform?.os === 'unknown' && descriptor.platform.architecture === 'unknown')
  );
}

/** `linux/arm64/v8`, as `--platform` takes it. */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, ...(platform.variant ? [platform.variant] : [])].join('/');
}

/** @throws SutureError USAGE */
export function parsePlatform(text: string): Platform {
  const [os, architecture, variant, ...more] = text.split('/');
  if (os && architecture && more.length === 0 && variant !== '' && /^[a-z0-9._/-]+$/.test(text)) {
    return { os, architecture, ...(variant === undefined ? {} : { variant }) };
  }
  throw new SutureError('USAGE', `"${text}" is not a platform (OS/ARCHITECTURE[/VARIANT] expected)`);
}

/** containerd's platforms.Normalize: v8 is what arm64 means without a variant, v7 is what arm means, v1 what amd64 means. */
function variantOf(platform: Platform): string {
  if (platform.variant) return platform.variant;
  const defaults: Record<string, string> = { arm64: 'v8', arm: 'v7', amd64: 'v1' };
  return defaults[platform.architecture] ?? '';
}

/**
 * The manifest of an index for a platform: OS, architecture and variant must agree (a missing variant is the
 * architecture's usual one), `os.version` too when it is asked for. The first of several wins, as in docker.
 * @throws SutureError IMAGE_NOT_FOUND, naming the platforms there are
 */
export function selectPlatform(index: Index, platform: Platform): Descriptor {
  const images = index.index.manifests.filter((entry) => !isAttestation(entry));
  const wanted = platform['os.version'];
  const found = images.find(
    (entry) =>
      entry.platform?.os === platform.os &&
      entry.platform.architecture === platform.architecture &&
      variantOf(entry.platform) === variantOf(platform) &&
      (wanted === undefined || entry.platform['os.version'] === wanted),
  );
  if (found) return found;
  const there = images.map((entry) => (entry.platform ? formatPlatform(entry.platform) : entry.digest));
  throw new SutureError(
    'IMAGE_NOT_FOUND',
    `index ${index.descriptor.digest} has no image for ${formatPlatform(platform)}; it has ${there.join(', ') || 'none'}`,
  );
}
