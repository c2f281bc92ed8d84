import { createHash } from 'node:crypto';
import { SutureError } from '../../core/errors/error.ts';
import { isAttestation, loadImageOrIndex } from '../../oci/image.ts';
import type { ImageSource } from '../../oci/source.ts';
import type { Shard } from '../store/lock.ts';

/** `2/4`: the second of four. @throws SutureError USAGE */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count) return shard;
  throw new SutureError('USAGE', `--shard: "${text}" is not I/N`, { fix: 'Give for example 2/4: the second of four.' });
}

/**
 * Highest random weight: each key belongs to the shard whose hash with it is highest, so that another number of shards moves
 * only the keys that must move.
 * @param key lowest layer of the image: images that share it share a cache
 */
export function isOfShard(key: string, { index, count }: Shard): boolean {
  let best = { weight: '', shard: 0 };
  for (let shard = 1; shard <= count; shard++) {
    const weight = createHash('sha256').update(`${shard}\0${key}`).digest('hex');
    if (weight > best.weight) best = { weight, shard };
  }
  return best.shard === index;
}

/** Digest of the lowest layer of an image, or of the first image of an index. */
export async function lowestLayer(source: ImageSource, target: string): Promise<string> {
  const found = await loadImageOrIndex(source, target);
  const [child] = found.kind === 'index' ? found.index.manifests.filter((entry) => !isAttestation(entry)) : [];
  const image = child === undefined ? found : await loadImageOrIndex(source, child.digest);
  return (image.kind === 'image' ? image.layers[0]?.descriptor.digest : undefined) ?? image.descriptor.digest;
}
