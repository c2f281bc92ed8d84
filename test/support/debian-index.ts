import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { machineDebianSources, sourcesList, treeOfSources } from '../../src/cli/demo/sources.ts';
import { systemClock } from '../../src/core/ports.ts';
import { silent } from '../../src/core/progress.ts';
import { createHttpClient } from '../../src/net/client.ts';
import { writeImage } from '../../src/oci/copy.ts';
import { createImage } from '../../src/oci/create.ts';
import { layerEntries } from '../../src/oci/layer/layer-entries.ts';
import { packLayer } from '../../src/oci/layer/pack-layer.ts';
import { type Layout, openLayout } from '../../src/oci/layout/layout.ts';
import { type Descriptor, MEDIA_TYPES } from '../../src/oci/model.ts';
import { bootstrapRoot } from '../../src/packages/deb/bootstrap/bootstrap.ts';
import { openDebRepositories } from '../../src/packages/deb/repository/open-repositories.ts';
import { CACHE, identityOf } from '../differential/support/cache.ts';

export interface DebianIndex {
  /** Directory of an OCI layout: tag `1` is the index, and each architecture's name is that image alone. */
  readonly layout: string;
  /** Names the content. */
  readonly identity: string;
}

/**
 * An index of Debian images of the point release, without their security updates, one per architecture; made by the
 * bootstrap of this project from the repositories that this machine's apt has, and kept by what it is made of.
 */
export async function debianIndex(
  architectures: readonly string[],
  packages: readonly string[],
  parent = CACHE,
): Promise<DebianIndex> {
  const sources = machineDebianSources();
  const release = await releaseDate(sources.release.uri, sources.release.suite);
  const identity = identityOf([architectures, packages, sources.all.map(({ uri, suite }) => [uri, suite]), release]);
  const target = join(parent, `index-${identity}`);
  if (existsSync(target)) return { layout: target, identity };
  mkdirSync(parent, { recursive: true });
  const partial = `${target}.part-${process.pid}`;
  const http = createHttpClient({ environment: process.env });
  try {
    const layout = await openLayout(partial, { create: true });
    const cacheDirectory = join(parent, 'engine');
    const entries: Descriptor[] = [];
    for (const architecture of architectures)
      entries.push(await addImage(layout, http, cacheDirectory, architecture, packages));
    const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: entries };
    await layout.putManifest(Buffer.from(JSON.stringify(index)), MEDIA_TYPES.ociIndex, '1');
    renameSync(partial, target);
  } finally {
    await http.close();
    rmSync(partial, { recursive: true, force: true });
  }
  return { layout: target, identity };
}

async function addImage(
  layout: Layout,
  http: ReturnType<typeof createHttpClient>,
  cacheDirectory: string,
  architecture: string,
  packages: readonly string[],
): Promise<Descriptor> {
  const sources = machineDebianSources();
  const repositories = await openDebRepositories(
    treeOfSources([sources.release]),
    { architecture, foreignArchitectures: [] },
    { http, cacheDirectory, clock: systemClock, progress: silent },
  );
  const sourceDate = Math.floor(Date.parse(repositories.repositories[0]?.date ?? '') / 1000);
  const root = await bootstrapRoot(repositories, {
    architecture,
    packages,
    sourceDate,
    cacheDirectory,
    progress: silent,
  });
  try {
    const list = Buffer.from(sourcesList(sources.all));
    root.tree.writeFile('/etc/apt/sources.list', list, { mode: 0o644, uid: 0, gid: 0, mtime: sourceDate });
    const layer = await packLayer(layerEntries(root.tree, { sourceDate }), { cacheDir: cacheDirectory });
    const created = new Date(sourceDate * 1000).toISOString();
    const image = createImage({ architecture, created, createdBy: 'point release', layer, runtime: { Cmd: ['sh'] } });
    await writeImage(image, layout, { tag: architecture });
    const variant = architecture === 'arm64' ? { variant: 'v8' } : {};
    return { ...image.descriptor, platform: { os: 'linux', architecture, ...variant } };
  } finally {
    root.close();
  }
}

async function releaseDate(uri: string, suite: string): Promise<string> {
  const response = await fetch(`${uri.replace(/\/$/, '')}/dists/${suite}/InRelease`);
  return /^Date: .*$/m.exec(await response.text())?.[0] ?? '';
}
