import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/digest.ts';
import { fromBytes } from '../../src/core/streams.ts';
import { type Image, MEDIA_TYPES } from '../../src/oci/model.ts';
import { appendLayer } from '../../src/oci/mutate.ts';
import { store } from './support/base-image.ts';
import { makeTar } from './support/files.ts';
import { blobPath, load, treeOf } from './support/layouts.ts';
import { FIRST_TAG, LATER_SECURITY, LATER_TAG, type PlanResult, patched, result, World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
afterEach(() => world.publishFirst());

/** A layout with a patched image, the archive then a month further. */
async function patchedLayout(sketch: Parameters<World['layout']>[0] = {}) {
  const layout = await world.layout(sketch);
  const first = patched(await world.patch(`${layout}:1`));
  await world.archive.publish(LATER_SECURITY);
  return { layout, first, base: await load(`${layout}:1`), name: `${layout}:1-patched-${FIRST_TAG}` };
}

/** One more layer, as `docker build` FROM it would give. */
async function withLayer(image: Image, files: Readonly<Record<string, string>>, labels?: Record<string, string>) {
  const tar = await makeTar(files);
  const blob = gzipSync(tar);
  return appendLayer(image, {
    descriptor: { mediaType: MEDIA_TYPES.ociLayerGzip, digest: sha256(blob), size: blob.length },
    diffId: sha256(tar),
    open: () => fromBytes(blob),
    history: { created_by: 'COPY . /' },
    ...(labels === undefined ? {} : { labels }),
  });
}

describe('patching a patched image again', () => {
  it('starts from the original base and has one patch layer, under the successor of the tag', async () => {
    const { layout, name, base, first } = await patchedLayout();
    const again = patched(await world.patch(name));
    expect(again.lineage).toBe('repatch');
    expect(again.plan.base.digest).toBe(base.descriptor.digest);
    expect(again.published?.reference).toBe(`${layout}:1-patched-${LATER_TAG}`);
    const image = await load(`${layout}:1-patched-${LATER_TAG}`);
    expect(image.layers.length).toBe(base.layers.length + 1);
    expect(again.digest).not.toBe(first.digest);
    const direct = patched(await world.patch(`${layout}:1`, ['--tag', 'direct']));
    expect({ ...direct.layer, isShared: false }).toEqual({ ...again.layer, isShared: false });
    const tree = await treeOf(image, join(world.directory, 'reading'));
    expect(tree.readText('/var/lib/greet/version')).toBe('1.0-1+deb1u2\n');
  });

  it('has nothing new to publish while the archive stays as it was', async () => {
    const layout = await world.layout();
    const first = patched(await world.patch(`${layout}:1`));
    const again = patched(await world.patch(`${layout}:1-patched-${FIRST_TAG}`));
    expect([again.lineage, again.published]).toEqual(['repatch', { ...first.published, outcome: 'present' }]);
  });

  it.each([
    ['an object', { config: { Cmd: ['greet'], Labels: { team: 'a' } } }],
    ['an empty object', { config: { Cmd: ['greet'], Labels: {} } }],
    ['null', { config: { Cmd: ['greet'], Labels: null } }],
    ['absent', { config: { Cmd: ['greet'] } }],
    ['absent with the whole config', { config: null }],
    ['of a Docker image', { family: 'docker', config: { Labels: null } }],
  ] as const)('takes the base out of the image when its manifest is gone: Labels %s', async (_, sketch) => {
    const { layout, name, base } = await patchedLayout(sketch);
    rmSync(blobPath(layout, base.descriptor.digest));
    rmSync(blobPath(layout, base.manifest.config.digest));
    const index = join(layout.replace('oci:', ''), 'index.json');
    const { readFileSync, writeFileSync } = await import('node:fs');
    const json = JSON.parse(readFileSync(index, 'utf8')) as { manifests: { digest: string }[] };
    json.manifests = json.manifests.filter(({ digest }) => digest !== base.descriptor.digest);
    writeFileSync(index, JSON.stringify(json));
    const again = patched(await world.patch(name));
    expect(again.lineage).toBe('repatch');
    expect(again.plan.base.digest).toBe(base.descriptor.digest);
    expect((await load(`${layout}:1-patched-${LATER_TAG}`)).layers.length).toBe(base.layers.length + 1);
  });

  it('takes the base out of the image in another repository, with the same result', async () => {
    const { layout, name, base } = await patchedLayout();
    const elsewhere = `oci:${world.path('elsewhere')}`;
    await store(await load(name), `${elsewhere}:copy`);
    const there = patched(await world.patch(`${elsewhere}:copy`));
    const here = patched(await world.patch(name));
    expect([there.lineage, there.plan.base.digest]).toEqual(['repatch', base.descriptor.digest]);
    expect({ ...there.layer, isShared: false }).toEqual({ ...here.layer, isShared: false });
    expect(layout).not.toBe(elsewhere);
  });
});

describe('an image built from a patched one', () => {
  it('is a base of its own: its layer stays', async () => {
    const { layout, name, base } = await patchedLayout();
    await store(await withLayer(await load(name), { '/srv/app/more': 'more\n' }), `${layout}:child`);
    const child = await load(`${layout}:child`);
    const outcome = patched(await world.patch(`${layout}:child`));
    expect(outcome.lineage).toBe('derived');
    expect(outcome.plan.base.digest).toBe(child.descriptor.digest);
    const image = await load(`${layout}:child-patched-${LATER_TAG}`);
    expect(image.layers.length).toBe(base.layers.length + 3);
    const tree = await treeOf(image, join(world.directory, 'reading'));
    expect(tree.readText('/srv/app/more')).toBe('more\n');
    expect(tree.readText('/var/lib/greet/version')).toBe('1.0-1+deb1u2\n');
    // Its patch in turn goes back to the child, not to the ancestor.
    const again = patched(await world.patch(`${layout}:child-patched-${LATER_TAG}`, ['--dry-run']));
    expect([again.lineage, again.plan.base.digest]).toEqual(['repatch', child.descriptor.digest]);
  });

  it('does not believe labels that the layers do not prove', async () => {
    const { layout, base } = await patchedLayout();
    const forged = await withLayer(base, { '/srv/app/evil': 'evil\n' });
    const stranger = await world.image({ files: { '/srv/other': 'x' } });
    await store(stranger, `${layout}:stranger`);
    const labels = {
      'dev.suture.base.digest': stranger.descriptor.digest,
      'dev.suture.base.config': sha256(stranger.rawConfig),
      'dev.suture.base.layers': String(base.layers.length),
      'dev.suture.patch.layer': forged.layers.at(-1)?.diffId ?? '',
    };
    const claims = await withLayer(base, { '/srv/app/evil': 'evil\n' }, labels);
    await store(claims, `${layout}:forged`);
    const { plan, lineage } = result<PlanResult>(await world.plan(`${layout}:forged`));
    expect([lineage, plan.base.digest]).toEqual(['derived', claims.descriptor.digest]);
  });

  it.each([
    ['no digest', { 'dev.suture.base.digest': 'sha256:12' }],
    ['a layer count of nothing', { 'dev.suture.base.layers': '0' }],
    ['a layer count that is no number', { 'dev.suture.base.layers': 'NaN' }],
  ])('takes an image with %s for an original', async (_, wrong) => {
    const layout = await world.layout();
    const digest = sha256('x');
    const labels = {
      'dev.suture.base.digest': digest,
      'dev.suture.base.config': digest,
      'dev.suture.base.layers': '2',
      'dev.suture.patch.layer': digest,
      ...wrong,
    };
    const image = await withLayer(await load(`${layout}:1`), { '/srv/x': 'x' }, labels);
    await store(image, `${layout}:x`);
    const { plan, lineage } = result<PlanResult>(await world.plan(`${layout}:x`));
    expect([lineage, plan.base.digest]).toEqual(['original', image.descriptor.digest]);
  });
});

describe('images that another tool patched, and tags that moved', () => {
  /** As Copa leaves it: one more layer, and the label that names what it was patched from. */
  async function copaLayout() {
    const layout = await world.layout();
    const base = await load(`${layout}:1`);
    const copied = await withLayer(
      base,
      { '/usr/bin/greet': 'patched by copa\n' },
      { BaseImage: 'registry.example.org/team/greet:1' },
    );
    await store(copied, `${layout}:1-patched`);
    return { layout, base };
  }

  it('starts from the named base when its layers prove it, so that no earlier patch layer is left', async () => {
    const { layout, base } = await copaLayout();
    const outcome = patched(await world.patch(`${layout}:1-patched`, ['--base', `${layout}:1`]));
    expect([outcome.lineage, outcome.plan.base.digest]).toEqual(['foreign-patch', base.descriptor.digest]);
    const direct = patched(await world.patch(`${layout}:1`, ['--tag', 'direct']));
    expect(outcome.digest).toBe(direct.digest);
  });

  it('refuses a base that is not below the image', async () => {
    const { layout } = await copaLayout();
    const other = await world.layout({ files: { '/srv/other': 'yes\n' } });
    const run = await world.patch(`${layout}:1-patched`, ['--base', `${other}:1`]);
    expect([run.code, (JSON.parse(run.stdout) as { code: string }).code]).toEqual([2, 'BASE_MISMATCH']);
  });

  it('does not ask another place because a label says so, and tells', async () => {
    const { layout } = await copaLayout();
    const outcome = result<PlanResult>(await world.plan(`${layout}:1-patched`));
    expect(outcome.lineage).toBe('original');
    expect(outcome.notes.join()).toContain('Copa patched this image from registry.example.org/team/greet:1');
  });

  it('tells when the tag of the base has moved since', async () => {
    const { layout, name, base } = await patchedLayout();
    expect(result<PlanResult>(await world.plan(name)).notes.join()).not.toContain('has moved');
    await store(await withLayer(base, { '/srv/new': 'release\n' }), `${layout}:1`);
    expect(result<PlanResult>(await world.plan(name)).notes.join()).toContain(
      `no longer names the base of this patch (${base.descriptor.digest}`,
    );
  });
});
