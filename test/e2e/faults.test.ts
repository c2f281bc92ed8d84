import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRegistry } from '../../src/oci/registry/server/index.ts';
import { load, tagsOf } from './support/layouts.ts';
import { isBlobPull, isBlobUpload, isManifestPut, RecordingProxy } from './support/recording-proxy.ts';
import { FIRST_TAG, failure, leftovers, patched, World } from './support/world.ts';

const root = process.getuid?.() === 0;

let world: World;
let registry: Awaited<ReturnType<typeof startRegistry>>;
let proxy: RecordingProxy;
let name: string;
beforeAll(async () => {
  world = await World.open();
  registry = await startRegistry({ directory: world.path('registry'), port: 0 });
  proxy = await RecordingProxy.start(registry.url);
  const layout = await world.layout();
  name = `${proxy.host}/team/app:1`;
  // The base comes there as a patch of nothing would: copied by another tool's hand, here ours.
  const { copyImage } = await import('../../src/oci/copy.ts');
  const { openLocation } = await import('../../src/oci/location.ts');
  const { createHttpClient } = await import('../../src/net/client.ts');
  const { credentialStore } = await import('../../src/oci/registry/index.ts');
  const { registryOpener } = await import('../../src/oci/registry-opener.ts');
  const { silent } = await import('../../src/core/progress.ts');
  const { parseReference } = await import('../../src/oci/reference.ts');
  const client = createHttpClient({ environment: {} });
  const credentials = credentialStore({ environment: {}, progress: silent });
  const sink = await registryOpener({ client, credentials, plainHttp: 'auto' })(parseReference(name));
  const location = await openLocation(`${layout}:1`, {
    openRegistry: () => {
      throw new Error('a layout');
    },
  });
  await copyImage(location.source, location.target, sink, { tag: '1' });
  await client.close();
});
afterAll(async () => {
  await proxy.stop();
  await registry.close();
  await world.close();
});
afterEach(() => {
  proxy.fault = () => undefined;
});

async function tags(): Promise<string[]> {
  const answer = (await (await fetch(`${registry.url}/v2/team/app/tags/list`)).json()) as { tags: string[] };
  return answer.tags;
}

describe('a registry that fails', () => {
  it.each([
    [401, 'REGISTRY_UNAUTHORIZED', {}],
    [403, 'REGISTRY_DENIED', {}],
    [404, 'IMAGE_NOT_FOUND', {}],
    [429, 'RATE_LIMITED', { 'retry-after': '7200' }],
    [503, 'REGISTRY_UNAVAILABLE', { 'retry-after': '7200' }],
  ] as const)('with %i for a manifest is told by code', async (status, code, headers) => {
    proxy.fault = (method, path) =>
      /GET|HEAD/.test(method) && path.includes('/manifests/') ? { status, headers } : undefined;
    const outcome = failure(await world.patch(name, [], { cache: world.path('cache') }));
    expect(outcome).toEqual({ exit: 1, code });
    expect(await tags()).toEqual(['1']);
  });

  it('by cutting a layer is asked for the rest, and all is well', async () => {
    let cuts = 0;
    proxy.fault = (method, path) => (isBlobPull(`${method} ${path}`) && cuts++ < 2 ? { cutAfter: 100 } : undefined);
    expect(patched(await world.patch(name, ['--dry-run'], { cache: world.path('cache') })).outcome).toBe('patched');
    expect(cuts).toBeGreaterThan(1);
  });

  it.each<[string, (line: string) => boolean]>([
    ['the upload of a blob', isBlobUpload],
    ['the manifest', isManifestPut],
  ])('at %s publishes nothing', async (_, matches) => {
    const cache = world.path('cache');
    proxy.fault = (method, path) => (matches(`${method} ${path}`) ? { status: 403 } : undefined);
    expect(failure(await world.patch(name, [], { cache }))).toEqual({ exit: 1, code: 'REGISTRY_DENIED' });
    expect(await tags()).toEqual(['1']);
    expect(leftovers(cache)).toEqual([]);
  });
});

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s stops a pull that hangs, with exit code %i and nothing half-written', async (signal, code) => {
    const cache = world.path('cache');
    proxy.fault = (method, path) => (isBlobPull(`${method} ${path}`) ? { hang: true } : undefined);
    proxy.take();
    const started = Date.now();
    const finished = await world.run(world.patchLine(name), {
      cache,
      started: (child) => whenAsked(isBlobPull, () => child.kill(signal)),
    });
    expect(finished.code).toBe(code);
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(failure(finished).code).toBe('INTERRUPTED');
    expect(finished.stderr).toContain(`stopped by ${signal}`);
    expect(leftovers(cache)).toEqual([]);
    expect(await tags()).toEqual(['1']);
  });

  it('stop a download of packages', async () => {
    const cache = world.path('cache');
    let stop = () => {};
    world.archive.server.intercept = ({ url }) => {
      if (url?.startsWith('/pool/')) stop();
      return url?.startsWith('/pool/') ? { status: 503 } : undefined;
    };
    const finished = await world.run(world.patchLine(name), {
      cache,
      started: (child) => {
        // Once: a second signal ends the program on the spot.
        stop = () => {
          stop = () => {};
          child.kill('SIGTERM');
        };
      },
    });
    await world.publishFirst();
    expect([finished.code, failure(finished).code]).toEqual([143, 'INTERRUPTED']);
    expect(leftovers(cache)).toEqual([]);
  });

  it('at the last moment leave the tag list as it was', async () => {
    proxy.fault = (method, path) => (isManifestPut(`${method} ${path}`) ? { hang: true } : undefined);
    proxy.take();
    const finished = await world.run(world.patchLine(name), {
      started: (child) => whenAsked(isManifestPut, () => child.kill('SIGINT')),
    });
    expect(finished.code).toBe(130);
    expect(await tags()).toEqual(['1']);
    proxy.fault = () => undefined;
    expect(patched(await world.patch(name)).published?.outcome).toBe('written');
    expect(await tags()).toEqual(['1', `1-patched-${FIRST_TAG}`]);
  });
});

function whenAsked(matches: (line: string) => boolean, then: () => void): void {
  const timer = setInterval(() => {
    if (!proxy.requests.some(matches)) return;
    clearInterval(timer);
    then();
  }, 20);
}

describe('a disk that cannot be written', () => {
  it.skipIf(!root)('because it is full is named, and is left empty (root: tmpfs)', async () => {
    const mount = world.path('full');
    mkdirSync(mount);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', mount]);
    if (mounted.status !== 0) return;
    try {
      const layout = await world.layout();
      const cache = join(mount, 'cache');
      const finished = await world.patch(`${layout}:1`, [], { cache });
      expect(finished.code).toBe(1);
      expect(['CACHE_UNWRITABLE', 'FILE_UNWRITABLE']).toContain(failure(finished).code);
      expect(leftovers(cache)).toEqual([]);
      expect(tagsOf(layout)).toEqual(['1']);
    } finally {
      spawnSync('umount', [mount]);
    }
  });

  it('because it is a file, or is not allowed, is named', async () => {
    const layout = await world.layout();
    const file = world.path('file');
    writeFileSync(file, '');
    const outcome = failure(await world.patch(`${layout}:1`, [], { cache: join(file, 'cache') }));
    expect(outcome.exit).toBe(1);
    expect(['CACHE_UNWRITABLE', 'FILE_UNWRITABLE']).toContain(outcome.code);
    expect(tagsOf(layout)).toEqual(['1']);
  });

  it.skipIf(!root)('because HOME is read-only for this user, is named with its path (root: setpriv)', async () => {
    const home = world.path('home');
    mkdirSync(home);
    chmodSync(home, 0o555);
    chmodSync(world.directory, 0o755);
    const layout = await world.layout();
    const finished = await world.program.run(world.patchLine(`${layout}:1`), {
      env: { HOME: home },
      wrapper: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
    });
    expect(finished.stdout).toContain(home);
    expect(['CACHE_UNWRITABLE', 'FILE_UNWRITABLE']).toContain(failure(finished).code);
    expect(readdirSync(home)).toEqual([]);
    expect((await load(`${layout}:1`)).layers.length).toBe(2);
  });
});
