import { step } from '../../core/progress.ts';
import { createImage } from '../../oci/create.ts';
import { layerEntries } from '../../oci/layer/layer-entries.ts';
import { packLayer } from '../../oci/layer/pack-layer.ts';
import type { Image } from '../../oci/model.ts';
import type { MutableTree } from '../../oci/tree/types.ts';
import { bootstrapRoot } from '../../packages/deb/bootstrap/bootstrap.ts';
import { openDebRepositories } from '../../packages/deb/repository/open-repositories.ts';
import { accessOf } from '../../patch/plan-image.ts';
import type { Workspace } from '../../patch/workspace.ts';
import { type DebianSources, sourcesList, treeOfSources } from './sources.ts';

const PACKAGES = ['nginx', 'curl', 'openssl', 'ca-certificates', 'perl'];
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export interface BaseImage {
  readonly image: Image;
  readonly packages: number;
  readonly size: number;
  /** Scripts of the installation that were passed over. */
  readonly skippedScripts: readonly string[];
}

/** A web server image as it was when the point release came out: the packages of the release, none of its later fixes. */
export async function buildBaseImage(workspace: Workspace, sources: DebianSources): Promise<BaseImage> {
  const architecture = ARCHITECTURES[process.arch] ?? 'amd64';
  const repositories = await openDebRepositories(
    treeOfSources([sources.release]),
    { architecture, foreignArchitectures: [] },
    accessOf(workspace),
  );
  const date = repositories.repositories[0]?.date ?? '1970-01-01T00:00:00Z';
  const sourceDate = Math.floor(Date.parse(date) / 1000);
  const root = await bootstrapRoot(repositories, {
    architecture,
    packages: PACKAGES,
    sourceDate,
    cacheDirectory: workspace.cacheDirectory,
    progress: workspace.progress,
  });
  try {
    finishRoot(root.tree, sources, sourceDate);
    const layer = await step(workspace.progress, 'base-layer', 'writing the base layer', () =>
      packLayer(layerEntries(root.tree, { sourceDate }), { cacheDir: workspace.cacheDirectory }),
    );
    const created = new Date(sourceDate * 1000).toISOString().replace('.000Z', 'Z');
    const runtime = {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: ['nginx', '-g', 'daemon off;'],
      Labels: { 'org.opencontainers.image.title': 'demo web server' },
    };
    const image = createImage({
      architecture,
      created,
      createdBy: `suture demo: ${root.packages.length} packages of ${sources.codename}`,
      layer,
      runtime,
    });
    return {
      image,
      packages: root.packages.length,
      size: layer.size,
      skippedScripts: root.skipped.map((entry) => `${entry.package} ${entry.script}: ${entry.reason}`),
    };
  } finally {
    root.close();
  }
}

/** What a base image has besides its packages: sources with the security suite, and no services started by package scripts. */
function finishRoot(tree: MutableTree, sources: DebianSources, mtime: number): void {
  const owned = (mode: number) => ({ mode, uid: 0, gid: 0, mtime });
  tree.writeFile('/etc/apt/sources.list', Buffer.from(sourcesList(sources.all)), owned(0o644));
  tree.writeFile('/usr/sbin/policy-rc.d', Buffer.from('#!/bin/sh\nexit 101\n'), owned(0o755));
}
