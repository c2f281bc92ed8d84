import { sha256 } from '../core/digest.ts';
import { SutureError } from '../core/errors/error.ts';
import { step } from '../core/progress.ts';
import { layerEntries } from '../oci/layer/layer-entries.ts';
import { packLayer } from '../oci/layer/pack-layer.ts';
import { manifestFamily } from '../oci/media-type.ts';
import { type Image, MEDIA_TYPES } from '../oci/model.ts';
import { appendLayer } from '../oci/mutate.ts';
import { openTree } from '../oci/tree/tree.ts';
import { familyOf } from './families.ts';
import { ANNOTATIONS, LABELS } from './labels.ts';
import { expandLayers } from './open-image.ts';
import { readOperatingSystem } from './os-release.ts';
import { type PlanDocument, planDigest } from './plan-document.ts';
import type { PlannedImage } from './plan-image.ts';
import type { SharedLayer } from './shared/cached-outcome.ts';
import type { Workspace } from './workspace.ts';

export interface ResultImage {
  readonly image: Image;
  readonly layer: SharedLayer;
  /** The layer was made for another image, and is this one's as well. */
  readonly isShared: boolean;
}

/**
 * Turns the changed tree into an image: the base with one more layer, and labels that say what it was made from.
 * The bytes depend on base and plan only.
 */
export async function buildImage(workspace: Workspace, planned: PlannedImage): Promise<ResultImage> {
  const { opened, plan, preparation } = planned;
  const { base } = opened.lineage;
  const layer = preparation.shared?.layer ?? (await makeLayer(workspace, planned));
  const { digest: blob, size } = layer;
  const docker = manifestFamily(base.descriptor.mediaType) === 'docker';
  const mediaType = docker ? MEDIA_TYPES.dockerLayerGzip : MEDIA_TYPES.ociLayerGzip;
  const created = new Date(plan.sourceDate * 1000).toISOString().replace('.000Z', 'Z');
  const digest = planDigest(plan);
  const image = appendLayer(base, {
    descriptor: { mediaType, digest: blob, size },
    diffId: layer.diffId,
    open: () => workspace.blobs.open({ digest: blob, size }),
    created,
    history: { created, created_by: `suture patch: ${plan.steps.length} packages`, comment: `plan ${digest}` },
    labels: {
      [LABELS.baseDigest]: plan.base.digest,
      [LABELS.baseConfig]: sha256(base.rawConfig),
      [LABELS.baseCreated]: base.config.created ?? '',
      [LABELS.baseLayers]: String(base.layers.length),
      [LABELS.patchLayer]: layer.diffId,
      [LABELS.plan]: digest,
    },
    annotations: { [ANNOTATIONS.baseDigest]: plan.base.digest, [ANNOTATIONS.plan]: digest },
  });
  return { image, layer, isShared: preparation.shared !== undefined };
}

/** Writes the changes of the tree, and leaves them to images that they fit as well. */
async function makeLayer(workspace: Workspace, planned: PlannedImage): Promise<SharedLayer> {
  const { plan, tree, preparation, fixes } = planned;
  const { cacheDirectory, layers, progress, signal } = workspace;
  const { descriptor, diffId, uncompressedSize } = await step(progress, 'layer', 'writing the patch layer', () =>
    packLayer(layerEntries(tree, { sourceDate: plan.sourceDate }), {
      signal,
      cacheDir: cacheDirectory,
      readBack: layers,
    }),
  );
  const layer = { digest: descriptor.digest, diffId, size: descriptor.size, contentSize: uncompressedSize };
  const { notes } = preparation.report;
  await preparation.slot?.keep({ kind: 'layer', layer, notes, fixes: [...fixes] });
  return layer;
}

/**
 * Reads the result back, from the blob that is going to be published: its layers must merge, its database must be readable
 * and hold exactly the versions of the plan.
 * @throws SutureError RESULT_WRONG
 */
export async function verifyResult(workspace: Workspace, image: Image, plan: PlanDocument): Promise<void> {
  await step(workspace.progress, 'verify', 'reading the result back', async () => {
    const tree = openTree(await expandLayers(workspace, image));
    const { packages } = familyOf(tree, readOperatingSystem(tree)).open(tree);
    for (const planned of plan.steps) {
      const found = packages.filter(
        ({ name, architecture }) => name === planned.name && architecture === planned.architecture,
      );
      if (found.length === 1 && found[0]?.version === planned.to) continue;
      const actual = found.map(({ version }) => version).join(', ') || 'nothing';
      throw new SutureError(
        'RESULT_WRONG',
        `${planned.name}:${planned.architecture} should be ${planned.to} in the result, but the database says ${actual}`,
      );
    }
  });
}
