import type { Digest } from '../core/digest.ts';
import { isSutureError, SutureError } from '../core/errors/error.ts';
import { step } from '../core/progress.ts';
import type { ByteStream } from '../core/streams.ts';
import { copyDescriptor, writeImage, writeIndex } from '../oci/copy.ts';
import { formatImageName, type ImageName, parseImageName } from '../oci/image-name.ts';
import { type Location, mountableFrom, openLocation, openSink } from '../oci/location.ts';
import type { Image, Index, Layer } from '../oci/model.ts';
import type { ImageSink } from '../oci/source.ts';
import { interruptible } from './interruption.ts';
import type { Workspace } from './workspace.ts';

export interface Published {
  /** The name it can be pulled by. */
  readonly reference: string;
  readonly digest: Digest;
  /** `present`: the tag already named exactly this image; nothing was sent. */
  readonly outcome: 'written' | 'present';
}

/**
 * Writes a patched image: blobs first, the manifest last, under a tag that is new. A tag is never moved: when it exists with
 * another digest this is an error, with the same digest nothing is sent.
 * @throws SutureError TAG_EXISTS, and those of the sink
 */
export async function publishImage(
  workspace: Workspace,
  image: Image,
  from: ImageName,
  to: ImageName,
): Promise<Published> {
  const reference = formatImageName(to);
  return step(workspace.progress, 'publish', `publishing ${reference}`, async () => {
    const { digest: wanted } = image.descriptor;
    if (await isPresent(workspace, to, wanted)) return { reference, digest: wanted, outcome: 'present' as const };
    const target = await openSink(to, workspace.locations);
    try {
      const mountFrom = mountableFrom(from, to);
      const { digest } = await writeImage(cachedLayers(workspace, image), mounting(workspace, target.sink, to), {
        progress: workspace.progress,
        ...(target.tag === undefined ? {} : { tag: target.tag }),
        ...(mountFrom === undefined ? {} : { mountFrom }),
      });
      return { reference, digest, outcome: 'written' as const };
    } finally {
      await target.close();
    }
  });
}

/**
 * Writes a patched index: the images that were made, then what it names besides them (untouched platforms, attestations) as
 * far as the target does not have it, then the index under its tag: one atomic step, and no tag for a single platform.
 * @throws SutureError TAG_EXISTS, and those of source and sink
 */
export async function publishIndex(
  workspace: Workspace,
  index: Index,
  images: readonly Image[],
  from: Location,
  to: ImageName,
): Promise<Published> {
  const reference = formatImageName(to);
  return step(workspace.progress, 'publish', `publishing ${reference}`, async () => {
    const { digest: wanted } = index.descriptor;
    if (await isPresent(workspace, to, wanted)) return { reference, digest: wanted, outcome: 'present' as const };
    const target = await openSink(to, workspace.locations);
    try {
      const mountFrom = mountableFrom(from.name, to);
      const options = { progress: workspace.progress, ...(mountFrom === undefined ? {} : { mountFrom }) };
      const sink = mounting(workspace, target.sink, to);
      for (const image of images) await writeImage(cachedLayers(workspace, image), sink, options);
      const made = new Set(images.map(({ descriptor }) => descriptor.digest));
      for (const child of index.index.manifests.filter(({ digest }) => !made.has(digest))) {
        await copyDescriptor(from.source, child, target.sink, options);
      }
      const { digest } = await writeIndex(index, target.sink, target.tag);
      return { reference, digest, outcome: 'written' as const };
    } finally {
      await target.close();
    }
  });
}

/** True when the tag already names exactly this. @throws SutureError TAG_EXISTS when it names something else */
async function isPresent(workspace: Workspace, to: ImageName, wanted: Digest): Promise<boolean> {
  workspace.signal.throwIfAborted();
  const existing = await existingDigest(workspace, to);
  if (existing === undefined || existing === wanted) return existing !== undefined;
  const reference = formatImageName(to);
  throw new SutureError('TAG_EXISTS', `${reference} already exists with digest ${existing}, and tags are never moved`);
}

/** Where a patched image goes: beside its input with another tag, or where the caller says. @throws SutureError USAGE */
export function publishTarget(input: ImageName, output: string | undefined, tag: string): ImageName {
  if (output !== undefined) {
    const name = parseImageName(output);
    if (name.kind === 'registry' && name.tag === undefined && name.digest === undefined) return { ...name, tag };
    if (name.kind === 'layout' && name.tag === undefined && name.digest === undefined) return { ...name, tag };
    if (name.kind !== 'archive' && name.digest !== undefined)
      throw new SutureError('USAGE', `--output-image ${output} names a digest; give a tag`);
    return name;
  }
  switch (input.kind) {
    case 'registry':
      return { kind: 'registry', host: input.host, repository: input.repository, tag };
    case 'layout':
      return { kind: 'layout', directory: input.directory, tag };
    case 'archive':
      throw new SutureError('USAGE', 'a docker-archive is not added to', {
        fix: 'Say with --output-image where the result goes.',
      });
  }
}

async function existingDigest(workspace: Workspace, to: ImageName): Promise<Digest | undefined> {
  if (to.kind === 'archive') return undefined;
  try {
    const location = await openLocation(to, workspace.locations);
    return (await location.source.resolve(location.target)).digest;
  } catch (error) {
    if (isSutureError(error, 'IMAGE_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Patch layers that were sent to another repository of the registry are mounted from there. */
function mounting({ sharedLayers }: Workspace, sink: ImageSink, to: ImageName): ImageSink {
  return sharedLayers?.homes.over(sink, to) ?? sink;
}

/** Layers that the cache still holds compressed are not pulled a second time to be pushed. */
function cachedLayers(workspace: Workspace, image: Image): Image {
  const layers = image.layers.map(
    (layer): Layer => ({
      ...layer,
      async *compressed(): ByteStream {
        const kept = await workspace.blobs.has(layer.descriptor);
        yield* interruptible(kept ? workspace.blobs.open(layer.descriptor) : layer.compressed(), workspace.signal);
      },
    }),
  );
  return { ...image, layers };
}
