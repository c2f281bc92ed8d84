import type { ByteString } from '../../../core/bytes.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { ADMIN, lines } from './admin-file.ts';

/** triggers/Unincorp: triggers that were activated but not yet given to the packages interested, each with who waits for it (`-` nobody). */
export function readUnincorporatedTriggers(tree: VirtualTree): ReadonlyMap<ByteString, readonly string[]> {
  const pending = new Map<ByteString, readonly string[]>();
  for (const line of lines(tree.readText(`${ADMIN}/triggers/Unincorp`))) {
    const [trigger = '', ...packages] = line.split(' ').filter((word) => word !== '');
    if (trigger !== '') pending.set(trigger, packages);
  }
  return pending;
}
