import { describe, expect, it } from 'vitest';
import { makeImage } from '../../test/support/images.ts';
import { sha256 } from '../core/digest.ts';
import { fromBytes } from '../core/streams.ts';
import type { Image } from './model.ts';
import { imageProblems, validateImage } from './validate.ts';

describe('imageProblems', () => {
  it('finds none in a valid image', async () => {
    expect(await imageProblems(await makeImage({ layers: [{ a: '1' }, { b: '2' }] }))).toEqual([]);
    expect(await imageProblems(await makeImage({ family: 'docker', history: [] }))).toEqual([]);
  });

  const broken: [string, RegExp, (image: Image, layer: Image['layers'][number]) => Partial<Image>][] = [
    [
      'a manifest of another digest',
      /manifest has digest/,
      (i) => ({ descriptor: { ...i.descriptor, digest: sha256('') } }),
    ],
    ['a manifest of another size', /manifest has \d+ bytes/, (i) => ({ descriptor: { ...i.descriptor, size: 1 } })],
    [
      'a config of another digest',
      /config has digest/,
      (i) => ({ rawConfig: Buffer.concat([i.rawConfig, Buffer.from(' ')]) }),
    ],
    ['a config that is not its bytes', /not what its bytes say/, (i) => ({ config: { ...i.config, os: 'plan9' } })],
    ['layers that are not the manifest', /not those of the manifest/, () => ({ layers: [] })],
    ['another diff ID', /has diff ID/, (_, l) => ({ layers: [{ ...l, diffId: sha256('x') }] })],
    [
      'content of another digest',
      /layer 1 has digest/,
      (_, l) => ({ layers: [{ ...l, compressed: () => fromBytes(Buffer.alloc(1024)) }] }),
    ],
    [
      'content that is no gzip',
      /layer 1/,
      (_, l) => ({ layers: [{ ...l, compressed: () => fromBytes(Buffer.from([0x1f, 0x8b, 8, 0])) }] }),
    ],
  ];
  it.each(broken)('finds %s', async (_, problem, change) => {
    const image = await makeImage();
    const layer = image.layers[0];
    if (!layer) throw new Error('no layer');
    const problems = await imageProblems({ ...image, ...change(image, layer) });
    expect(problems.join('\n')).toMatch(problem);
    await expect(validateImage({ ...image, ...change(image, layer) })).rejects.toThrow(problem);
  });

  it('finds a history that does not match and types of another family', async () => {
    const short = await makeImage({ layers: [{ a: '1' }, { b: '2' }], history: [{}] });
    expect(await imageProblems(short)).toEqual(['the history does not have 2 entries with a layer']);
    const docker = await makeImage({ family: 'docker' });
    const mixed = await makeImage({ manifest: { layers: docker.manifest.layers } });
    expect((await imageProblems(mixed)).join()).toMatch(/stands in a manifest of the oci family/);
  });
});
