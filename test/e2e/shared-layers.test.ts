import { appendFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { imageOf, rootFiles, store } from './support/base-image.ts';
import { type Files, makeTar } from './support/files.ts';
import { LATER_SECURITY, type PatchResult, patched, STABLE, World } from './support/world.ts';

/** Random images; more where somebody waits for it. */
const RUNS = Number(process.env['SUTURE_TEST_SHARED_IMAGES'] ?? 15);

let world: World;
let root: Buffer;
beforeAll(async () => {
  world = await World.open();
  root = await makeTar(rootFiles({ keyring: world.archive.keyring }));
});
afterAll(() => world.close());
beforeEach(() => world.publishFirst());

/** The base with these layers above it, in a layout. */
async function image(layers: readonly Files[], family: 'oci' | 'docker' = 'oci'): Promise<string> {
  const name = `oci:${world.path('layout')}:1`;
  await store(imageOf([root, ...(await Promise.all(layers.map((files) => makeTar(files))))], { family }), name);
  return name;
}

const ours = async (name: string) => patched(await world.patch(name, ['--dry-run']));
const alone = async (name: string) => patched(await world.patch(name, ['--dry-run', '--no-cached-layers']));
const isShared = ({ layer }: PatchResult) => layer?.isShared;

/** What an application layer may do, and whether the patch can notice. */
const HARMLESS: readonly Files[] = [
  { '/srv/app/run': { text: '#!/bin/sh\n', mode: 0o755 } },
  { '/usr/local/bin/app': { text: 'app', mode: 0o755 } },
  { '/etc/app.conf': 'mine\n' },
  { '/usr/share/notes/mine': 'a file in the directory of a package that stays\n' },
  { '/srv/.wh.nothing': '' },
  { '/root/.wh..wh..opq': '', '/root/.profile': 'x' },
  { '/usr/bin/app': { hardLinkTo: '/usr/bin/mkdir' } },
];
const NOTICED: readonly Files[] = [
  { '/etc/greet.conf': 'greeting=mine\n' },
  { '/etc/.wh.greet.conf': '' },
  { '/etc': { directory: 0o750 }, '/etc/app.conf': 'x' },
  { '/var/lib/greet/version': 'mine\n' },
  { '/var/lib/dpkg/info/mine.list': '/.\n' },
  { '/usr/share/greet': { link: '../../srv' }, '/srv/words': 'x' },
  { '/usr/lib/x86_64-linux-gnu/.wh.libgreet.so.1.0': '' },
  { '/usr/lib/x86_64-linux-gnu/.wh..wh..opq': '' },
  { '/usr/bin/greet': { text: 'replaced', mode: 0o755 } },
  { '/usr/share/doc/libgreet1/mine': 'x' },
  { '/var/lib/dpkg/info/.wh.greet.prerm': '' },
  { '/usr/lib/old.so': { hardLinkTo: '/usr/lib/x86_64-linux-gnu/libgreet-old.so' } },
];

describe('a patch layer of another image', () => {
  it.each(HARMLESS.map((files) => [Object.keys(files).join(' '), files] as const))(
    'is taken where an application only has %s',
    async (_, files) => {
      await ours(await image([]));
      const name = await image([files]);
      const result = await ours(name);
      expect(isShared(result)).toBe(true);
      const made = await alone(name);
      expect(isShared(made)).toBe(false);
      expect([result.digest, result.layer?.digest, result.planDigest]).toEqual([
        made.digest,
        made.layer?.digest,
        made.planDigest,
      ]);
      expect(result.plan).toEqual(made.plan);
    },
  );

  it.each(NOTICED.map((files) => [Object.keys(files).join(' '), files] as const))(
    'never replaces that of an image with %s',
    async (_, files) => {
      await ours(await image([]));
      const name = await image([files]);
      expect((await ours(name)).digest).toBe((await alone(name)).digest);
    },
  );

  it('never makes a difference, whatever applications are like', async () => {
    const layer = fc
      .tuple(fc.constantFrom(...HARMLESS, ...NOTICED), fc.constantFrom(...HARMLESS))
      .map(([one, two]): Files => ({ ...two, ...one }));
    let shared = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(layer, { minLength: 1, maxLength: 2 }), async (layers) => {
        const name = await image(layers);
        const result = await world.patch(name, ['--dry-run']);
        const made = await world.patch(name, ['--dry-run', '--no-cached-layers']);
        expect(result.code).toBe(made.code);
        const [a, b] = [result, made].map(({ stdout }) => JSON.parse(stdout) as PatchResult);
        expect(a).toEqual({ ...b, ...(b?.layer ? { layer: { ...b.layer, isShared: a?.layer?.isShared } } : {}) });
        if (a !== undefined && isShared(a)) shared++;
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(shared).toBeGreaterThan(0);
  }, 300_000);

  it('is told in the document, which has nothing else of the image', async () => {
    const document = await ours(await image([]));
    expect(Object.keys(document)).not.toContain('image');
    expect(isShared(document)).toBe(false);
  });

  it('is the same for the Docker form of an image', async () => {
    await ours(await image([]));
    const name = await image([{ '/srv/a': 'x' }], 'docker');
    const result = await ours(name);
    expect(isShared(result)).toBe(true);
    expect(result.digest).toBe((await alone(name)).digest);
  });

  it('needs no package, and is not that of another plan', async () => {
    await ours(await image([]));
    for (const path of [...world.archive.files.keys()]) if (path.endsWith('.deb')) world.archive.files.delete(path);
    rmSync(join(world.cache, 'packages'), { recursive: true, force: true });
    expect(isShared(await ours(await image([{ '/srv/a': 'x' }])))).toBe(true);
    await world.archive.publish(STABLE, LATER_SECURITY);
    expect(isShared(await ours(await image([{ '/srv/a': 'x' }])))).toBe(false);
  });

  it('is what the changelogs said, in the plan as well', async () => {
    await ours(await image([]));
    const { plan } = await ours(await image([{ '/srv/a': 'x' }]));
    expect(plan.steps.find(({ name }) => name === 'greet')?.cves).toEqual(['CVE-2025-0001', 'CVE-2025-0002']);
  });
});

describe('the cache of patch layers', () => {
  const entries = () =>
    readdirSync(join(world.cache, 'patches'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.includes('/'))
      .map((name) => join(world.cache, 'patches', name));

  it('believes no entry that was changed', async () => {
    const first = await ours(await image([]));
    for (const path of entries()) appendFileSync(path, 'x');
    const again = await ours(await image([{ '/srv/a': 'x' }]));
    expect(isShared(again)).toBe(false);
    expect(again.layer?.digest).toBe(first.layer?.digest);
    // The broken ones are gone, and replaced.
    expect(isShared(await ours(await image([{ '/srv/b': 'x' }])))).toBe(true);
  });

  it('believes no layer that was changed, cut off or lost', async () => {
    const { layer } = await ours(await image([]));
    const blob = join(world.cache, 'blobs/sha256', layer?.digest.slice(7) ?? '');
    const size = statSync(blob).size;
    const damages = [
      () => writeFileSync(blob, Buffer.alloc(size)),
      () => truncateSync(blob, size - 1),
      () => rmSync(blob),
    ];
    for (const [at, damage] of damages.entries()) {
      damage();
      const again = await ours(await image([{ '/srv/a': String(at) }]));
      expect([isShared(again), again.layer?.digest]).toEqual([false, layer?.digest]);
    }
    expect(isShared(await ours(await image([{ '/srv/b': 'x' }])))).toBe(true);
  });

  it('holds a bounded number of variants', async () => {
    for (let at = 0; at < 11; at++) await ours(await image([{ '/etc/greet.conf': `mine ${at}\n` }]));
    const names = entries();
    const keys = new Set(names.map((name) => name.slice(0, name.lastIndexOf('/'))));
    expect(names.length).toBeLessThanOrEqual(keys.size * 8);
  }, 60_000);

  it('serves several processes at once', async () => {
    const names = await Promise.all(['a', 'b', 'c'].map((text) => image([{ '/srv/a': text }])));
    const results = await Promise.all(names.map((name) => world.run([...world.patchLine(name), '--dry-run'])));
    const digests = results.map((finished) => patched(finished).layer?.digest);
    expect(new Set(digests).size).toBe(1);
    expect(isShared(await ours(await image([{ '/srv/d': 'x' }])))).toBe(false);
    expect(isShared(patched(await world.run([...world.patchLine(names[0] ?? ''), '--dry-run'])))).toBe(true);
  }, 60_000);
});
