import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { imageOf } from './support/base-image.ts';
import { makeTar } from './support/files.ts';
import { FleetWorld, report } from './support/fleet-world.ts';
import { isBlobPull, isBlobUpload, isManifestPut } from './support/recording-proxy.ts';
import { FIRST_TAG, LATER_SECURITY, World } from './support/world.ts';

let world: World;
let fleet: FleetWorld;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.publishFirst();
  fleet = await FleetWorld.open(world);
  return () => fleet.close();
});

/** An image that differs from others in its configuration. */
const push = async (name: string, command = name) =>
  fleet.push(await world.image({ config: { Cmd: [command] } }), name);
const store = () => ['--store', world.path('fleet.db')];
const writes = (lines: readonly string[]) => lines.filter((line) => isBlobUpload(line) || isManifestPut(line));

function file(name: string, text: string): string {
  const path = world.path(name);
  writeFileSync(path, text);
  return path;
}

const list = (references: readonly string[]) => ['--images', file('images.txt', references.join('\n'))];

function patchConfig(images: readonly string[], target = `registry: ${fleet.proxy.host}/safe`): string[] {
  const text = `apiVersion: copa.sh/v1alpha1\nkind: PatchConfig\ntarget: {${target}}\nimages:\n${images.join('')}`;
  return ['-c', file('copa.yaml', text)];
}

const copaImage = (name: string, tags: string, extra = '') =>
  `  - name: ${name.replaceAll('/', '-')}\n    image: ${fleet.proxy.host}/${name}\n    tags: {${tags}}\n${extra}`;

function suture(template: string, images: readonly string[]): string[] {
  const text = `apiVersion: suture.dev/v1alpha1\nkind: Fleet\ndefaults: {tag: "${template}", target: "${fleet.proxy.host}/out"}\nimages:\n`;
  return ['-c', file('suture.yaml', text + images.map((image) => `  - ${image}\n`).join(''))];
}

const run = async (args: readonly string[]) => report(await fleet.run(args));
const tagsOf = (document: ReturnType<typeof report>) =>
  document.images.map(({ result }) => result.publishedReference?.slice(fleet.proxy.host.length + 1));

/** What `copa patch --config` gets wrong with many images, each shown right here. */
describe('of the known defects of bulk patching', () => {
  it('none: repositories whose names end alike get places of their own', async () => {
    for (const team of ['a', 'b']) await push(`team-${team}/redis:7`);
    const args = patchConfig(['a', 'b'].map((team) => copaImage(`team-${team}/redis`, 'strategy: list, list: ["7"]')));
    const document = await run([...args, ...store()]);
    expect(tagsOf(document)).toEqual(['safe/team-a/redis:7-patched', 'safe/team-b/redis:7-patched']);
    expect(document.notes.join()).toContain('would both be');
  });

  it('none: a tag of a list that does not exist is named, and stops no other', async () => {
    await push('app:1');
    const document = await run([...patchConfig([copaImage('app', 'strategy: list, list: ["1", "2"]')]), ...store()]);
    expect(document.counts).toMatchObject({ patched: 1, failed: 1 });
    expect(document.images[1]?.result.detail.error?.code).toBe('IMAGE_NOT_FOUND');
  });

  it('none: tags with a suffix, of two parts and of dates are no pre-releases to be dropped', async () => {
    const tags = ['3.9.18-alpine', '22.04-jammy', '20240101', '1.2.3'];
    for (const tag of tags) await push(`lib/mixed:${tag}`);
    const args = patchConfig([copaImage('lib/mixed', 'strategy: pattern, pattern: "^[0-9]"')]);
    const document = await run([...args, ...store()]);
    expect(document.counts.patched).toBe(4);
    expect(tagsOf(document)).toEqual(tags.sort().map((tag) => `safe/mixed:${tag}-patched`));
  });

  it('none: the newest by version or by date is found where there is no semantic version', async () => {
    for (const tag of ['20.04-focal', '22.04-jammy', '18.04-bionic']) await push(`lib/os:${tag}`);
    for (const tag of ['nightly-2024-05-01', 'nightly-2024-11-30']) await push(`lib/nightly:${tag}`);
    const images = [
      `repository: ${fleet.proxy.host}/lib/os\n    tags: {newest: {count: 1, by: version}}`,
      `repository: ${fleet.proxy.host}/lib/nightly\n    tags: {newest: {count: 1, by: date}}`,
    ];
    expect(tagsOf(await run([...suture('{tag}-fixed', images), ...store()]))).toEqual([
      'out/lib/nightly:nightly-2024-11-30-fixed',
      'out/lib/os:22.04-jammy-fixed',
    ]);
  });

  it('none: what was patched is not patched again without a reason, not even when the store is lost', async () => {
    await push('app:1');
    const args = patchConfig([copaImage('app', 'strategy: list, list: ["1"]')]);
    const kept = store();
    await run([...args, ...kept]);
    fleet.proxy.take();
    expect((await run([...args, ...kept])).counts.unchanged).toBe(1);
    const log = fleet.proxy.take();
    expect([writes(log), log.filter((line) => isBlobPull(line))]).toEqual([[], []]);
    const document = await run([...args, ...store()]);
    expect(document.images[0]).toMatchObject({ pushed: false, unchanged: false });
    expect(tagsOf(document)).toEqual(['safe/app:1-patched']);
    expect(writes(fleet.proxy.take()).filter((line) => isManifestPut(line))).toEqual([]);
  });

  it('none: what cannot be judged is refused with the reason, neither patched blindly nor called clean', async () => {
    const unknown = await fleet.push(imageOf([await makeTar({ '/a': 'b' })], {}), 'team/unknown:1');
    const app = await push('app:1');
    const text = `apiVersion: suture.dev/v1alpha1\nkind: Fleet\nimages:\n  - images: ["${app}"]\n    severity: HIGH\n  - images: ["${unknown}"]\n`;
    const document = await run(['-c', file('suture.yaml', text), ...store()]);
    const codes = document.images.map(({ result }) => [result.outcome, result.detail.error?.code]);
    expect(codes).toEqual([
      ['refused', 'DATABASE_MISSING'],
      ['refused', 'OS_UNKNOWN'],
    ]);
  });

  it('none: a patched image that is named as input is patched from its original, with one layer', async () => {
    const reference = await push('app:1');
    const first = await run([...list([reference]), ...store()]);
    const patchedReference = first.images[0]?.result.publishedReference ?? '';
    await world.archive.publish(LATER_SECURITY);
    const [second] = (await run([...list([patchedReference]), ...store()])).images;
    const layersOf = async (name: string) => {
      const at = name.lastIndexOf(':');
      const url = `http://${fleet.proxy.host}/v2/${name.slice(fleet.proxy.host.length + 1, at)}/manifests/${name.slice(at + 1)}`;
      const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
      return ((await (await fetch(url, { headers })).json()) as { layers: unknown[] }).layers.length;
    };
    const before = await layersOf(reference);
    expect(await layersOf(second?.result.publishedReference ?? '')).toBe(before + 1);
    expect(second?.result.publishedReference).not.toContain(FIRST_TAG);
  });

  it('none: images and requests at one registry are bounded', async () => {
    const references = await fleet.pushMany(2, 4);
    const images = references.map((reference) => `images: ["${reference}"]`);
    const args = suture('{tag}-patched-{date}', images);
    const config = args[1] ?? '';
    writeFileSync(config, `concurrency: {images: 4, perRegistry: 1}\n${readFileSync(config, 'utf8')}`);
    fleet.proxy.take();
    expect((await run([...args, ...store()])).counts.patched).toBe(8);
    // One after the other: no request about an image once another one was begun.
    const repositories = fleet.proxy
      .take()
      .filter((line) => isManifestPut(line) || line.startsWith('POST'))
      .flatMap((line) => /\/v2\/(?:out\/)?(base\d\/app\d)\//.exec(line)?.[1] ?? []);
    const runs = repositories.filter((name, at) => name !== repositories[at - 1]);
    expect(runs).toHaveLength(new Set(runs).size);
  });

  it('none: indexes and packages are fetched once for all images', async () => {
    world.archive.server.requests.length = 0;
    await run([...list(await fleet.pushApplications(2, 3)), ...store()]);
    const count = (pattern: RegExp) => world.archive.server.requests.filter(({ path }) => pattern.test(path)).length;
    expect(count(/Packages$/)).toBe(2);
    expect(count(/\.deb$/)).toBe(3);
  });

  it('none: the result is a document, and the exit code tells partly from wholly failed', async () => {
    const good = await push('app:1');
    const missing = `${fleet.proxy.host}/none:1`;
    const codes = [];
    for (const references of [[good], [good, missing], [missing]])
      codes.push((await fleet.run([...list(references), ...store()])).code);
    expect(codes).toEqual([0, 3, 1]);
  });
});

describe('a tag', () => {
  it('without a date is shared by no two images, whichever come first', async () => {
    // Each of them is called 1 by its name, as if one had been patched from another.
    const tags = ['1', '1-patched-20200101000000', '1-patched-20200202000000'];
    for (const tag of tags) await push(`app:${tag}`);
    const images = tags.map((tag) => `images: ["${fleet.proxy.host}/app:${tag}"]`);
    const args = suture('{tag}-patched', images);
    const first = await run([...args, ...store()]);
    expect(first.counts).toMatchObject({ patched: 3, failed: 0 });
    const names = tagsOf(first);
    expect([...names].sort()).toEqual(['out/app:1-patched', 'out/app:1-patched-1', 'out/app:1-patched-2']);
    // Without a record each finds the tag that names its result already.
    const again = await run([...args, ...store()]);
    expect(tagsOf(again)).toEqual(names);
    expect(again.images.every(({ pushed }) => !pushed)).toBe(true);
  });

  it('without a date is given to equal images as well, and numbered for each', async () => {
    const image = await world.image();
    const references = [await fleet.push(image, 'one/app:1'), await fleet.push(image, 'two/app:1')];
    const args = suture(
      '{tag}-patched',
      references.map((reference) => `images: ["${reference}"]`),
    );
    // Something else has the name of the second already.
    await fleet.push(await world.image({ config: { Cmd: ['other'] } }), 'out/two/app:1-patched');
    const document = await run([...args, ...store()]);
    expect(tagsOf(document)).toEqual(['out/one/app:1-patched', 'out/two/app:1-patched-1']);
    expect(document).toMatchObject({ layersMade: 1, layersShared: 1 });
  });

  it('with a date is a second later for another result of the same repositories', async () => {
    const reference = await push('app:1', 'first');
    const args = [...list([reference]), ...store()];
    const first = await run(args);
    await push('app:1', 'second');
    const second = await run(args);
    const [before, after] = [first, second].map((document) => document.images[0]?.result);
    expect(before?.publishedReference).toBe(`${reference}-patched-${FIRST_TAG}`);
    expect(after?.publishedReference).toBe(`${reference}-patched-${Number(FIRST_TAG) + 1}`);
    expect(await fleet.digestOf(before?.publishedReference ?? '')).toBe(before?.publishedDigest);
    expect((await run(args)).counts).toMatchObject({ patched: 1, unchanged: 1 });
  });
});
