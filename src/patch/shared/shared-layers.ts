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
  readonly #working = new Map<string, Promise<void>>();
  readonly #intact = new Set<Digest>();

  /** @param program version and build: another one may make other layers */
  constructor(cacheDirectory: string, blobs: BlobCache, program: string) {
    this.#program = program;
    this.#cache = new PatchCache(cacheDirectory);
    this.#blobs = blobs;
  }

  /** @param lowest lowest layer of the image: only images that share it are waited for */
  async slot(recipe: Omit<LayerRecipe, 'program'>, trace: TreeTrace, lowest: Digest | undefined): Promise<LayerSlot> {
    const key = layerKey({ ...recipe, program: this.#program });
    const place = `${key} ${lowest}`;
    const known = await this.#find(key, trace);
    const first = known === undefined ? this.#working.get(place) : undefined;
    // Waited for once: when its outcome does not fit, neither will be that of the next one for long.
    await first;
    const found = first === undefined ? known : await this.#find(key, trace);
    const release = found === undefined ? this.#enter(place) : () => {};
    return {
      found,
      release,
      keep: (outcome) => this.#cache.put(key, { outcome, trace: trace.record() }),
    };
  }

  #enter(place: string): () => void {
    if (this.#working.has(place)) return () => {};
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#working.set(place, ended);
    return () => {
      if (this.#working.get(place) === ended) this.#working.delete(place);
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
