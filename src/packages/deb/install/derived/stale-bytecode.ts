import type { ByteString } from '../../../../core/bytes.ts';
import type { MutableTree } from '../../../../oci/tree/types.ts';

/**
 * Removes the compiled bytecode of Python modules that were replaced or removed: `__pycache__/<module>.*.pyc` beside
 * them. Python compiles anew when needed; shipping the stale files would cost a check of
 * size and time on every import, and making new ones would put the time of the patch into the image.
 * @returns How many files were removed.
 */
export function removeStaleBytecode(tree: MutableTree, changed: readonly ByteString[]): number {
  let removed = 0;
  for (const path of changed) {
    const match = /^(\/(?:.*\/)?)([^/]+)\.py$/.exec(path);
    if (match === null) continue;
    const cache = `${match[1]}__pycache__`;
    const prefix = `${match[2]}.`;
    for (const name of tree.readdir(cache)) {
      if (!name.startsWith(prefix) || !/^[^.]+(?:\.opt-\d)?\.pyc$/.test(name.slice(prefix.length))) continue;
      tree.remove(`${cache}/${name}`);
      removed += 1;
    }
    if (tree.stat(path) === undefined && tree.stat(cache) !== undefined && tree.readdir(cache).length === 0) {
      tree.remove(cache);
    }
  }
  return removed;
}
