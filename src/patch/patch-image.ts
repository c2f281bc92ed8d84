import type { Digest } from '../core/digest.ts';
import { type ImageName, parseImageName } from '../oci/image-name.ts';
import type { Image } from '../oci/model.ts';
import type { Lineage } from './lineage.ts';
import type { PlanDocument } from './plan-document.ts';
import { type PlannedImage, type PlanRequest, planImage } from './plan-image.ts';
import { type Published, publishImage, publishTarget } from './publish.ts';
import { buildImage, verifyResult } from './result-image.ts';
import { checkTag, defaultTag } from './tag.ts';
import type { Workspace } from './workspace.ts';

export interface PatchRequest extends PlanRequest {
  readonly tag?: string;
  /** Decides the tag once the result is known, in place of `tag`. */
  readonly chooseTag?: (sourceDate: number, result: Digest) => Promise<string>;
  readonly outputImage?: string;
  /** Make and verify the image, publish nothing. */
  readonly dryRun: boolean;
}

/** What was made of one image, before it is published. */
export type MadeImage =
  | {
      readonly kind: 'patched';
      readonly image: Image;
      readonly name: ImageName;
      readonly plan: PlanDocument;
      readonly notes: readonly string[];
      readonly lineage: Lineage['kind'];
      readonly layer: PatchLayer;
      /** Ends access to the layers of the base: call it once the image was published. */
      close(): Promise<void>;
    }
  /** Nothing of the plan is left to do: the image as it is has all that can be fixed. */
  | {
      readonly kind: 'nothing-to-do';
      readonly image: Image;
      readonly name: ImageName;
      readonly plan: PlanDocument;
      readonly notes: readonly string[];
      close(): Promise<void>;
    };

export interface PatchLayer {
  readonly digest: Digest;
  readonly diffId: Digest;
  /** Bytes, compressed and not. */
  readonly size: number;
  readonly contentSize: number;
  /** Made for another image before, and not again for this one. */
  readonly isShared: boolean;
}

export type PatchOutcome =
  | {
      readonly kind: 'patched';
      readonly plan: PlanDocument;
      readonly notes: readonly string[];
      readonly lineage: Lineage['kind'];
      readonly digest: Digest;
      readonly layer: PatchLayer;
      /** What was made; its layers can no longer be read. */
      readonly image: Image;
      /** Undefined for a dry run. */
      readonly published: Published | undefined;
    }
  | {
      readonly kind: 'nothing-to-do';
      readonly plan: PlanDocument;
      readonly notes: readonly string[];
      readonly digest: Digest;
      /** As it is; its layers can no longer be read. */
      readonly image: Image;
    };

/** Patches one image: plan, layer, check, publish. Nothing is published unless everything before went well. */
export async function patchImage(workspace: Workspace, request: PatchRequest): Promise<PatchOutcome> {
  checkTarget(request);
  const made = await makePatched(workspace, request);
  try {
    return await publishMade(workspace, request, made);
  } finally {
    await made.close();
  }
}

async function publishMade(workspace: Workspace, request: PatchRequest, made: MadeImage): Promise<PatchOutcome> {
  const { plan, notes, image } = made;
  const digest = image.descriptor.digest;
  if (made.kind === 'nothing-to-do') return { kind: 'nothing-to-do', plan, notes, digest, image };
  const { lineage, layer } = made;
  const outcome = { kind: 'patched' as const, plan, notes, lineage, digest, layer, image };
  if (request.dryRun) return { ...outcome, published: undefined };
  const tag = await tagFor(request, made.name, plan.sourceDate, digest);
  const target = publishTarget(made.name, request.outputImage, tag);
  return { ...outcome, published: await publishImage(workspace, image, made.name, target) };
}

/** Where the result cannot go is said before the work, not after it. @throws SutureError USAGE */
export function checkTarget(request: PatchRequest): void {
  if (request.tag !== undefined) checkTag(request.tag);
  if (!request.dryRun) publishTarget(parseImageName(request.image), request.outputImage, request.tag ?? 'latest');
}

/** Plans one image, builds the result and reads it back. The caller must call `close`. */
export async function makePatched(workspace: Workspace, request: PlanRequest): Promise<MadeImage> {
  const planned = await planImage(workspace, request);
  try {
    return await applyPlanned(workspace, planned);
  } catch (error) {
    await planned.opened.location.close();
    throw error;
  } finally {
    planned.preparation.close();
  }
}

async function applyPlanned(workspace: Workspace, planned: PlannedImage): Promise<MadeImage> {
  const { opened, plan, notes } = planned;
  const { name } = opened.location;
  const close = () => opened.location.close();
  if (plan.steps.length === 0) return { kind: 'nothing-to-do', image: opened.given, name, plan, notes, close };
  const { image, layer, isShared } = await buildImage(workspace, planned);
  await verifyResult(workspace, image, plan);
  return {
    kind: 'patched',
    image,
    name,
    plan,
    notes,
    lineage: opened.lineage.kind,
    layer: { ...layer, isShared },
    close,
  };
}

/** The tag that was asked for, or the default one for the input's. */
export async function tagFor(
  request: PatchRequest,
  name: ImageName,
  sourceDate: number,
  result: Digest,
): Promise<string> {
  if (request.chooseTag !== undefined) return checkTag(await request.chooseTag(sourceDate, result));
  if (request.tag !== undefined) return checkTag(request.tag);
  const tag = name.kind === 'archive' ? name.tag?.split(':').at(-1) : name.tag;
  return defaultTag(tag ?? 'latest', sourceDate);
}
