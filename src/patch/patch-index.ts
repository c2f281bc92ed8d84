import { setMaxListeners } from 'node:events';
import type { Digest } from '../core/digest.ts';
import { isSutureError } from '../core/errors/error.ts';
import { labelled } from '../core/progress.ts';
import { allEnded } from '../core/settle.ts';
import { formatPlatform, isAttestation, loadImageOrIndex } from '../oci/image.ts';
import { formatImageName, type ImageName } from '../oci/image-name.ts';
import { type Location, openLocation } from '../oci/location.ts';
import type { Descriptor, Index } from '../oci/model.ts';
import { replaceManifests } from '../oci/mutate-index.ts';
import {
  checkTarget,
  type MadeImage,
  makePatched,
  type PatchOutcome,
  type PatchRequest,
  patchImage,
  tagFor,
} from './patch-image.ts';
import { type Published, publishIndex, publishTarget } from './publish.ts';
import type { Workspace } from './workspace.ts';

/** What became of one platform of an index. */
export type PlatformOutcome =
  | { readonly platform: string; readonly made: MadeImage }
  /** Left as it is, and why; `unknown` when that is because it cannot be judged, which is not the same as clean. */
  | { readonly platform: string; readonly kept: string; readonly unknown: boolean };

export interface IndexOutcome {
  readonly kind: 'patched-index' | 'nothing-to-do-index';
  readonly digest: Digest;
  /** In the order of the index. */
  readonly platforms: readonly PlatformOutcome[];
  /** Undefined for a dry run, and when nothing was to do. */
  readonly published: Published | undefined;
}

/** Platforms that are worked on at the same time: one decompresses and compresses in threads while the other evaluates. */
const CONCURRENCY = 2;

/**
 * Patches what a name stands for: an image, or every platform of an index. Platforms share fetched packages, indexes and
 * layers; none needs emulation, as no code of the image runs. An index in gives an index out, in one atomic step.
 */
export async function patchTarget(workspace: Workspace, request: PatchRequest): Promise<PatchOutcome | IndexOutcome> {
  if (request.platform !== undefined || request.plan !== undefined) return patchImage(workspace, request);
  checkTarget(request);
  const location = await openLocation(request.image, workspace.locations);
  try {
    const found = await loadImageOrIndex(location.source, location.target);
    const images = found.kind === 'index' ? found.index.manifests.filter((entry) => !isAttestation(entry)) : [];
    if (found.kind === 'index' && images.length > 1)
      return await patchIndex(workspace, request, location, found, images);
  } finally {
    await location.close();
  }
  return patchImage(workspace, request);
}

async function patchIndex(
  workspace: Workspace,
  request: PatchRequest,
  location: Location,
  index: Index,
  entries: readonly Descriptor[],
): Promise<IndexOutcome> {
  // Every download of every platform waits for the one signal; Node would take so many for a leak.
  setMaxListeners(0, workspace.signal);
  const platforms = await inOrder(entries, CONCURRENCY, (entry) =>
    patchPlatform(workspace, request, location.name, entry),
  );
  try {
    return await publishPlatforms(workspace, request, location, index, entries, platforms);
  } finally {
    for (const outcome of platforms) if ('made' in outcome) await outcome.made.close();
  }
}

async function publishPlatforms(
  workspace: Workspace,
  request: PatchRequest,
  location: Location,
  index: Index,
  entries: readonly Descriptor[],
  platforms: readonly PlatformOutcome[],
): Promise<IndexOutcome> {
  const replace = new Map<Digest, Descriptor>();
  const made = platforms.flatMap((outcome, at) => {
    const entry = entries[at];
    if (entry === undefined || !('made' in outcome) || outcome.made.kind !== 'patched') return [];
    replace.set(entry.digest, outcome.made.image.descriptor);
    return [outcome.made];
  });
  if (made.length === 0)
    return { kind: 'nothing-to-do-index', digest: index.descriptor.digest, platforms, published: undefined };
  const patched = replaceManifests(index, { replace });
  const outcome = { kind: 'patched-index' as const, digest: patched.descriptor.digest, platforms };
  if (request.dryRun) return { ...outcome, published: undefined };
  const sourceDate = Math.max(...made.map(({ plan }) => plan.sourceDate));
  const tag = await tagFor(request, location.name, sourceDate, outcome.digest);
  const target = publishTarget(location.name, request.outputImage, tag);
  const images = made.map(({ image }) => image);
  return { ...outcome, published: await publishIndex(workspace, patched, images, location, target) };
}

/** Only what says "this cannot be judged" keeps a platform as it is; every other failure ends the run, nothing is published. */
async function patchPlatform(
  workspace: Workspace,
  request: PatchRequest,
  name: ImageName,
  entry: Descriptor,
): Promise<PlatformOutcome> {
  const platform = entry.platform === undefined ? entry.digest : formatPlatform(entry.platform);
  if (entry.platform !== undefined && entry.platform.os !== 'linux')
    return { platform, kept: `${entry.platform.os} images have no OS packages to patch`, unknown: false };
  const labelledWorkspace = { ...workspace, progress: labelled(workspace.progress, platform) };
  try {
    return {
      platform,
      made: await makePatched(labelledWorkspace, { ...request, image: childName(name, entry.digest) }),
    };
  } catch (error) {
    if (isSutureError(error, 'OS_UNKNOWN', 'FAMILY_UNSUPPORTED'))
      return { platform, kept: error.message, unknown: true };
    throw error;
  }
}

function childName(name: ImageName, digest: Digest): string {
  switch (name.kind) {
    case 'registry':
      return formatImageName({ kind: 'registry', host: name.host, repository: name.repository, digest });
    case 'layout':
      return formatImageName({ kind: 'layout', directory: name.directory, digest });
    case 'archive':
      return formatImageName(name);
  }
}

/** Maps with at most `limit` at work, results in order; the first failure ends it once those under way have ended. */
async function inOrder<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>();
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at];
      if (item !== undefined) results.set(at, await work(item));
    }
  };
  await allEnded(Array.from({ length: Math.min(limit, items.length) }, worker));
  return items.map((_, at) => results.get(at)).filter((result) => result !== undefined);
}
