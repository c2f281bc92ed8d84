import type { Digest } from '../core/digest.ts';
import { parseImageName } from '../oci/image-name.ts';
import type { PlanDocument } from './plan-document.ts';
import { type PlannedImage, type PlanRequest, planImage } from './plan-image.ts';
import { type Published, publishImage, publishTarget } from './publish.ts';
import { buildImage, verifyResult } from './result-image.ts';
import { checkTag, defaultTag } from './tag.ts';
import type { Workspace } from './workspace.ts';

export interface PatchRequest extends PlanRequest {
  readonly tag?: string;
  readonly outputImage?: string;
  /** Make and verify the image, publish nothing. */
  readonly dryRun: boolean;
}

export type PatchOutcome =
  | {
      readonly kind: 'patched';
      readonly plan: PlanDocument;
      readonly notes: readonly string[];
      readonly lineage: PlannedImage['opened']['lineage']['kind'];
      readonly digest: Digest;
      readonly layer: {
        readonly digest: Digest;
        readonly diffId: Digest;
        readonly size: number;
        readonly contentSize: number;
      };
      /** Undefined for a dry run. */
      readonly published: Published | undefined;
    }
  /** Nothing of the plan is left to do: the image as it is has all that can be fixed. */
  | {
      readonly kind: 'nothing-to-do';
      readonly plan: PlanDocument;
      readonly notes: readonly string[];
      readonly digest: Digest;
    };

/** Patches one image: plan, layer, check, publish. Nothing is published unless everything before went well. */
export async function patchImage(workspace: Workspace, request: PatchRequest): Promise<PatchOutcome> {
  // Where the result cannot go is said before the work, not after it.
  if (request.tag !== undefined) checkTag(request.tag);
  if (!request.dryRun) publishTarget(parseImageName(request.image), request.outputImage, request.tag ?? 'latest');
  const planned = await planImage(workspace, request);
  try {
    return await applyPlanned(workspace, request, planned);
  } finally {
    planned.preparation.close();
    await planned.opened.location.close();
  }
}

async function applyPlanned(workspace: Workspace, request: PatchRequest, planned: PlannedImage): Promise<PatchOutcome> {
  const { opened, plan, notes } = planned;
  if (plan.steps.length === 0) return { kind: 'nothing-to-do', plan, notes, digest: opened.given.descriptor.digest };
  const { image, layerSize, layerContentSize } = await buildImage(workspace, planned);
  await verifyResult(workspace, image, plan);
  const layer = image.layers.at(-1);
  if (layer === undefined) throw new Error('an image was made without a layer');
  const outcome = {
    kind: 'patched' as const,
    plan,
    notes,
    lineage: opened.lineage.kind,
    digest: image.descriptor.digest,
    layer: { digest: layer.descriptor.digest, diffId: layer.diffId, size: layerSize, contentSize: layerContentSize },
  };
  if (request.dryRun) return { ...outcome, published: undefined };
  const target = publishTarget(opened.location.name, request.outputImage, tagOf(request, planned));
  return { ...outcome, published: await publishImage(workspace, image, opened.location.name, target) };
}

function tagOf(request: PatchRequest, { opened, plan }: PlannedImage): string {
  if (request.tag !== undefined) return checkTag(request.tag);
  const { name } = opened.location;
  const tag = name.kind === 'archive' ? name.tag?.split(':').at(-1) : name.tag;
  return defaultTag(tag ?? 'latest', plan.sourceDate);
}
