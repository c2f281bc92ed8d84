import { type Digest, Digester, digestAlgorithm, sha256 } from '../core/digest.ts';
import { isSutureError, SutureError } from '../core/errors/error.ts';
import { decompress } from './compress/decompress.ts';
import { compressionOf } from './compress/format.ts';
import { historyMatchesLayers } from './history.ts';
import { isForeignLayer, isImageConfigType, manifestFamily } from './media-type.ts';
import type { Image, Layer } from './model.ts';
import { parseConfig, parseManifest } from './schema.ts';

/**
 * Checks every invariant of an image, reading each layer once: digests and sizes of manifest, config and layers, diff IDs
 * of the decompressed layers, equal counts of layers and diff IDs, history, and media types of one family.
 * Foreign layers cannot be read and are passed over.
 * @returns a sentence per problem; none for a valid image
 */
export async function imageProblems(image: Image): Promise<readonly string[]> {
  const problems = [...manifestProblems(image), ...configProblems(image), ...mediaTypeProblems(image)];
  for (const [at, layer] of image.layers.entries()) problems.push(...(await layerProblems(layer, at)));
  return problems;
}

/** @throws SutureError IMAGE_INVALID, naming every problem that imageProblems finds */
export async function validateImage(image: Image): Promise<void> {
  const problems = await imageProblems(image);
  if (problems.length === 0) return;
  throw new SutureError('IMAGE_INVALID', `image ${image.descriptor.digest} is not valid: ${problems.join('; ')}`);
}

function manifestProblems(image: Image): string[] {
  const { descriptor, rawManifest, manifest } = image;
  const problems = contentProblems('manifest', rawManifest, descriptor);
  const parsed = parseOr(problems, () => parseManifest(rawManifest, descriptor.mediaType));
  if (parsed !== undefined && (parsed.kind !== 'manifest' || !sameJson(parsed.manifest, manifest))) {
    problems.push('the manifest is not what its bytes say');
  }
  const named = manifest.layers.map((layer) => layer.digest).join();
  const given = image.layers.map((layer) => layer.descriptor.digest).join();
  if (named !== given) problems.push('the layers are not those of the manifest');
  return problems;
}

function configProblems(image: Image): string[] {
  const { config, manifest, rawConfig } = image;
  const problems = contentProblems('config', rawConfig, manifest.config);
  const parsed = parseOr(problems, () => parseConfig(rawConfig));
  if (parsed !== undefined && !sameJson(parsed, config)) problems.push('the config is not what its bytes say');
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    problems.push(`the config has ${diffIds.length} diff IDs for ${manifest.layers.length} layers`);
  }
  if (diffIds.join() !== image.layers.map((layer) => layer.diffId).join()) {
    problems.push('the diff IDs of the layers are not those of the config');
  }
  // Builders that write no history at all are within the specification: it is optional.
  if (
    config.history !== undefined &&
    config.history.length > 0 &&
    !historyMatchesLayers(config.history, diffIds.length)
  ) {
    problems.push(`the history does not have ${diffIds.length} entries with a layer`);
  }
  return problems;
}

function mediaTypeProblems(image: Image): string[] {
  const family = manifestFamily(image.descriptor.mediaType);
  const problems: string[] = [];
  const { config, layers } = image.manifest;
  if (!isImageConfigType(config.mediaType)) problems.push(`the config has media type ${config.mediaType}`);
  for (const { mediaType } of [config, ...layers]) {
    if (manifestFamily(mediaType) !== family)
      problems.push(`${mediaType} stands in a manifest of the ${family} family`);
  }
  for (const layer of layers) {
    if (!isForeignLayer(layer) && compressionOf(layer.mediaType) === undefined) {
      problems.push(`layer ${layer.digest} has media type ${layer.mediaType}, which is no file system`);
    }
  }
  return problems;
}

async function layerProblems(layer: Layer, at: number): Promise<string[]> {
  if (isForeignLayer(layer.descriptor)) return [];
  const { digest, size } = layer.descriptor;
  const blob = new Digester(digestAlgorithm(digest));
  const tar = new Digester(digestAlgorithm(layer.diffId));
  async function* tapped() {
    for await (const chunk of layer.compressed()) {
      blob.update(chunk);
      yield chunk;
    }
  }
  const name = `layer ${at + 1}`;
  try {
    for await (const chunk of decompress(tapped(), `${name} (${digest})`)) tar.update(chunk);
  } catch (error) {
    if (isSutureError(error) && !error.retryable) return [`${name}: ${error.message}`];
    throw error;
  }
  const problems: string[] = [];
  if (blob.size !== size) problems.push(`${name} has ${blob.size} bytes, not ${size}`);
  const actual = blob.digest();
  if (actual !== digest) problems.push(`${name} has digest ${actual}, not ${digest}`);
  const diffId = tar.digest();
  if (diffId !== layer.diffId) problems.push(`${name} has diff ID ${diffId}, not ${layer.diffId}`);
  return problems;
}

function contentProblems(what: string, bytes: Uint8Array, expected: { digest: Digest; size: number }): string[] {
  const problems: string[] = [];
  if (bytes.length !== expected.size) problems.push(`the ${what} has ${bytes.length} bytes, not ${expected.size}`);
  const algorithm = digestAlgorithm(expected.digest);
  const actual = algorithm === 'sha256' ? sha256(bytes) : new Digester(algorithm).update(bytes).digest();
  if (actual !== expected.digest) problems.push(`the ${what} has digest ${actual}, not ${expected.digest}`);
  return problems;
}

function parseOr<T>(problems: string[], parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!isSutureError(error)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
