import type { Digest } from '../../core/digest.ts';
import { copyImage } from '../../oci/copy.ts';
import { mountableFrom, openLocation, openSink } from '../../oci/location.ts';
import type { PatchOutcome, PatchRequest } from '../../patch/patch-image.ts';
import { type IndexOutcome, patchTarget } from '../../patch/patch-index.ts';
import type { Published } from '../../patch/publish.ts';
import type { Workspace } from '../../patch/workspace.ts';
import { type Patching, patchingOf } from './outcome.ts';
import { digestOf } from './registry-digest.ts';
import type { TagChoice } from './tag-choice.ts';
import { type FleetTarget, pinned } from './target.ts';

export interface PatchTask {
  readonly target: FleetTarget;
  readonly digest: Digest;
  /** Only these packages; all that the scope allows when absent. */
  readonly onlyPackages?: readonly string[];
  readonly dryRun: boolean;
}

/** Patch layers: made for this image, and made for another one before. */
export interface PatchLayers {
  readonly made: number;
  readonly shared: number;
}

export interface PatchedTarget extends Patching {
  readonly patchLayers: PatchLayers;
}

/** Patches one image of the fleet: by digest, published under the tag that its policy gives, and never over another image. */
export async function patchOne(workspace: Workspace, task: PatchTask, tags: TagChoice): Promise<PatchedTarget> {
  const { target, digest, onlyPackages = [], dryRun } = task;
  const { scope, platform } = target.policy;
  const request: PatchRequest = {
    image: pinned(target, digest),
    scope,
    onlyPackages,
    dryRun,
    outputImage: target.outputRepository,
    chooseTag: (sourceDate, result) => tags.choose(target, sourceDate, result),
    ...(platform === undefined ? {} : { platform }),
  };
  const outcome = await patchTarget(workspace, request);
  return { ...patchingOf(outcome, digest), patchLayers: patchLayersOf(outcome) };
}

function patchLayersOf(outcome: PatchOutcome | IndexOutcome): PatchLayers {
  const made =
    'platforms' in outcome ? outcome.platforms.flatMap((one) => ('made' in one ? [one.made] : [])) : [outcome];
  const layers = made.flatMap((one) => (one.kind === 'patched' ? [one.layer] : []));
  const shared = layers.filter(({ isShared }) => isShared).length;
  return { made: layers.length - shared, shared };
}

/**
 * Gives the result of an image to another reference of the very same image: one patch, and manifests for the rest.
 * @throws SutureError TAG_EXISTS when every tag is taken
 */
export async function shareResult(
  workspace: Workspace,
  target: FleetTarget,
  patching: Patching,
  tags: TagChoice,
): Promise<Published | undefined> {
  const { published, plans } = patching;
  if (published === undefined) return undefined;
  const sourceDate = Math.max(...plans.map((plan) => plan.sourceDate));
  const tag = await tags.choose(target, sourceDate, published.digest);
  const reference = `${target.outputRepository}:${tag}`;
  const existing = await digestOf(workspace, reference);
  if (existing === published.digest) return { reference, digest: existing, outcome: 'present' };
  const from = await openLocation(published.reference, workspace.locations);
  const to = await openSink(reference, workspace.locations);
  try {
    const mountFrom = mountableFrom(from.name, to.name);
    await copyImage(from.source, published.digest, to.sink, { tag, ...(mountFrom === undefined ? {} : { mountFrom }) });
    return { reference, digest: published.digest, outcome: 'written' };
  } finally {
    await to.close();
    await from.close();
  }
}
