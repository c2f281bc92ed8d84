import { SutureError } from '../core/errors/error.ts';
import { step } from '../core/progress.ts';
import {
  formatPlatform,
  isAttestation,
  loadImage,
  loadImageOrIndex,
  parsePlatform,
  selectPlatform,
} from '../oci/image.ts';
import type { LayerIndex } from '../oci/layer/layer-index.ts';
import { type Location, openLocation } from '../oci/location.ts';
import type { Image, Index } from '../oci/model.ts';
import { openTracedTree, type TracedTree } from '../oci/tree/tree.ts';
import { foreignBaseNote, foreignLineage, movedBaseNote } from './foreign-lineage.ts';
import { interruptible } from './interruption.ts';
import { findLineage, type Lineage } from './lineage.ts';
import type { Workspace } from './workspace.ts';

export interface OpenedImage {
  /** As the caller wrote it. */
  readonly name: string;
  readonly location: Location;
  readonly given: Image;
  readonly lineage: Lineage;
  /** For the person: what is noteworthy about where the image comes from. */
  readonly notes: readonly string[];
}

/** Finds an image and the base a patch of it starts from; reads manifests and configs only. */
export async function openImage(
  workspace: Workspace,
  name: string,
  platform: string | undefined,
  base?: string,
): Promise<OpenedImage> {
  return step(
    workspace.progress,
    'resolve',
    `reading ${name}`,
    async () => {
      const location = await openLocation(name, workspace.locations);
      try {
        const found = await loadImageOrIndex(location.source, location.target);
        const given =
          found.kind === 'image' ? checkPlatform(found, platform) : await chooseImage(found, location, platform);
        const own = await findLineage(location.source, given);
        const foreign =
          own.kind === 'original' ? await foreignLineage(workspace, given, location.name, base) : undefined;
        const lineage = foreign ?? own;
        const moved = await movedBaseNote(workspace, lineage, location.name);
        const elsewhere = lineage.kind === 'original' ? foreignBaseNote(given, location.name) : undefined;
        const notes = [moved, elsewhere].filter((note) => note !== undefined);
        return { name, location, given, lineage, notes };
      } catch (error) {
        await location.close();
        throw error;
      }
    },
    ({ lineage }) => `${lineage.base.layers.length} layers, ${lineage.baseDigest.slice(0, 19)}…`,
  );
}

/** The merged file system of the base, with a trace; each layer is fetched and decompressed at most once, ever. */
export async function openImageTree(workspace: Workspace, image: Image): Promise<TracedTree> {
  return step(workspace.progress, 'layers', 'reading layers', async () => {
    return openTracedTree(await expandLayers(workspace, image));
  });
}

/** The indexes of an image's layers, lowest first, through the cache; stops when the signal comes. */
export async function expandLayers({ layers, progress, signal }: Workspace, image: Image): Promise<LayerIndex[]> {
  const indexes = [];
  for (const layer of image.layers) {
    signal.throwIfAborted();
    const compressed = () => interruptible(layer.compressed(), signal);
    indexes.push(await layers.expand({ ...layer, compressed }, progress));
  }
  return indexes;
}

function checkPlatform(image: Image, platform: string | undefined): Image {
  if (platform === undefined) return image;
  const wanted = formatPlatform(parsePlatform(platform));
  const actual = formatPlatform(image.config);
  if (actual === wanted || actual.startsWith(`${wanted}/`)) return image;
  throw new SutureError('IMAGE_NOT_FOUND', `${image.descriptor.digest} is an image for ${actual}, not for ${wanted}`);
}

/** An index with one image needs no choice; of several, `--platform` chooses. */
async function chooseImage(index: Index, location: Location, platform: string | undefined): Promise<Image> {
  if (platform !== undefined) return loadImage(location.source, selectPlatform(index, parsePlatform(platform)));
  const images = index.index.manifests.filter((entry) => !isAttestation(entry));
  const [only] = images;
  if (only !== undefined && images.length === 1) return loadImage(location.source, only);
  const names = images.map((entry) => (entry.platform ? formatPlatform(entry.platform) : entry.digest));
  throw new SutureError(
    'PLATFORM_NEEDED',
    `${location.source.name} is an index of ${images.length} images: ${names.join(', ')}`,
    {
      fix: 'Choose one with --platform; it is published as an image of its own.',
    },
  );
}
