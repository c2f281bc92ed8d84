import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../../src/core/digest.ts';
import { silent } from '../../../src/core/progress.ts';
import { loadImage } from '../../../src/oci/image.ts';
import { LayerStore } from '../../../src/oci/layer/layer-store.ts';
import { openLocation } from '../../../src/oci/location.ts';
import type { Image } from '../../../src/oci/model.ts';
import { openTree } from '../../../src/oci/tree/tree.ts';
import type { VirtualTree } from '../../../src/oci/tree/types.ts';

const CONTEXT = {
  openRegistry: () => {
    throw new Error('only layouts and archives');
  },
};

/** An image of a layout or an archive. */
export async function load(name: string): Promise<Image> {
  const location = await openLocation(name, CONTEXT);
  try {
    return await loadImage(location.source, await location.source.resolve(location.target));
  } finally {
    await location.close();
  }
}

/** Its merged file system. */
export async function treeOf(image: Image, cache: string): Promise<VirtualTree> {
  const store = new LayerStore(cache);
  const layers = [];
  for (const layer of image.layers) layers.push(await store.expand(layer, silent));
  return openTree(layers);
}

/** Tags of a layout, in its order. */
export function tagsOf(layout: string): string[] {
  const index = JSON.parse(readFileSync(join(layout.replace(/^oci:/, ''), 'index.json'), 'utf8')) as {
    manifests: { annotations?: Record<string, string> }[];
  };
  return index.manifests.flatMap(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] ?? []);
}

export function blobPath(layout: string, digest: Digest): string {
  return join(layout.replace(/^oci:/, ''), 'blobs', ...digest.split(':'));
}
