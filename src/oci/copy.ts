import type { Digest } from '../core/digest.ts';
import { type Progress, silent } from '../core/progress.ts';
import { fromBytes } from '../core/streams.ts';
import { BlobTransfer } from './blob-transfer.ts';
import { isForeignLayer } from './media-type.ts';
import type { Descriptor, Image, Index, Manifest } from './model.ts';
import { isManifestType, parseManifest } from './schema.ts';
import type { ImageSink, ImageSource } from './source.ts';

export interface CopyOptions {
  /** Tag at the sink; by digest only when absent. */
  readonly tag?: string;
  /** A repository of the sink's registry that may already hold the blobs. */
  readonly mountFrom?: string;
  readonly progress?: Progress;
  /** Blobs in flight at once; default 4. */
  readonly concurrency?: number;
}

/**
 * Copies what `target` names, byte for byte, so that it keeps its digest: an image, an artifact, or an index with all that
 * it names (attestations too). Blobs come before the manifest that names them and children before their index; the tag is
 * set last. Blobs that the sink has are skipped. Foreign layers stay in the manifest and are not copied.
 * Referrers (signatures, SBOMs) are not part of an image and are not copied.
 * @returns the descriptor at the sink
 * @throws SutureError IMAGE_NOT_FOUND, IMAGE_INVALID, IMAGE_UNSUPPORTED, DIGEST_MISMATCH, and those of source and sink
 */
export async function copyImage(
  source: ImageSource,
  target: Digest | string,
  sink: ImageSink,
  options: CopyOptions = {},
): Promise<Descriptor> {
  return copyDescriptor(source, await source.resolve(target), sink, options);
}

/** copyImage for a descriptor that is already known. */
export async function copyDescriptor(
  source: ImageSource,
  root: Descriptor,
  sink: ImageSink,
  options: CopyOptions = {},
): Promise<Descriptor> {
  const manifests = await collectManifests(source, root, new Set());
  const transfer = new BlobTransfer(sink, options.progress ?? silent, `${source.name} → ${sink.name}`, options);
  for (const { blobs } of manifests) {
    for (const blob of blobs) transfer.add(blob, () => source.blob(blob));
  }
  await transfer.run();
  let last: Descriptor = root;
  for (const { descriptor, bytes } of manifests) {
    const tag = descriptor === root ? options.tag : undefined;
    last = await sink.putManifest(bytes, descriptor.mediaType, tag);
  }
  return last;
}

/**
 * Writes an image that was loaded or made by mutate: layers that the sink has are skipped, then config, then manifest.
 * @returns the descriptor at the sink
 */
export async function writeImage(image: Image, sink: ImageSink, options: CopyOptions = {}): Promise<Descriptor> {
  const transfer = new BlobTransfer(sink, options.progress ?? silent, sink.name, options);
  for (const layer of image.layers) {
    if (!isForeignLayer(layer.descriptor)) {
      transfer.add(layer.descriptor, () => layer.compressed());
    }
  }
  transfer.add(image.manifest.config, () => fromBytes(image.rawConfig));
  await transfer.run();
  return sink.putManifest(image.rawManifest, image.descriptor.mediaType, options.tag);
}

/** Writes an index whose children are already at the sink. */
export function writeIndex(index: Index, sink: ImageSink, tag?: string): Promise<Descriptor> {
  return sink.putManifest(index.rawManifest, index.descriptor.mediaType, tag);
}

interface FoundManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly blobs: readonly Descriptor[];
}

/** The manifest with all below it, children before parents, each once. An index cannot hold itself: digests forbid it. */
async function collectManifests(
  source: ImageSource,
  descriptor: Descriptor,
  seen: Set<Digest>,
): Promise<readonly FoundManifest[]> {
  if (seen.has(descriptor.digest)) return [];
  seen.add(descriptor.digest);
  const bytes = await source.manifest(descriptor);
  const parsed = parseManifest(bytes, descriptor.mediaType, `manifest ${descriptor.digest} of ${source.name}`);
  if (parsed.kind === 'manifest') return [{ descriptor, bytes, blobs: blobsOf(parsed.manifest) }];
  const found: FoundManifest[] = [];
  const blobs: Descriptor[] = [];
  for (const child of parsed.index.manifests) {
    // The specification lets an index name any content; what is no manifest is a blob.
    if (isManifestType(child.mediaType)) found.push(...(await collectManifests(source, child, seen)));
    else blobs.push(child);
  }
  return [...found, { descriptor, bytes, blobs }];
}

function blobsOf(manifest: Manifest): readonly Descriptor[] {
  return [...manifest.layers.filter((layer) => !isForeignLayer(layer)), manifest.config];
}
