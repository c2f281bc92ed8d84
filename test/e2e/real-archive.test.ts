import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSource } from '../differential/support/apt-sources.ts';
import { missingRequirement } from '../differential/support/requirements.ts';
import { buildRoot } from '../differential/support/root-builder.ts';
import { VARIANTS } from '../differential/variants.ts';
import { isInstalled, run } from '../servers/programs.ts';
import { imageOf, store } from './support/base-image.ts';
import { makeTar } from './support/files.ts';
import { tagsOf } from './support/layouts.ts';
import { patched, World } from './support/world.ts';

const SUITE = 'bookworm';
const missing =
  (await missingRequirement(SUITE)) ?? (isInstalled('umoci') ? undefined : 'the test needs umoci to unpack the result');
if (missing !== undefined) console.warn(`not with the real archive: ${missing}`);

/** The archive that this machine's apt has: a root without security updates, patched, then judged by dpkg and apt. */
describe.skipIf(missing !== undefined)('an image of the real archive', () => {
  let world: World;
  let layout: string;
  beforeAll(async () => {
    world = await World.open();
    const security = findSource(`${SUITE}-security`);
    if (security === undefined) throw new Error('no security suite');
    // The root that the differential tests begin with, so that it is built once.
    const variant = VARIANTS.find(({ name }) => name === 'base');
    if (variant === undefined) throw new Error('no variant "base"');
    const tar = readFileSync(buildRoot(variant));
    const sources = { '/etc/apt/sources.list.d/security.list': `deb ${security.uri} ${SUITE}-security main\n` };
    layout = `oci:${world.path('layout')}`;
    await store(imageOf([tar, await makeTar(sources)], { compression: 'none' }), `${layout}:1`);
  }, 300_000);
  afterAll(() => world.close());

  it('is patched, published once, and found up to date by dpkg and apt', async () => {
    const finished = await world.run(['patch', '--output', 'json', `${layout}:1`]);
    const outcome = patched(finished, finished.code === 3 ? 3 : 0);
    expect(outcome.plan.steps.length).toBeGreaterThan(3);
    const tag = tagsOf(layout)[1] ?? '';
    const bundle = world.path('bundle');
    await run('umoci', ['unpack', '--image', `${layout.slice(4)}:${tag}`, bundle]);
    const root = join(bundle, 'rootfs');
    expect((await run('dpkg', [`--root=${root}`, '--audit'])).stdout).toBe('');
    const query = ['--admindir', join(root, 'var/lib/dpkg'), '-W', '-f', '${Package}:${Architecture} ${Version}\n'];
    const installed = new Set((await run('dpkg-query', query)).stdout.split('\n'));
    for (const { name, architecture, to } of outcome.plan.steps)
      expect(installed).toContain(`${name}:${architecture} ${to}`);
    expect((await run('chroot', [root, 'apt-get', '--version'])).stdout).toMatch(/^apt /);
    rmSync(bundle, { recursive: true });
    const again = patched(await world.run(['patch', '--output', 'json', `${layout}:1`]), finished.code);
    expect(again.published).toEqual({ ...outcome.published, outcome: 'present' });
  }, 300_000);
});
