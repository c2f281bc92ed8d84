import type { Sbom } from '../knowledge/sbom/subject.ts';
import { writeCycloneDx } from '../knowledge/sbom/write-cyclonedx.ts';
import { writeSpdx } from '../knowledge/sbom/write-spdx.ts';
import { FactsCache } from '../packages/inventory/facts-cache.ts';
import { inventoryOf } from '../packages/inventory/inventory.ts';
import { interruptible } from '../patch/interruption.ts';
import { openImage } from '../patch/open-image.ts';
import type { Invocation } from './definition.ts';
import { renderInventory } from './render/inventory.ts';
import { useColor } from './terminal/color.ts';
import { withWorkspace } from './workspace.ts';

const POLICY = 4;

/** `suture inventory`: what is installed in an image as it is, also where it is the result of a patch. */
export async function runInventory(invocation: Invocation): Promise<number> {
  const { args, options } = invocation;
  return withWorkspace(invocation, async (workspace) => {
    const platform = typeof options['platform'] === 'string' ? options['platform'] : undefined;
    const opened = await openImage(workspace, args[0] ?? '', platform);
    try {
      const { given } = opened;
      const layers = given.layers.map((layer) => ({
        ...layer,
        compressed: () => interruptible(layer.compressed(), workspace.signal),
      }));
      const image = await inventoryOf(layers, {
        store: workspace.layers,
        facts: new FactsCache(workspace.cacheDirectory),
        progress: workspace.progress,
      });
      const subject = {
        name: opened.name,
        digest: given.descriptor.digest,
        diffIds: given.layers.map(({ diffId }) => diffId),
        created: given.config.created ?? '',
        toolVersion: workspace.toolVersion,
      };
      invocation.terminal.stdout.write(render(invocation, { subject, image }));
      return image.problems.length === 0 ? 0 : POLICY;
    } finally {
      await opened.location.close();
    }
  });
}

function render({ terminal, options, environment }: Invocation, sbom: Sbom): string {
  switch (options['format'] ?? options['output']) {
    case 'cyclonedx':
      return writeCycloneDx(sbom);
    case 'spdx':
      return writeSpdx(sbom);
    case 'json': {
      const { name, digest } = sbom.subject;
      return `${JSON.stringify({ kind: 'Inventory', image: name, digest, ...sbom.image }, null, 2)}\n`;
    }
    default:
      return renderInventory(sbom, {
        columns: terminal.stdout.columns,
        color: useColor(terminal.stdout, options, environment),
        verbose: options['verbose'] === true,
      });
  }
}
