import type { ByteString } from '../../../core/bytes.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';

/** User and group names of the image itself, as a chroot's getpwnam(3) sees them. */
export interface Accounts {
  user(name: string): number | undefined;
  group(name: string): number | undefined;
}

export function readAccounts(tree: VirtualTree): Accounts {
  const users = readIds(tree.readText('/etc/passwd'));
  const groups = readIds(tree.readText('/etc/group'));
  return { user: (name) => users.get(name), group: (name) => groups.get(name) };
}

/** `name:password:id:…` lines; the first of a name counts. */
function readIds(text: ByteString | undefined): Map<string, number> {
  const ids = new Map<string, number>();
  for (const line of (text ?? '').split('\n')) {
    const [name, , id] = line.split(':');
    if (name === undefined || id === undefined || !/^\d+$/.test(id) || ids.has(name)) continue;
    ids.set(name, Number(id));
  }
  return ids;
}
