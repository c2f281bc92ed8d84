import { byteStringToBytes } from '../../../core/bytes.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';

const PATH = '/var/lib/apt/extended_states';

/** Records packages as automatically installed, as apt does for dependencies that an upgrade brings in. */
export function markAutomatic(
  tree: MutableTree,
  packages: readonly { readonly name: string; readonly architecture: string }[],
  sourceDate: number,
): void {
  if (packages.length === 0 || tree.stat('/var/lib/apt')?.type !== 'directory') return;
  const before = tree.readText(PATH) ?? '';
  const added = packages
    .filter(({ name, architecture }) => !before.includes(`Package: ${name}\nArchitecture: ${architecture}\n`))
    .map(({ name, architecture }) => `Package: ${name}\nArchitecture: ${architecture}\nAuto-Installed: 1\n\n`);
  if (added.length === 0) return;
  tree.writeFile(PATH, byteStringToBytes(before + added.join('')), { mode: 0o644, uid: 0, gid: 0, mtime: sourceDate });
}
