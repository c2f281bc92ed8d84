import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SutureError } from '../../core/errors/error.ts';
import { writeImage } from '../../oci/copy.ts';
import { loadImageOrIndex } from '../../oci/image.ts';
import { LayerStore } from '../../oci/layer/layer-store.ts';
import { openLocation, openSink } from '../../oci/location.ts';
import { startRegistry } from '../../oci/registry/server/index.ts';
import { openTree } from '../../oci/tree/tree.ts';
import { familyOf } from '../../patch/families.ts';
import { readOperatingSystem } from '../../patch/os-release.ts';
import { type PatchOutcome, patchImage } from '../../patch/patch-image.ts';
import type { Workspace } from '../../patch/workspace.ts';
import { type BaseImage, buildBaseImage } from './base-image.ts';
import { machineDebianSources } from './sources.ts';

export interface DemoStep {
  readonly title: string;
  readonly milliseconds: number;
}

export interface DemoResult {
  readonly codename: string;
  readonly base: BaseImage;
  readonly reference: string;
  readonly first: Extract<PatchOutcome, { kind: 'patched' }>;
  /** Packages as the result, read back from the registry into an empty cache, has them. */
  readonly readBack: ReadonlyMap<string, string>;
  readonly second: PatchOutcome;
  readonly steps: readonly DemoStep[];
}

/**
 * The whole story on this machine: build an outdated Debian image from the apt sources of the machine, push it to a registry
 * of our own, patch it there, read it back as a stranger would, and patch it again to see the same digest.
 * @throws SutureError DEMO_IMPOSSIBLE, and those of every part
 */
export async function runDemo(workspace: Workspace): Promise<DemoResult> {
  const sources = machineDebianSources();
  const directory = mkdtempSync(join(tmpdir(), 'suture-demo-'));
  const steps: DemoStep[] = [];
  const timed = async <T>(title: string, work: () => Promise<T>): Promise<T> => {
    const started = workspace.clock.now();
    const result = await work();
    steps.push({ title, milliseconds: workspace.clock.now() - started });
    return result;
  };
  const registry = await startRegistry({ directory: join(directory, 'registry'), host: '127.0.0.1', port: 0 });
  try {
    const reference = `127.0.0.1:${registry.port}/demo/web:${sources.codename}`;
    const base = await timed('build a base image of the point release', () => buildBaseImage(workspace, sources));
    await timed('push it to the embedded registry', () => push(workspace, base, reference));
    const request = { image: reference, scope: 'security' as const, onlyPackages: [], dryRun: false };
    const first = await timed('plan, patch, check and publish', () => patchImage(workspace, request));
    if (first.kind !== 'patched')
      throw new SutureError(
        'DEMO_IMPOSSIBLE',
        `the security suite of ${sources.codename} has nothing newer than the point release today`,
      );
    const patched = first.published?.reference ?? reference;
    const readBack = await timed('read it back into an empty cache', () =>
      readPackages(workspace, patched, join(directory, 'cache')),
    );
    const second = await timed('patch again: same digest', () => patchImage(workspace, request));
    return { codename: sources.codename, base, reference, first, readBack, second, steps };
  } finally {
    await registry.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function push(workspace: Workspace, base: BaseImage, reference: string): Promise<void> {
  const target = await openSink(reference, workspace.locations);
  await writeImage(base.image, target.sink, {
    progress: workspace.progress,
    ...(target.tag === undefined ? {} : { tag: target.tag }),
  });
}

/** Package versions by `name:architecture`, from the registry alone. */
async function readPackages(
  workspace: Workspace,
  reference: string,
  cache: string,
): Promise<ReadonlyMap<string, string>> {
  const location = await openLocation(reference, workspace.locations);
  const image = await loadImageOrIndex(location.source, location.target);
  if (image.kind === 'index') throw new SutureError('IMAGE_INVALID', `${reference} is an index`);
  const store = new LayerStore(cache);
  const layers = [];
  for (const layer of image.layers) layers.push(await store.expand(layer, workspace.progress));
  const tree = openTree(layers);
  const { packages } = familyOf(tree, readOperatingSystem(tree)).open(tree);
  return new Map(packages.map(({ name, architecture, version }) => [`${name}:${architecture}`, version]));
}
