import type { Progress } from '../../core/progress.ts';
import type { LayerStore } from '../../oci/layer/layer-store.ts';
import type { Layer } from '../../oci/model.ts';
import type { FactsCache } from './facts-cache.ts';
import { analyseLayer, type LayerFacts } from './layer-facts.ts';
import { mergeLayerFacts } from './merge.ts';
import type { ScannedImage } from './types.ts';

export interface InventoryAccess {
  readonly store: Pick<LayerStore, 'expand'>;
  readonly facts: FactsCache;
  readonly progress: Progress;
}

/**
 * What is installed in an image. A layer whose facts are known is neither pulled nor expanded; facts of a layer are made
 * once for all images that share it. A database that cannot be read, an unknown system or an image without packages ends
 * as a problem of the result: unknown is not clean.
 * @param layers Lowest first.
 * @throws SutureError of pulling and expanding a layer
 */
export async function inventoryOf(layers: readonly Layer[], access: InventoryAccess): Promise<ScannedImage> {
  const found: { facts: LayerFacts; digest: Layer['descriptor']['digest'] }[] = [];
  // One after the other: expanding is bound by the processor, and the order of progress stays that of the image.
  for (const layer of layers) found.push({ facts: await factsOf(layer, access), digest: layer.descriptor.digest });
  return mergeLayerFacts(found);
}

/** The facts of one layer, from the cache or made now. */
export async function factsOf(layer: Layer, { store, facts, progress }: InventoryAccess): Promise<LayerFacts> {
  const known = await facts.get(layer.diffId);
  if (known !== undefined) return known;
  const made = analyseLayer(await store.expand(layer, progress));
  await facts.put(made);
  return made;
}
