import { isSutureError, SutureError } from '../core/errors/error.ts';
import { formatPlatform, loadImage, loadImageOrIndex, selectPlatform } from '../oci/image.ts';
import { type ImageName, parseImageName } from '../oci/image-name.ts';
import { openLocation } from '../oci/location.ts';
import type { Image } from '../oci/model.ts';
import { isPrefix, type Lineage } from './lineage.ts';
import type { Workspace } from './workspace.ts';

/** Copa's only state: the reference that its first patch was given. Images built from a patched one inherit it. */
const COPA_LABEL = 'BaseImage';

/**
 * The lineage of an image that another tool patched. The base is the one the user names, else the one Copa's label names
 * if that is in the image's own registry: a label of an image must not make this program talk to other hosts. It counts
 * only when its layers are those of the image but the topmost one.
 * @throws SutureError BASE_MISMATCH when the named base is not below the image
 */
export async function foreignLineage(
  workspace: Workspace,
  image: Image,
  name: ImageName,
  base: string | undefined,
): Promise<Lineage | undefined> {
  const label = image.config.config?.Labels?.[COPA_LABEL];
  const reference = base ?? (label !== undefined && isOnSameHost(label, name) ? label : undefined);
  if (reference === undefined) return undefined;
  const found = await openBase(workspace, reference, image, base === undefined);
  if (found !== undefined && isPrefix(found, image)) {
    return { kind: 'foreign-patch', base: found, baseDigest: found.descriptor.digest, previous: image };
  }
  if (base === undefined) return undefined;
  throw new SutureError(
    'BASE_MISMATCH',
    `${base} is not the image below the topmost layer of the given one: their layers differ`,
  );
}

/** For the person: Copa's base is on another host, so it was not asked for. */
export function foreignBaseNote(image: Image, name: ImageName): string | undefined {
  const label = image.config.config?.Labels?.[COPA_LABEL];
  if (label === undefined || label === '' || isOnSameHost(label, name)) return undefined;
  return `a label says that Copa patched this image from ${label}, in another place: name it with --base to start from it; the image is taken as its own base`;
}

function isOnSameHost(label: string, name: ImageName): boolean {
  if (name.kind !== 'registry') return false;
  try {
    const parsed = parseImageName(label);
    return parsed.kind === 'registry' && parsed.host === name.host;
  } catch {
    return false;
  }
}

async function openBase(
  workspace: Workspace,
  reference: string,
  image: Image,
  mayBeGone: boolean,
): Promise<Image | undefined> {
  try {
    const location = await openLocation(reference, workspace.locations);
    const found = await loadImageOrIndex(location.source, location.target);
    if (found.kind === 'image') return found;
    return await loadImage(location.source, selectPlatform(found, image.config));
  } catch (error) {
    if (mayBeGone && isSutureError(error, 'IMAGE_NOT_FOUND')) return undefined;
    throw error;
  }
}

/**
 * For the person: the tag that an image was patched from names another image by now, so this patch is of an old base.
 * The tag is the patched one without its date; without one there is nothing to compare.
 */
export async function movedBaseNote(
  workspace: Workspace,
  lineage: Lineage,
  name: ImageName,
): Promise<string | undefined> {
  if (lineage.kind !== 'repatch' || name.kind === 'archive' || name.tag === undefined) return undefined;
  const tag = name.tag.replace(/-patched-\d{14}$/, '');
  if (tag === name.tag) return undefined;
  try {
    const location = await openLocation(withTag(name, tag), workspace.locations);
    const found = await loadImageOrIndex(location.source, location.target);
    const digests =
      found.kind === 'image' ? [found.descriptor.digest] : found.index.manifests.map(({ digest }) => digest);
    if (digests.includes(lineage.baseDigest)) return undefined;
    const platform = formatPlatform(lineage.base.config);
    return `the tag ${tag} has moved since: it no longer names the base of this patch (${lineage.baseDigest}, ${platform}); patch ${tag} itself to follow it`;
  } catch (error) {
    if (isSutureError(error, 'IMAGE_NOT_FOUND')) return undefined;
    throw error;
  }
}

function withTag(name: Exclude<ImageName, { kind: 'archive' }>, tag: string): ImageName {
  if (name.kind === 'registry') return { kind: 'registry', host: name.host, repository: name.repository, tag };
  return { kind: 'layout', directory: name.directory, tag };
}
