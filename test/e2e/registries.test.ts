import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRegistry } from '../../src/oci/registry/server/index.ts';
import { isInstalled, run, startDockerRegistry } from '../servers/programs.ts';
import { hasTool } from '../support/images.ts';
import { store } from './support/base-image.ts';
import { diskPicture, treePicture } from './support/compare-tree.ts';
import { load, treeOf } from './support/layouts.ts';
import { isBlobPull, isBlobUpload, isManifestPut, RecordingProxy } from './support/recording-proxy.ts';
import { FIRST_TAG, failure, LATER_SECURITY, LATER_TAG, patched, World } from './support/world.ts';

const skopeo = isInstalled('skopeo');
const umoci = isInstalled('umoci') && process.getuid?.() === 0;

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

const COPY = ['--insecure-policy', 'copy', '-q', '--src-tls-verify=false', '--dest-tls-verify=false'];

const KINDS = [
  {
    kind: 'the embedded registry',
    usable: skopeo,
    start: async () => {
      const { host, close } = await startRegistry({ directory: world.path('registry'), port: 0 });
      return { host, close };
    },
  },
  {
    kind: "Debian's docker-registry",
    usable: skopeo && hasTool('docker-registry'),
    start: () => startDockerRegistry(),
  },
];

for (const { kind, usable, start } of KINDS) {
  describe.skipIf(!usable)(`${kind} (Debian packages skopeo, docker-registry, umoci)`, () => {
    let registry: { readonly host: string; close(): Promise<void> };
    let proxy: RecordingProxy;
    beforeAll(async () => {
      registry = await start();
      proxy = await RecordingProxy.start(`http://${registry.host}`);
    });
    afterAll(async () => {
      await proxy.stop();
      await registry.close();
    });

    /** Pushes an image with skopeo; returns its name in the registry. */
    async function push(repository: string, family: 'oci' | 'docker'): Promise<string> {
      const name = `${proxy.host}/${repository}:1`;
      // skopeo takes Docker schema 2 for what it is from an archive only.
      const stored = family === 'oci' ? `oci:${world.path('in')}:1` : `docker-archive:${world.path('in.tar')}:app:1`;
      await store(await world.image({ family }), stored);
      await run('skopeo', [...COPY, stored, `docker://${name}`]);
      return name;
    }

    it.each(['oci', 'docker'] as const)('holds a patched %s image that other tools read as we do', async (family) => {
      const name = await push(`team/${family}`, family);
      const outcome = patched(await world.patch(name));
      const reference = `${name}-patched-${FIRST_TAG}`;
      expect(outcome.published).toEqual({ reference, digest: outcome.digest, outcome: 'written' });
      const inspected = JSON.parse(
        (await run('skopeo', ['inspect', '--tls-verify=false', `docker://${reference}`])).stdout,
      ) as { Digest: string; Layers: string[]; Labels: Record<string, string> };
      expect(inspected.Digest).toBe(outcome.digest);
      expect(inspected.Layers.at(-1)).toBe(outcome.layer?.digest);
      expect(inspected.Labels['dev.suture.base.digest']).toBe(outcome.plan.base.digest);
      const back = world.path('back');
      await run('skopeo', [...COPY, `docker://${reference}`, `oci:${back}:x`]);
      const tree = await treeOf(await load(`oci:${back}:x`), join(world.directory, 'reading'));
      expect(tree.readText('/usr/bin/greet')).toContain('1.0-1+deb1u1');
      if (!umoci) return;
      const bundle = world.path('bundle');
      await run('umoci', ['unpack', '--image', `${back}:x`, bundle]);
      expect(diskPicture(join(bundle, 'rootfs'))).toEqual(treePicture(tree));
    });

    it('gets the patch layer and config only, and gives each base layer once', async () => {
      const name = await push('team/once', 'oci');
      proxy.take();
      const cache = world.path('cache');
      const first = patched(await world.patch(name, [], { cache }));
      const log = proxy.take();
      expect(log.filter((line) => line.startsWith('PUT ') && isBlobUpload(line)).length).toBe(2);
      // By digest, then under the tag.
      expect(log.filter(isManifestPut)).toEqual(
        [first.digest, `1-patched-${FIRST_TAG}`].map((target) => `PUT /v2/team/once/manifests/${target}`),
      );
      const { config, layers } = (await world.image()).manifest;
      const pulls = (lines: readonly string[]) =>
        lines.filter((line) => isBlobPull(line) && !line.endsWith(config.digest)).sort();
      expect(pulls(log)).toEqual(layers.map(({ digest }) => `GET /v2/team/once/blobs/${digest}`).sort());
      const second = patched(await world.patch(name, [], { cache }));
      const again = proxy.take();
      expect(second.published).toEqual({ ...first.published, outcome: 'present' });
      expect(again.filter((line) => isBlobUpload(line) || isManifestPut(line))).toEqual([]);
      expect(pulls(again)).toEqual([]);
    });

    it('never gets a moved tag, and nothing from a dry run', async () => {
      const name = await push('team/tags', 'oci');
      proxy.take();
      expect(failure(await world.patch(name, ['--tag', '1']))).toEqual({ exit: 1, code: 'TAG_EXISTS' });
      patched(await world.patch(name, ['--dry-run']));
      expect(proxy.take().filter((line) => isBlobUpload(line) || isManifestPut(line))).toEqual([]);
      const { stdout } = await run('skopeo', ['list-tags', '--tls-verify=false', `docker://${proxy.host}/team/tags`]);
      expect((JSON.parse(stdout) as { Tags: string[] }).Tags).toEqual(['1']);
    });

    it('gives an image to an archive and a layout, and takes one from them', async () => {
      const name = await push('team/moves', 'docker');
      const archive = world.path('out.tar');
      const out = patched(await world.patch(name, ['--output-image', `docker-archive:${archive}:team/app:2`]));
      const raw = await run('skopeo', ['inspect', '--raw', `docker-archive:${archive}:team/app:2`]);
      const layers = (JSON.parse(raw.stdout) as { layers: unknown[] }).layers;
      expect(layers.length).toBe(3);
      const config = await run('skopeo', ['inspect', '--config', `docker-archive:${archive}:team/app:2`]);
      const diffIds = (JSON.parse(config.stdout) as { rootfs: { diff_ids: string[] } }).rootfs.diff_ids;
      expect(diffIds.at(-1)).toBe(out.layer?.diffId);
      const input = world.path('in.tar');
      await store(await world.image({ family: 'docker' }), `docker-archive:${input}:app:1`);
      const into = await world.patch(`docker-archive:${input}:app:1`, ['--output-image', `${proxy.host}/team/loaded`]);
      expect(patched(into).published?.reference).toBe(`${proxy.host}/team/loaded:1-patched-${FIRST_TAG}`);
      const layout = `oci:${world.path('out')}:z`;
      const there = patched(await world.patch(name, ['--output-image', layout])).digest;
      expect((await load(layout)).descriptor.digest).toBe(there);
    });
  });
}

describe('suture registry serve', () => {
  it('serves what is patched into it, again from its lineage, and stops on SIGTERM', async () => {
    const directory = mkdtempSync(join(world.directory, 'serve-'));
    let stop = () => {};
    let told: (url: string) => void = () => {};
    const url = new Promise<string>((resolve) => {
      told = resolve;
    });
    const ended = world.run(['registry', 'serve', directory, '--listen', '127.0.0.1:0', '--output', 'json'], {
      started: (child) => {
        stop = () => void child.kill('SIGTERM');
        child.stdout?.on('data', (chunk: Buffer) => told((JSON.parse(chunk.toString()) as { url: string }).url));
      },
    });
    const host = (await url).replace('http://', '');
    try {
      const base = await world.layout();
      const into = await world.patch(`${base}:1`, ['--output-image', `${host}/team/app:1-patched-${FIRST_TAG}`]);
      expect(patched(into).published?.outcome).toBe('written');
      await world.archive.publish(LATER_SECURITY);
      // The base itself was never pushed there, so it is taken out of the patched image.
      const again = patched(await world.patch(`${host}/team/app:1-patched-${FIRST_TAG}`));
      expect([again.lineage, again.plan.base.digest]).toEqual(['repatch', (await load(`${base}:1`)).descriptor.digest]);
      expect(again.published?.reference).toBe(`${host}/team/app:1-patched-${LATER_TAG}`);
      const tags = (await (await fetch(`http://${host}/v2/team/app/tags/list`)).json()) as { tags: string[] };
      expect(tags.tags).toEqual([`1-patched-${FIRST_TAG}`, `1-patched-${LATER_TAG}`]);
    } finally {
      stop();
    }
    expect((await ended).code).toBe(143);
    await world.publishFirst();
    rmSync(directory, { recursive: true });
  });
});
