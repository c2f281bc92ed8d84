import type { ImageResult, Outcome } from '../store/results.ts';
import type { SlaReport } from './sla-report.ts';

/** What a run says of one image. */
export interface RunEntry {
  readonly result: ImageResult;
  /** Nothing had changed since an earlier run: nothing was pulled, planned or pushed. */
  readonly unchanged: boolean;
  /** Name of the image set. */
  readonly set: string;
  readonly team?: string;
  /** Set when a manifest was written; not when the tag named this very result already. */
  readonly pushed: boolean;
  /** Patch layers that were made for this image, and that were there already, made for another one. */
  readonly layersMade: number;
  readonly layersShared: number;
}

export interface RunReport {
  readonly kind: 'RunResult';
  /** Undefined for a dry run, which is not recorded. */
  readonly run: string | undefined;
  readonly shard: string;
  readonly dryRun: boolean;
  /** Sorted by reference. */
  readonly images: readonly RunEntry[];
  /** Repositories that could not be listed. */
  readonly undiscovered: readonly { readonly subject: string; readonly code: string; readonly message: string }[];
  readonly counts: Readonly<Record<Outcome | 'unchanged', number>>;
  /** Sums over the images: what the run cost, and what images with a common base saved. */
  readonly layersMade: number;
  readonly layersShared: number;
  /** Undefined for a dry run. */
  readonly sla: SlaReport | undefined;
  readonly notes: readonly string[];
}

/** Each image counts once by its outcome; `unchanged` counts them across outcomes. */
export function countOutcomes(images: readonly RunEntry[]): RunReport['counts'] {
  const counts = { patched: 0, clean: 0, partial: 0, pending: 0, refused: 0, failed: 0, unchanged: 0 };
  for (const { result, unchanged } of images) {
    counts[result.outcome]++;
    if (unchanged) counts.unchanged++;
  }
  return counts;
}

export function sumOfLayers(images: readonly RunEntry[]): Pick<RunReport, 'layersMade' | 'layersShared'> {
  return {
    layersMade: images.reduce((sum, { layersMade }) => sum + layersMade, 0),
    layersShared: images.reduce((sum, { layersShared }) => sum + layersShared, 0),
  };
}

/**
 * 0: every image is patched or clean. 4: every image is refused by policy. 1: every image failed. 3: anything between, so that
 * no failure hides behind another's success and no success behind a failure.
 */
export function exitCodeOf({
  images,
  undiscovered,
  counts,
}: Pick<RunReport, 'images' | 'undiscovered' | 'counts'>): number {
  const total = images.length + undiscovered.length;
  const failed = counts.failed + undiscovered.length;
  if (failed + counts.refused + counts.partial + counts.pending === 0) return 0;
  if (counts.refused === total) return 4;
  if (failed === total) return 1;
  return 3;
}
