import type { Image } from '../../oci/model.ts';
import { LABELS } from '../../patch/labels.ts';
import type { LayerRecord } from '../store/results.ts';

/** What an image says of its layers, the lowest first; a config without history, or with a wrong one, says nothing. */
export function layerRecords(image: Image, platform?: string): readonly LayerRecord[] {
  const history = (image.config.history ?? []).filter(({ empty_layer: isEmpty }) => isEmpty !== true);
  const isTold = history.length === image.layers.length;
  const ours = image.config.config?.Labels?.[LABELS.patchLayer];
  return image.layers.map(({ descriptor, diffId }, at) => {
    const { created, created_by: createdBy } = (isTold ? history[at] : undefined) ?? {};
    const time = created === undefined ? Number.NaN : Date.parse(created);
    return {
      ...(platform === undefined ? {} : { platform }),
      digest: descriptor.digest,
      diffId,
      size: descriptor.size,
      ...(createdBy === undefined || createdBy === '' ? {} : { createdBy: createdBy.slice(0, TEXT_LIMIT) }),
      ...(Number.isNaN(time) ? {} : { createdAt: new Date(time).toISOString() }),
      ours: diffId === ours,
    };
  });
}

/** Characters; a whole script may be written there. */
const TEXT_LIMIT = 2000;
