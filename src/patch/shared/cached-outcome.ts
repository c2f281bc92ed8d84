import type { Digest } from '../../core/digest.ts';
import type { TraceRecord } from '../../oci/tree/trace.ts';
import type { InstallReport, NotNative } from '../../packages/family.ts';

/** What applying steps gave. */
export type CachedOutcome =
  | {
      readonly kind: 'layer';
      readonly layer: SharedLayer;
      readonly notes: InstallReport['notes'];
      /** Vulnerability ids by `name:architecture`, from the changelogs of the packages. */
      readonly fixes: readonly (readonly [package_: string, ids: readonly string[]])[];
    }
  | { readonly kind: 'not-native'; readonly blockers: readonly NotNative[] };

/** A patch layer, whose blob is in the blob cache. */
export interface SharedLayer {
  readonly digest: Digest;
  readonly diffId: Digest;
  /** Bytes, compressed and not. */
  readonly size: number;
  readonly contentSize: number;
}

/** An outcome, with everything that was learned from the image on the way: it holds for any image that gives the same answers. */
export interface CachedPatch {
  readonly outcome: CachedOutcome;
  readonly trace: TraceRecord;
}
