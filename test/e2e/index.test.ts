import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadImageOrIndex } from '../../src/oci/image.ts';
import { openLayout } from '../../src/oci/layout/layout.ts';
import { type Descriptor, type Image, MEDIA_TYPES, type Platform } from '../../src/oci/model.ts';
import { LABELS } from '../../src/patch/labels.ts';
import { imageOf, store } from './support/base-image.ts';
import { makeTar } from './support/files.ts';
import { FIRST_TAG, result, World } from './support/world.ts';

interface IndexResult {
  readonly kind: 'PatchIndexResult';
  readonly outcome: string;
  readonly digest: string;
  readonly platforms: readonly {
    readonly platform: string;
    readonly outcome: string;
    readonly digest?: string;
    readonly unknown?: boolean;
  }[];
}

let world: World;

beforeAll(async () => {
  world = await World.open();
});

afterAll(async () => {
  await world.close();
});

/** A layout whose tag `1` is an index of the given entries. */
async function indexLayout(
  entries: readonly { image: Image; platform: Platform; annotations?: Record<string, string> }[],
): Promise<string> {
  const directory = world.path('index');
  const name = `oci:${directory}`;
  for (const [at, { image }] of entries.entries()) await store(image, `${name}:part${at}`);
  const manifests = entries.map(({ image: { descriptor }, platform, annotations }) => ({
    ...descriptor,
    platform,
    ...(annotations ? { annotations } : {}),
  }));
  const index = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociIndex,
    manifests,
    annotations: { 'org.example.kept': 'yes' },
  };
  const layout = await openLayout(directory);
  await layout.putManifest(Buffer.from(JSON.stringify(index)), MEDIA_TYPES.ociIndex, '1');
  return name;
}

async function readIndex(
  name: string,
  tag: string,
): Promise<{ manifests: readonly Descriptor[]; annotations: unknown }> {
  const layout = await openLayout(name.slice('oci:'.length));
  const found = await loadImageOrIndex(layout, tag);
  if (found.kind !== 'index') throw new Error(`${tag} is no index`);
  return { manifests: found.index.manifests, annotations: found.index.annotations };
}

async function tagsOf(name: string): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of (await openLayout(name.slice('oci:'.length))).tags()) tags.push(tag);
  return tags.sort();
}

async function entries() {
  const amd64 = await world.image();
  const arm64 = await world.image({ files: { '/srv/arm64': 'yes\n' } });
  const windows = await world.image({ files: { '/srv/windows': 'yes\n' } });
  const attestation = await world.image({ files: { '/srv/attestation': 'yes\n' } });
  return {
    amd64: { image: amd64, platform: { os: 'linux', architecture: 'amd64' } },
    arm64: {
      image: arm64,
      platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
      annotations: { 'org.example.note': 'arm' },
    },
    windows: { image: windows, platform: { os: 'windows', architecture: 'amd64', 'os.version': '10.0.1' } },
    attestation: {
      image: attestation,
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': amd64.descriptor.digest,
      },
    },
  };
}

describe('suture patch of a multi-platform image', () => {
  it('patches every Linux platform in its place, keeps the rest, and drops attestations of what it replaced', async () => {
    const { amd64, arm64, windows, attestation } = await entries();
    const name = await indexLayout([amd64, arm64, windows, attestation]);
    const before = await tagsOf(name);
    const outcome = result<IndexResult>(await world.patch(`${name}:1`));
    expect(outcome.platforms.map(({ platform, outcome }) => [platform, outcome])).toEqual([
      ['linux/amd64', 'patched'],
      ['linux/arm64/v8', 'patched'],
      ['windows/amd64', 'kept'],
    ]);
    const { manifests, annotations } = await readIndex(name, `1-patched-${FIRST_TAG}`);
    expect(manifests.map(({ platform, annotations }) => ({ platform, annotations }))).toEqual([
      { platform: amd64.platform, annotations: undefined },
      { platform: arm64.platform, annotations: arm64.annotations },
      { platform: windows.platform, annotations: undefined },
    ]);
    expect(manifests.map(({ digest }) => digest)).toEqual([
      outcome.platforms[0]?.digest,
      outcome.platforms[1]?.digest,
      windows.image.descriptor.digest,
    ]);
    expect(annotations).toEqual({ 'org.example.kept': 'yes' });
    // No tag for a single platform is left behind.
    expect(await tagsOf(name)).toEqual([...before, `1-patched-${FIRST_TAG}`].sort());
  });

  it('gives the same index digest again, and one platform alone the digest it has in the index', async () => {
    const { amd64, arm64 } = await entries();
    const name = await indexLayout([amd64, arm64]);
    const first = result<IndexResult>(await world.patch(`${name}:1`));
    const second = result<IndexResult & { published: { outcome: string } }>(await world.patch(`${name}:1`));
    expect(second.digest).toBe(first.digest);
    expect(second.published.outcome).toBe('present');
    const alone = result<{ digest: string }>(
      await world.patch(`${name}:1`, ['--platform', 'linux/arm64', '--tag', 'alone']),
    );
    expect(alone.digest).toBe(first.platforms[1]?.digest);
  });

  it('starts every platform from its own base again', async () => {
    const { amd64, arm64 } = await entries();
    const name = await indexLayout([amd64, arm64]);
    const first = result<IndexResult>(await world.patch(`${name}:1`));
    const again = result<IndexResult>(await world.patch(`${name}:1-patched-${FIRST_TAG}`));
    expect(again.platforms.map(({ digest }) => digest)).toEqual(first.platforms.map(({ digest }) => digest));
    const layout = await openLayout(name.slice('oci:'.length));
    const image = await loadImageOrIndex(layout, again.platforms[1]?.digest ?? '');
    expect(image.kind === 'image' && image.config.config?.Labels?.[LABELS.baseDigest]).toBe(
      arm64.image.descriptor.digest,
    );
  });

  it('keeps a platform without a package database and says that nothing is known about it', async () => {
    const { amd64, arm64 } = await entries();
    const bare = imageOf([await makeTar({ '/etc/hostname': 'bare\n' })], {});
    const name = await indexLayout([amd64, { ...arm64, image: bare }]);
    const outcome = result<IndexResult>(await world.patch(`${name}:1`), 3);
    expect(outcome.platforms[1]).toMatchObject({ outcome: 'kept', unknown: true });
    expect((await readIndex(name, `1-patched-${FIRST_TAG}`)).manifests[1]?.digest).toBe(bare.descriptor.digest);
  });
});
