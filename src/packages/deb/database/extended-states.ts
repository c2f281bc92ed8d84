import type { VirtualTree } from '../../../oci/tree/types.ts';
import { parseParagraphs } from '../control/paragraphs.ts';

/** Packages that apt installed as a dependency only, as `name:architecture`. @throws SutureError DATABASE_UNREADABLE */
export function readAutoInstalled(tree: VirtualTree): ReadonlySet<string> {
  const what = '/var/lib/apt/extended_states';
  const paragraphs = parseParagraphs(tree.readText(what) ?? '', { what, code: 'DATABASE_UNREADABLE', lax: true });
  return new Set(
    paragraphs
      .filter((paragraph) => paragraph.get('Auto-Installed') === '1')
      .map((paragraph) => `${paragraph.get('Package') ?? ''}:${paragraph.get('Architecture') ?? ''}`),
  );
}
