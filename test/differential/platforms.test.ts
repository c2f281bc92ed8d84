import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestHex, parseDigest } from '../../src/core/digest.ts';
import { systemClock } from '../../src/core/ports.ts';
import { createHttpClient } from '../../src/net/client.ts';
import { copyImage } from '../../src/oci/copy.ts';
import { loadImage, loadImageOrIndex } from '../../src/oci/image.ts';
import { openLayout } from '../../src/oci/layout/layout.ts';
import { openLocation, openSink } from '../../src/oci/location.ts';
import type { Image, Index } from '../../src/oci/model.ts';
import { anonymous } from '../../src/oci/registry/index.ts';
import { startRegistry } from '../../src/oci/registry/server/index.ts';
import { registryOpener } from '../../src/oci/registry-opener.ts';
import { validateImage } from '../../src/oci/validate.ts';
import type { PlanDocument } from '../../src/patch/plan-document.ts';
import { treeOf } from '../e2e/support/layouts.ts';
import { callProgram, type Finished } from '../e2e/support/program.ts';
import { isManifestPut, RecordingProxy } from '../e2e/support/recording-proxy.ts';
import { debianIndex } from '../support/debian-index.ts';
import { AllowList } from './support/allow-list.ts';
import { CACHE } from './support/cache.ts';
import { compareListings } from './support/compare.ts';
import { installedPackages, readStatus, unpackWithoutScripts } from './support/foreign-dpkg.ts';
import { listTree } from './support/listing.ts';
import { missingRequirement } from './support/requirements.ts';
import { packDirectory, treeOfTar } from './support/tar-tree.ts';

const PACKAGES = ['nginx', 'curl', 'openssl', 'ca-certificates', 'perl'];
const NAME = 'team/web';

interface Platform {
  readonly platform: string;
  readonly outcome: string;
  readonly digest: string;
  readonly plan: PlanDocument;
}

interface IndexResult {
  readonly digest: string;
  readonly platforms: readonly Platform[];
  readonly published?: { readonly reference: string };
}

const missing = await missingRequirement('bookworm');
const why = missing === undefined ? '' : ` (${missing})`;

describe.skipIf(missing !== undefined)(`an index for amd64 and arm64 of the Debian archive${why}`, () => {
  const work = mkdtempSync(join(tmpdir(), 'suture-platforms-'));
  const cache = join(CACHE, 'engine');
  const http = createHttpClient({ environment: {}, version: '0', clock: systemClock });
  const openRegistry = registryOpener({ client: http, credentials: anonymous, plainHttp: true });
  let registry: Awaited<ReturnType<typeof startRegistry>>;
  let proxy: RecordingProxy;
  let reference: string;
  let result: IndexResult;
  let base: Index;

  beforeAll(async () => {
    registry = await startRegistry({ directory: join(work, 'registry'), port: 0 });
    proxy = await RecordingProxy.start(registry.url);
    reference = `${proxy.host}/${NAME}:1`;
    const layout = await openLayout((await debianIndex(['amd64', 'arm64'], PACKAGES)).layout);
    const target = await openSink(reference, { openRegistry });
    await copyImage(layout, '1', target.sink, { tag: '1' });
    base = await indexOf(reference);
    proxy.take();
    result = succeeded(await patch(reference));
  }, 600_000);
  afterAll(async () => {
    await proxy.stop();
    await registry.close();
    await http.close();
    rmSync(work, { recursive: true, force: true });
  });

  function patch(image: string, ...args: readonly string[]): Promise<Finished> {
    const line = ['patch', '--output', 'json', '--quiet', '--cache-dir', cache, ...args, image];
    return callProgram(line, { HOME: work, NO_COLOR: '1', PATH: process.env['PATH'] ?? '' });
  }

  async function open(name: string): Promise<Image | Index> {
    const location = await openLocation(name, { openRegistry });
    return loadImageOrIndex(location.source, location.target);
  }

  async function indexOf(name: string): Promise<Index> {
    const found = await open(name);
    if (found.kind !== 'index') throw new Error(`${name} is no index`);
    return found;
  }

  async function imageOf(index: Index, name: string, architecture: string): Promise<Image> {
    const entry = index.index.manifests.find(({ platform }) => platform?.architecture === architecture);
    const location = await openLocation(name, { openRegistry });
    if (entry === undefined) throw new Error(`no ${architecture} in ${name}`);
    return loadImage(location.source, entry);
  }

  async function tags(): Promise<string[]> {
    return ((await (await fetch(`${registry.url}/v2/${NAME}/tags/list`)).json()) as { tags: string[] }).tags;
  }

  it('is patched whole: children by digest, then the index under its one new tag', async () => {
    const puts = proxy
      .take()
      .filter(isManifestPut)
      .map((line) => line.split('/').at(-1) ?? '');
    const published = result.published?.reference.split(':').at(-1) ?? '';
    expect(result.platforms.map(({ platform, outcome }) => [platform, outcome])).toEqual([
      ['linux/amd64', 'patched'],
      ['linux/arm64/v8', 'patched'],
    ]);
    expect(puts.slice(0, 2).sort()).toEqual(result.platforms.map(({ digest }) => digest).sort());
    expect(puts.slice(2)).toEqual([result.digest, published]);
    expect((await tags()).sort()).toEqual(['1', published].sort());
    const after = await indexOf(result.published?.reference ?? '');
    expect(after.descriptor.digest).toBe(result.digest);
    expect(after.index.manifests.map(({ platform }) => platform)).toEqual(
      base.index.manifests.map(({ platform }) => platform),
    );
    for (const architecture of ['amd64', 'arm64'])
      await validateImage(await imageOf(after, result.published?.reference ?? '', architecture));
  });

  it('has the same upgrades for both, each of its own architecture', () => {
    const steps = result.platforms.map(({ plan }) => plan.steps.map(({ name, to }) => `${name} ${to}`).sort());
    expect(steps[0]?.length).toBeGreaterThan(5);
    expect(steps[1]).toEqual(steps[0]);
    const architectures = result.platforms.map(({ plan }) => new Set(plan.steps.map((step) => step.architecture)));
    expect(architectures).toEqual([new Set(['amd64', 'all']), new Set(['arm64', 'all'])]);
  });

  it('with --platform gives that image alone, as it is in the index; an image in gives an image out', async () => {
    const alone = succeeded(await patch(reference, '--platform', 'linux/arm64', '--tag', 'arm'));
    expect(alone.digest).toBe(result.platforms[1]?.digest);
    expect((await open(`${proxy.host}/${NAME}:arm`)).kind).toBe('image');
    const child = succeeded(await patch(`${proxy.host}/${NAME}@${base.index.manifests[1]?.digest}`, '--dry-run'));
    expect(child.digest).toBe(result.platforms[1]?.digest);
  });

  it('holds for arm64 what dpkg unpacks there without running a program', { timeout: 300_000 }, async () => {
    const root = join(work, 'root');
    mkdirSync(root);
    const before = await imageOf(base, reference, 'arm64');
    await treeOf(before, cache);
    const tar = join(cache, 'layers/sha256', `${digestHex(parseDigest(before.layers[0]?.diffId ?? ''))}.tar`);
    execFileSync('tar', ['-C', root, '-xpf', tar, '--numeric-owner', '--xattrs', '--xattrs-include=*']);
    const plan = result.platforms[1]?.plan;
    if (plan === undefined) throw new Error('no plan');
    const debs = plan.steps.map(({ file }) => join(cache, 'packages/sha256', `${digestHex(file.digest)}.deb`));
    for (const deb of debs) expect(existsSync(deb)).toBe(true);
    const clocks = { ...unpackWithoutScripts(root, debs, work), sourceDate: plan.sourceDate };
    const status = installedPackages(readStatus(root));
    packDirectory(root, join(work, 'after.tar'));
    const ours = await treeOf(
      await imageOf(await indexOf(result.published?.reference ?? ''), reference, 'arm64'),
      cache,
    );
    const allowed = AllowList.read(new URL('./platforms-allow-list.txt', import.meta.url));
    const differences = compareListings(
      listTree(await treeOfTar(join(work, 'after.tar'))),
      listTree(ours),
      clocks,
      allowed,
    );
    expect(differences).toEqual([]);
    expect(installedPackages(ours.readText('/var/lib/dpkg/status') ?? '')).toEqual(status);
  });
});

function succeeded(finished: Finished): IndexResult {
  if (finished.code !== 0 && finished.code !== 3)
    throw new Error(`exit code ${finished.code}\n${finished.stdout}${finished.stderr}`);
  return JSON.parse(finished.stdout) as IndexResult;
}
