import { type ByteString, compareBytes } from '../../../../core/bytes.ts';
import type { VirtualTree } from '../../../../oci/tree/types.ts';

const NAME = /^[A-Za-z0-9_:.-]*[A-Za-z0-9_:-]$/;

/**
 * The files of a `*.d` directory that apt reads, in its order: names of letters, digits, `_`, `-`, `:` and `.` that do not
 * begin or end with a period, with one of the extensions (`''`: no period in the name). apt skips all others, such as
 * `x.list.save` or `x.list~` (apt `GetListOfFilesInDir`).
 */
export function configurationFiles(
  tree: VirtualTree,
  directory: ByteString,
  extensions: readonly string[],
): readonly ByteString[] {
  return tree
    .readdir(directory)
    .filter((name) => isConfigurationName(name, extensions))
    .toSorted(compareBytes)
    .map((name) => `${directory}/${name}`)
    .filter((path) => tree.stat(path)?.type === 'file');
}

export function isConfigurationName(name: string, extensions: readonly string[]): boolean {
  if (name.startsWith('.') || !NAME.test(name)) return false;
  const period = name.lastIndexOf('.');
  return extensions.includes(period < 0 ? '' : name.slice(period + 1));
}
