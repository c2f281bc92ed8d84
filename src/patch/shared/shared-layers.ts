import type { Digest } from '../../core/digest.ts';
import type { BlobCache } from '../../oci/layer/blob-cache.ts';
import type { TreeTrace } from '../../oci/tree/trace.ts';
import type { CachedOutcome, SharedLayer } from './cached-outcome.ts';
import { LayerHomes } from './layer-homes.ts';
import { type LayerRecipe, layerKey } from './layer-key.ts';
import { PatchCache } from './patch-cache.ts';

/** The place of one piece of work: what is known of it, or where its outcome goes. */
export interface LayerSlot {
  readonly found: CachedOutcome | undefined;
  /** Keeps an outcome for other images; call it when the image was asked all that decides it. */
  keep(outcome: CachedOutcome): Promise<void>;
  /** Lets others in that wait for this outcome; needed in any case. */
  release(): void;
}

/**
 * One patch layer for all images that it fits: images whose answers to everything the patch asks are the same get the same bytes,
 * so they are not made again. Images of one base that are worked on at the same time wait for the first of them.
 */
export class SharedLayers {
  readonly homes = new LayerHomes();
  readonly #program: string;
  readonly #cache: PatchCache;
  readonly #blobs: BlobCache;
  /** By key the images in hand. */
  readonly #working = new Map<Digest, Set<{ readonly layers: readonly Digest[]; readonly ended: Promise<void> }>>();
  readonly #intact = new Set<Digest>();

  /** @param program version and build: another one may make other layers */
  constructor(cacheDirectory: string, blobs: BlobCache, program: string) {
    this.#program = program;
    this.#cache = new PatchCache(cacheDirectory);
    this.#blobs = blobs;
  }

  /**
   * Looks for what is known, and waits for images in hand that share layers with this one: the nearest first, and after one that
   * did not fit only for those that are nearer still.
   * @param layers diff IDs of the image, lowest first
   */
  async slot(recipe: Omit<LayerRecipe, 'program'>, trace: TreeTrace, layers: readonly Digest[]): Promise<LayerSlot> {
    const key = layerKey({ ...recipe, program: this.#program });
    const keep = (outcome: CachedOutcome) => this.#cache.put(key, { outcome, trace: trace.record() });
    for (let waited = 0; ; ) {
      const found = await this.#find(key, trace);
      if (found !== undefined) return { found, keep, release: () => {} };
      const nearest = this.#nearest(key, layers);
      if (nearest === undefined || nearest.common <= waited) return { found, keep, release: this.#enter(key, layers) };
      await nearest.ended;
      waited = nearest.common;
    }
  }

  #nearest(key: Digest, layers: readonly Digest[]) {
    return [...(this.#working.get(key) ?? [])]
      .map(({ layers: others, ended }) => ({ ended, common: commonLayers(layers, others) }))
      .sort((a, b) => b.common - a.common)[0];
  }

  #enter(key: Digest, layers: readonly Digest[]): () => void {
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const image = { layers, ended };
    const working = this.#working.get(key) ?? new Set();
    this.#working.set(key, working.add(image));
    return () => {
      working.delete(image);
      end();
    };
  }

  async #find(key: Digest, trace: TreeTrace): Promise<CachedOutcome | undefined> {
    const patch = await this.#cache.find(
      key,
      async ({ outcome, trace: other }) =>
        trace.agreesWith(other) && (outcome.kind === 'not-native' || (await this.#isIntact(outcome.layer))),
    );
    return patch?.outcome;
  }

  /** The blob is there, as it was written; read once in the life of a process. */
  async #isIntact({ digest, size }: SharedLayer): Promise<boolean> {
    if (!(await this.#blobs.has({ digest, size }))) return false;
    if (this.#intact.has(digest)) return true;
    try {
      for await (const _chunk of this.#blobs.open({ digest, size }));
    } catch {
      return false;
    }
    this.#intact.add(digest);
    return true;
  }
}

function commonLayers(one: readonly Digest[], other: readonly Digest[]): number {
  const at = one.findIndex((diffId, index) => other[index] !== diffId);
  return at < 0 ? one.length : at;
}
