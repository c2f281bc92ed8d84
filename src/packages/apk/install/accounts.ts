import type { ByteString } from '../../../core/bytes.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';

const LIMIT = 16 * 1024 * 1024;

/** Ids by name as passwd and group of the image have them now; names that are not there keep the number in the package. */
export class Accounts {
  readonly #users: ReadonlyMap<ByteString, number>;
  readonly #groups: ReadonlyMap<ByteString, number>;

  constructor(tree: VirtualTree) {
    this.#users = ids(tree.readText('/etc/passwd', LIMIT));
    this.#groups = ids(tree.readText('/etc/group', LIMIT));
  }

  user(name: ByteString, otherwise: number): number {
    return this.#users.get(name) ?? otherwise;
  }

  group(name: ByteString, otherwise: number): number {
    return this.#groups.get(name) ?? otherwise;
  }
}

function ids(text: ByteString = ''): ReadonlyMap<ByteString, number> {
  const found = new Map<ByteString, number>();
  for (const line of text.split('\n')) {
    const [name = '', , id = ''] = line.split(':');
    if (/^\d{1,10}$/.test(id) && !found.has(name)) found.set(name, Number(id));
  }
  return found;
}
