import type { Digest } from '../../core/digest.ts';
import { isSutureError, SutureError } from '../../core/errors/error.ts';
import { copyImage } from '../../oci/copy.ts';
import { mountableFrom, openLocation, openSink } from '../../oci/location.ts';
import type { PatchRequest } from '../../patch/patch-image.ts';
import { patchTarget } from '../../patch/patch-index.ts';
import type { Published } from '../../patch/publish.ts';
import { tagOfTemplate } from '../../patch/tag.ts';
import type { Workspace } from '../../patch/workspace.ts';
import { tagsOf } from './discover.ts';
import { type Patching, patchingOf } from './outcome.ts';
import { type FleetTarget, pinned, tagOf } from './target.ts';

export interface PatchTask {
  readonly target: FleetTarget;
  readonly digest: Digest;
  /** Only these packages; all that the scope allows when absent. */
  readonly onlyPackages?: readonly string[];
  readonly dryRun: boolean;
}

/** Patches one image of the fleet: by digest, published under the tag that its policy gives, and never over another image. */
export async function patchOne(workspace: Workspace, task: PatchTask): Promise<Patching> {
  const { target, digest, onlyPackages = [], dryRun } = task;
  const { scope, platform, tag: template } = target.policy;
  const request: PatchRequest = {
    image: pinned(target, digest),
    scope,
    onlyPackages,
    dryRun,
    outputImage: target.outputRepository,
    tagTemplate: template.replaceAll('{tag}', tagOf(target)),
    ...(platform === undefined ? {} : { platform }),
  };
  const patch = async (tag?: string) =>
    patchingOf(await patchTarget(workspace, { ...request, ...(tag === undefined ? {} : { tag }) }), digest);
  if (template.includes('{date}') || dryRun) return patch();
  return numbered(workspace, target, patch);
}

/**
 * Tags without a date name every patch of an image alike. The newest of them is tried first, as it may be this very result;
 * another result gets the next number, as Copa does it.
 */
async function numbered(
  workspace: Workspace,
  target: FleetTarget,
  patch: (tag: string) => Promise<Patching>,
): Promise<Patching> {
  const base = tagOfTemplate(target.policy.tag, tagOf(target), 0);
  const newest = (await existingTags(workspace, target.outputRepository))
    .map((tag) => (tag === base ? 0 : tag.startsWith(`${base}-`) ? numberOf(tag.slice(base.length + 1)) : -1))
    .reduce((most, number) => Math.max(most, number), -1);
  const name = (number: number) => (number === 0 ? base : `${base}-${number}`);
  try {
    return await patch(name(Math.max(newest, 0)));
  } catch (error) {
    if (!isSutureError(error, 'TAG_EXISTS')) throw error;
    return patch(name(newest + 1));
  }
}

function numberOf(text: string): number {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : -1;
}

async function existingTags(workspace: Workspace, repository: string): Promise<readonly string[]> {
  try {
    return await tagsOf(workspace, repository);
  } catch (error) {
    if (isSutureError(error, 'IMAGE_NOT_FOUND')) return [];
    throw error;
  }
}

/**
 * Gives the result of an image to another reference of the very same image: one patch, and manifests for the rest.
 * @throws SutureError TAG_EXISTS
 */
export async function shareResult(
  workspace: Workspace,
  target: FleetTarget,
  patching: Patching,
): Promise<Published | undefined> {
  const { published, plans } = patching;
  if (published === undefined) return undefined;
  const sourceDate = Math.max(...plans.map((plan) => plan.sourceDate));
  const tag = tagOfTemplate(target.policy.tag, tagOf(target), sourceDate);
  const reference = `${target.outputRepository}:${tag}`;
  const existing = await digestOf(workspace, reference);
  if (existing === published.digest) return { reference, digest: existing, outcome: 'present' };
  if (existing !== undefined)
    throw new SutureError(
      'TAG_EXISTS',
      `${reference} already exists with digest ${existing}, and tags are never moved`,
    );
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

/** What a reference names now; undefined when nothing. */
export async function digestOf(workspace: Workspace, reference: string): Promise<Digest | undefined> {
  const { source, target, close } = await openLocation(reference, workspace.locations);
  try {
    return (await source.resolve(target)).digest;
  } catch (error) {
    if (isSutureError(error, 'IMAGE_NOT_FOUND')) return undefined;
    throw error;
  } finally {
    await close();
  }
}
