import type { ScanSubject } from '../knowledge/scan/subject.ts';
import { artifactId } from '../knowledge/trivy-db/matching/identity.ts';
import { formatReference } from '../oci/reference.ts';
import { FactsCache } from '../packages/inventory/facts-cache.ts';
import { inventoryOf } from '../packages/inventory/inventory.ts';
import { interruptible } from './interruption.ts';
import type { OpenedImage } from './open-image.ts';
import type { Workspace } from './workspace.ts';

/** The image as it is, also where it is the result of a patch, for a scan: what it is called, and what is installed. */
export async function scanSubject(workspace: Workspace, opened: OpenedImage): Promise<ScanSubject> {
  const { given, name, location } = opened;
  const layers = given.layers.map((layer) => ({
    ...layer,
    compressed: () => interruptible(layer.compressed(), workspace.signal),
  }));
  const image = await inventoryOf(layers, {
    store: workspace.layers,
    facts: new FactsCache(workspace.cacheDirectory),
    progress: workspace.progress,
  });
  const imageId = given.manifest.config.digest;
  const named = location.name.kind === 'registry' ? location.name : undefined;
  const reference = named && formatReference(named);
  const { os, architecture, variant } = given.config;
  const repository = named && `${named.host}/${named.repository}`;
  const artifact = {
    name,
    type: 'container_image' as const,
    id: artifactId(imageId, reference),
    imageId,
    digest: given.descriptor.digest,
    ...(reference === undefined ? {} : { reference }),
    repoTags: named?.tag === undefined ? [] : [`${repository}:${named.tag}`],
    repoDigests: repository === undefined ? [] : [`${repository}@${given.descriptor.digest}`],
    diffIds: given.config.rootfs.diff_ids,
    layers: given.layers.map(({ descriptor, diffId }) => ({
      digest: descriptor.digest,
      diffId,
      size: descriptor.size,
    })),
    config: JSON.parse(Buffer.from(given.rawConfig).toString('utf8')) as Record<string, unknown>,
    platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
  };
  return { artifact, image };
}
