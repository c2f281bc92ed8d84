import { describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import type { ImageName } from '../../oci/image-name.ts';
import type { BlobOutcome, ImageSink } from '../../oci/source.ts';
import { LayerHomes } from './layer-homes.ts';

const descriptor = { mediaType: 'layer', digest: sha256('layer'), size: 5 };
const place = (repository: string, host = 'registry.example.org'): ImageName => ({
  kind: 'registry',
  host,
  repository,
  tag: '1',
});

/** Remembers from where it was told to mount. */
function sink(outcome: () => Promise<BlobOutcome>, told: (string | undefined)[]): ImageSink {
  return {
    name: 'sink',
    hasBlob: async () => false,
    putBlob: (_, _open, mountFrom) => {
      told.push(mountFrom);
      return outcome();
    },
    putManifest: async () => descriptor,
  };
}

const open = () => (async function* () {})();

describe('a blob that was sent', () => {
  it('is mounted by the next repository of the same registry, also while it is under way', async () => {
    const homes = new LayerHomes();
    const told: (string | undefined)[] = [];
    let sent: (outcome: BlobOutcome) => void = () => {};
    const first = homes
      .over(
        sink(() => new Promise((resolve) => (sent = resolve)), told),
        place('one'),
      )
      .putBlob(descriptor, open, 'input');
    const mounted = sink(async () => 'mounted', told);
    const second = homes.over(mounted, place('two')).putBlob(descriptor, open, 'input');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(told).toEqual(['input']);
    sent('written');
    expect(await Promise.all([first, second])).toEqual(['written', 'mounted']);
    expect(told).toEqual(['input', 'one']);
    await homes.over(mounted, place('one', 'other.example.org')).putBlob(descriptor, open, 'input');
    expect(told.at(-1)).toBe('input');
  });

  it('is sent again after a failure, and when it was there already', async () => {
    const homes = new LayerHomes();
    const told: (string | undefined)[] = [];
    const broken = homes.over(
      sink(() => Promise.reject(new Error('cut')), told),
      place('one'),
    );
    await expect(broken.putBlob(descriptor, open)).rejects.toThrow('cut');
    await homes
      .over(
        sink(async () => 'present', told),
        place('two'),
      )
      .putBlob(descriptor, open);
    await homes
      .over(
        sink(async () => 'written', told),
        place('three'),
      )
      .putBlob(descriptor, open);
    await homes
      .over(
        sink(async () => 'mounted', told),
        place('four'),
      )
      .putBlob(descriptor, open);
    expect(told).toEqual([undefined, undefined, undefined, 'three']);
  });
});
