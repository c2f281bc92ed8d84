import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/digest.ts';
import { openLayout } from '../../src/oci/layout/layout.ts';
import { type Image, MEDIA_TYPES } from '../../src/oci/model.ts';
import { validateImage } from '../../src/oci/validate.ts';
import { imageOf, store } from './support/base-image.ts';
import { makeTar } from './support/files.ts';
import { blobPath, load, tagsOf, treeOf } from './support/layouts.ts';
import { FIRST_TAG, failure, LATER_SECURITY, LATER_TAG, patched, World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

async function patchOf(layout: string, args: readonly string[] = []): Promise<Image> {
  patched(await world.patch(`${layout}:1`, args));
  return load(`${layout}:1-patched-${FIRST_TAG}`);
}

/** The patch is there, and everything below it is as it was, to the byte. */
async function checkPatch(result: Image, base: Image): Promise<void> {
  await validateImage(result);
  expect(result.manifest.layers.slice(0, -1)).toEqual(base.manifest.layers);
  expect(result.config.rootfs.diff_ids.slice(0, -1)).toEqual(base.config.rootfs.diff_ids);
  const tree = await treeOf(result, join(world.directory, 'reading'));
  expect(tree.readText('/usr/bin/greet')).toContain('1.0-1+deb1u1');
}

describe('the layers of an image', () => {
  it.each([
    ['gzip', 'oci', 'gzip'],
    ['zstd', 'oci', 'zstd'],
    ['not compressed', 'oci', 'none'],
    ['zstd above gzip', 'oci', ['gzip', 'zstd']],
    ['gzip above zstd', 'oci', ['zstd', 'gzip']],
    ['of Docker schema 2', 'docker', 'gzip'],
  ] as const)('stay as they are when they are %s', async (_, family, compression) => {
    const layout = await world.layout({ family, compression });
    const result = await patchOf(layout);
    await checkPatch(result, await load(`${layout}:1`));
    const type = family === 'oci' ? MEDIA_TYPES.ociLayerGzip : MEDIA_TYPES.dockerLayerGzip;
    expect(result.manifest.layers.at(-1)?.mediaType).toBe(type);
  });

  it('keep annotations that tell how to read them lazily (eStargz), which the new layer has none of', async () => {
    const annotations = {
      'containerd.io/snapshot/stargz/toc.digest': sha256('toc'),
      'io.containers.estargz.uncompressed-size': '12345',
    };
    const layout = await world.layout({
      descriptors: [{ annotations }, { annotations: { 'org.example.layer': 'app' } }],
    });
    const result = await patchOf(layout);
    await checkPatch(result, await load(`${layout}:1`));
    expect(result.manifest.layers.map((layer) => layer.annotations)).toEqual([
      annotations,
      { 'org.example.layer': 'app' },
      undefined,
    ]);
  });

  it.each([
    ['Docker', 'docker', MEDIA_TYPES.dockerForeignLayer],
    ['OCI', 'oci', 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'],
  ] as const)(
    'that lie elsewhere (%s) cannot be read: the image is refused with that reason',
    async (_, family, mediaType) => {
      const urls = ['https://example.org/layer'];
      const layout = await world.layout({ family, descriptors: [{ mediaType, urls }] });
      const finished = await world.patch(`${layout}:1`, [], { cache: world.path('cache') });
      expect(failure(finished).code).toBe('IMAGE_UNSUPPORTED');
      expect(finished.stdout).toContain('foreign');
      expect(tagsOf(layout)).toEqual(['1']);
    },
  );

  it('that lie elsewhere are kept with a Windows image of an index, and not sent', async () => {
    const linux = await world.image();
    const windows = imageOf([await makeTar({ '/Windows/system': 'x' }), await makeTar({ '/app': 'y' })], {
      family: 'docker',
      descriptors: [{ mediaType: MEDIA_TYPES.dockerForeignLayer, urls: ['https://example.org/layer'] }],
    });
    const layout = `oci:${world.path('index')}`;
    await store(linux, `${layout}:linux`);
    await store(windows, `${layout}:windows`);
    const manifests = [
      { ...linux.descriptor, platform: { os: 'linux', architecture: 'amd64' } },
      { ...windows.descriptor, platform: { os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348.1' } },
    ];
    const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
    const source = await openLayout(layout.slice(4));
    await source.putManifest(Buffer.from(JSON.stringify(index)), MEDIA_TYPES.ociIndex, '1');
    const output = `oci:${world.path('out')}`;
    const { code } = await world.patch(`${layout}:1`, ['--output-image', `${output}:p`]);
    expect(code).toBe(0);
    const [foreign, own] = windows.manifest.layers;
    const isThere = (digest: string | undefined) => existsSync(blobPath(output, digest as `sha256:${string}`));
    expect([isThere(windows.descriptor.digest), isThere(own?.digest), isThere(foreign?.digest)]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('an image with as many layers as container engines run', () => {
  const layersOf = async (count: number) => {
    const root = (await rootTars())[0] ?? Buffer.alloc(0);
    const more = await Promise.all(
      Array.from({ length: count - 1 }, (_, at) => makeTar({ [`/srv/${at}`]: `${at}\n` })),
    );
    const layout = `oci:${world.path('layout')}`;
    await store(imageOf([root, ...more], {}), `${layout}:1`);
    return layout;
  };

  it('is refused before any work is done', async () => {
    const cache = world.path('cache');
    const layout = await layersOf(127);
    expect(failure(await world.patch(`${layout}:1`, [], { cache }))).toEqual({ exit: 1, code: 'LIMIT_EXCEEDED' });
    for (const name of ['layers', 'releases', 'packages']) expect(existsSync(join(cache, name))).toBe(false);
    expect(tagsOf(layout)).toEqual(['1']);
  });

  it('is patched when the topmost of them is an earlier patch, which is replaced', async () => {
    const layout = await layersOf(126);
    expect((await patchOf(layout)).layers.length).toBe(127);
    await world.archive.publish(LATER_SECURITY);
    patched(await world.patch(`${layout}:1-patched-${FIRST_TAG}`));
    expect((await load(`${layout}:1-patched-${LATER_TAG}`)).layers.length).toBe(127);
    await world.publishFirst();
  });

  async function rootTars(): Promise<Buffer[]> {
    const image = await world.image({ compression: 'none' });
    const tars: Buffer[] = [];
    for (const layer of image.layers) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of layer.compressed()) chunks.push(chunk);
      tars.push(Buffer.concat(chunks));
    }
    return tars;
  }
});

describe('what a patch does not know', () => {
  const CONFIG = [
    '"x-number": 9007199254740993',
    '"x-exponent" : 1.50e+3',
    '"x-text":"\\u00e9\\/ "',
    '"x-deep":{"b":1,"a":[ ]}',
  ];
  const MANIFEST = ['"x-manifest": 18446744073709551615', '"x-list" :[1 , 2]'];

  it('stays byte for byte in config and manifest', async () => {
    const add = (fields: readonly string[]) => (json: string) => `{ ${fields.join(',\n\t')},${json.slice(1)}\n`;
    const layout = await world.layout({ editConfig: add(CONFIG), editManifest: add(MANIFEST) });
    const result = await patchOf(layout);
    await checkPatch(result, await load(`${layout}:1`));
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
    expect(text(result.rawConfig).startsWith(`{ ${CONFIG.join(',\n\t')},`)).toBe(true);
    expect(text(result.rawManifest).startsWith(`{ ${MANIFEST.join(',\n\t')},`)).toBe(true);
    expect(text(result.rawConfig).endsWith('}\n')).toBe(true);
  });

  it('stays byte for byte in an index and its entries', async () => {
    const image = await world.image();
    const other = await world.image({ files: { '/srv/other': 'x' } });
    const layout = `oci:${world.path('index')}`;
    await store(image, `${layout}:a`);
    await store(other, `${layout}:b`);
    const entry = ({ descriptor }: Image, architecture: string) =>
      `{"mediaType":"${descriptor.mediaType}","x-big": 9007199254740995,"digest":"${descriptor.digest}","size":${descriptor.size},"platform":{"architecture":"${architecture}","features" : ["sse4"],"os":"linux"},"annotations":{"org.example.a":"b"}}`;
    const raw = `{"x-index":1.0e2 ,"schemaVersion":2,"mediaType":"${MEDIA_TYPES.ociIndex}","manifests":[${entry(image, 'amd64')},\n${entry(other, 'arm64')}],"annotations":{"org.example.kept":"\\u0041"}}`;
    const source = await openLayout(layout.slice(4));
    await source.putManifest(Buffer.from(raw), MEDIA_TYPES.ociIndex, '1');
    const finished = await world.patch(`${layout}:1`);
    const outcome = JSON.parse(finished.stdout) as { digest: string; platforms: { digest: string }[] };
    const result = readFileSync(blobPath(layout, outcome.digest as `sha256:${string}`), 'utf8');
    const sizes = outcome.platforms.map(
      ({ digest }) => readFileSync(blobPath(layout, digest as `sha256:${string}`)).length,
    );
    const expected = [image, other].reduce(
      (text, { descriptor }, at) =>
        text
          .replace(descriptor.digest, outcome.platforms[at]?.digest ?? '')
          .replace(
            `"size":${descriptor.size},"platform":{"architecture":"${at === 0 ? 'amd64' : 'arm64'}"`,
            `"size":${sizes[at]},"platform":{"architecture":"${at === 0 ? 'amd64' : 'arm64'}"`,
          ),
      raw,
    );
    expect(result).toBe(expected);
  });
});
