import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Image, MEDIA_TYPES } from '../../src/oci/model.ts';
import { store } from './support/base-image.ts';
import { load, tagsOf, treeOf } from './support/layouts.ts';
import { daemon, greet } from './support/packages.ts';
import { FIRST_TAG, failure, leftovers, patched, World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

const treeOfResult = (image: Image) => treeOf(image, join(world.directory, 'reading'));

describe('suture patch in a layout', () => {
  it('adds one layer that holds exactly what the packages change', async () => {
    const layout = await world.layout();
    const base = await load(`${layout}:1`);
    const { published, digest, layer, lineage } = patched(await world.patch(`${layout}:1`));
    expect(published).toEqual({ reference: `${layout}:1-patched-${FIRST_TAG}`, digest, outcome: 'written' });
    expect(lineage).toBe('original');
    const image = await load(`${layout}:1-patched-${FIRST_TAG}`);
    expect(image.config.rootfs.diff_ids).toEqual([...base.config.rootfs.diff_ids, layer?.diffId]);
    expect(image.manifest.layers.slice(0, -1)).toEqual(base.manifest.layers);
    expect(image.config.config?.Labels?.['dev.suture.base.digest']).toBe(base.descriptor.digest);
    expect(image.manifest.annotations?.['org.opencontainers.image.base.digest']).toBe(base.descriptor.digest);
    const tree = await treeOfResult(image);
    expect(tree.readText('/usr/bin/greet')).toContain('1.0-1+deb1u1');
    expect(tree.lstat('/usr/bin/greet')?.mode).toBe(0o755);
    expect(tree.readText('/etc/greet.conf')).toBe('greeting=hello\nsafe=yes\n');
    expect(tree.readText('/var/lib/greet/version')).toBe('1.0-1+deb1u1\n');
    expect(tree.readText('/usr/share/greet/words')).toBe('hello\n');
    expect(tree.lstat('/usr/lib/x86_64-linux-gnu/libgreet-old.so')).toBeUndefined();
    expect(tree.readText('/srv/app/run')).toContain('exec greet');
    const top = [...tree.walk('/')].filter(({ inode }) => inode.origin === 2 && inode.type === 'file');
    expect(top.map(({ path }) => path).filter((path) => !path.startsWith('/var/lib/dpkg/'))).toEqual([
      '/etc/greet.conf',
      '/usr/bin/greet',
      '/usr/lib/x86_64-linux-gnu/libgreet.so.1.0',
      '/usr/share/doc/libgreet1/changelog.Debian.gz',
      '/usr/share/greet/words',
      '/var/lib/greet/version',
    ]);
  });

  it('keeps a conffile that was changed in the image, and puts the new one beside it', async () => {
    const layout = await world.layout({ files: { '/etc/greet.conf': 'greeting=mine\n' } });
    patched(await world.patch(`${layout}:1`));
    const tree = await treeOfResult(await load(`${layout}:1-patched-${FIRST_TAG}`));
    expect(tree.readText('/etc/greet.conf')).toBe('greeting=mine\n');
    expect(tree.readText('/etc/greet.conf.dpkg-dist')).toBe('greeting=hello\nsafe=yes\n');
  });

  it('says the same the second time, and writes nothing', async () => {
    const layout = await world.layout();
    const first = patched(await world.patch(`${layout}:1`));
    const second = patched(await world.patch(`${layout}:1`));
    expect(second.published).toEqual({ ...first.published, outcome: 'present' });
    expect(tagsOf(layout)).toEqual(['1', `1-patched-${FIRST_TAG}`]);
  });

  it('never moves a tag', async () => {
    const layout = await world.layout();
    const before = await load(`${layout}:1`);
    expect(failure(await world.patch(`${layout}:1`, ['--tag', '1']))).toEqual({ exit: 1, code: 'TAG_EXISTS' });
    expect((await load(`${layout}:1`)).descriptor.digest).toBe(before.descriptor.digest);
    patched(await world.patch(`${layout}:1`, ['--tag', 'fixed']));
    expect(tagsOf(layout)).toEqual(['1', 'fixed']);
    const narrower = await world.patch(`${layout}:1`, ['--tag', 'fixed', '--only-packages', 'notes', '--scope', 'all']);
    expect(failure(narrower)).toEqual({ exit: 1, code: 'TAG_EXISTS' });
    expect(failure(await world.patch(`${layout}:1`, ['--tag', 'no good'])).exit).toBe(2);
  });

  it('publishes nothing with --dry-run, and has the digest all the same', async () => {
    const layout = await world.layout();
    const dry = patched(await world.patch(`${layout}:1`, ['--dry-run']));
    expect(dry.published).toBeUndefined();
    expect(tagsOf(layout)).toEqual(['1']);
    expect(patched(await world.patch(`${layout}:1`)).digest).toBe(dry.digest);
  });

  it('leaves an image alone in which nothing is to be done', async () => {
    const layout = await world.layout({ packages: greet('1.0-1+deb1u1') });
    const outcome = patched(await world.patch(`${layout}:1`, ['--detailed-exitcode']), 10);
    expect(outcome).toMatchObject({ outcome: 'nothing-to-do', digest: (await load(`${layout}:1`)).descriptor.digest });
    expect(tagsOf(layout)).toEqual(['1']);
  });

  it('publishes what can be done when a part is pending, and exits with 3', async () => {
    const layout = await world.layout({ packages: [...greet('1.0-1'), daemon('1.0')] });
    const { plan, published } = patched(await world.patch(`${layout}:1`), 3);
    expect(plan.pending.map(({ name }) => name)).toEqual(['frobd']);
    expect(published?.outcome).toBe('written');
    const tree = await treeOfResult(await load(`${layout}:1-patched-${FIRST_TAG}`));
    expect(tree.readText('/usr/sbin/frobd')).toBe('frobd 1.0\n');
  });

  it('names the result in words for a person', async () => {
    const layout = await world.layout();
    const { code, stdout } = await world.call(['patch', ...world.archive.options, `${layout}:1`]);
    expect(code).toBe(0);
    expect(stdout).toContain(`image    ${layout}:1-patched-${FIRST_TAG}\n`);
    expect(stdout).toMatch(/^digest {3}sha256:[0-9a-f]{64}$/m);
  });
});

describe('kinds of images', () => {
  it.each(['gzip', 'zstd', 'none'] as const)(
    'patches layers of compression %s to the same patch layer',
    async (compression) => {
      const layout = await world.layout({ compression });
      const { layer } = patched(await world.patch(`${layout}:1`));
      const reference = patched(await world.patch(`${await world.layout()}:1`, ['--dry-run'])).layer;
      expect(layer?.diffId).toBe(reference?.diffId);
      expect((await load(`${layout}:1-patched-${FIRST_TAG}`)).manifest.layers.at(-1)?.mediaType).toBe(
        MEDIA_TYPES.ociLayerGzip,
      );
    },
  );

  it('keeps Docker schema 2 what it is', async () => {
    const layout = await world.layout({ family: 'docker' });
    patched(await world.patch(`${layout}:1`));
    const image = await load(`${layout}:1-patched-${FIRST_TAG}`);
    expect(image.descriptor.mediaType).toBe(MEDIA_TYPES.dockerManifest);
    expect(image.manifest.layers.at(-1)?.mediaType).toBe(MEDIA_TYPES.dockerLayerGzip);
    expect(image.manifest.annotations).toBeUndefined();
    expect(image.config.config?.Labels?.['dev.suture.base.layers']).toBe('2');
  });

  it('reads a docker-archive, and writes one', async () => {
    const input = world.path('in.tar');
    await store(await world.image({ family: 'docker' }), `docker-archive:${input}:app:1`);
    const target = world.path('out.tar');
    expect(failure(await world.patch(`docker-archive:${input}`))).toEqual({ exit: 2, code: 'USAGE' });
    const outcome = patched(
      await world.patch(`docker-archive:${input}`, ['--output-image', `docker-archive:${target}:app:2`]),
    );
    const image = await load(`docker-archive:${target}:app:2`);
    expect(image.config.rootfs.diff_ids.at(-1)).toBe(outcome.layer?.diffId);
    expect((await treeOfResult(image)).readText('/usr/bin/greet')).toContain('1.0-1+deb1u1');
    const layout = `oci:${world.path('out')}`;
    expect(patched(await world.patch(`docker-archive:${input}`, ['--output-image', layout])).published?.reference).toBe(
      `${layout}:latest-patched-${FIRST_TAG}`,
    );
  });

  it('needs a choice when an index holds several images', async () => {
    expect(failure(await world.patch(`${await world.layout()}:none`)).code).toBe('IMAGE_NOT_FOUND');
    const layout = await world.layout();
    expect(failure(await world.patch(`${layout}:1`, ['--platform', 'linux/arm64'])).code).toBe('IMAGE_NOT_FOUND');
    expect(patched(await world.patch(`${layout}:1`, ['--platform', 'linux/amd64', '--dry-run'])).outcome).toBe(
      'patched',
    );
  });
});

describe('what a patch leaves behind', () => {
  it('has no temporary file in cache, layout or TMPDIR', async () => {
    const temporary = world.path('tmp');
    const { mkdirSync, readdirSync } = await import('node:fs');
    mkdirSync(temporary);
    const input = world.path('in.tar');
    await store(await world.image(), `docker-archive:${input}:app:1`);
    const { gzipSync } = await import('node:zlib');
    const { readFileSync, writeFileSync } = await import('node:fs');
    writeFileSync(`${input}.gz`, gzipSync(readFileSync(input)));
    const cache = world.path('cache');
    const layout = `oci:${world.path('out')}`;
    const options = { cache, env: { TMPDIR: temporary } };
    patched(await world.patch(`docker-archive:${input}.gz`, ['--output-image', `${layout}:x`], options));
    world.archive.server.intercept = () => ({ status: 404 });
    failure(await world.patch(`docker-archive:${input}.gz`, ['--dry-run'], { ...options, cache: world.path('cache') }));
    await world.publishFirst();
    expect(readdirSync(temporary)).toEqual([]);
    expect(leftovers(cache)).toEqual([]);
    expect(existsSync(layout.replace('oci:', ''))).toBe(true);
    expect(leftovers(layout.replace('oci:', ''))).toEqual([]);
  });
});
