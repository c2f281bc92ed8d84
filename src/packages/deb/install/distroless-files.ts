import type { ByteString } from '../../../core/bytes.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';

/** Whether a new file of a package belongs into an image that may hold only a part of the package. */
export type Belonging = 'yes' | 'no' | 'unknown';

/**
 * What an image without dpkg holds of a package: builders leave out documentation, or take a single file. Only the old
 * version's md5sums tell which files there could be, so new ones are judged by their neighbours: in the nearest directory
 * that the old version had files in, were all of them there, none, or some?
 */
export class PresentFiles {
  readonly #byDirectory = new Map<ByteString, { present: number; all: number }>();

  constructor(tree: VirtualTree, old: Iterable<ByteString>) {
    for (const path of old) {
      const present = tree.lstat(path) !== undefined;
      for (let directory = parent(path); ; directory = parent(directory)) {
        const count = this.#byDirectory.get(directory) ?? { present: 0, all: 0 };
        count.all += 1;
        if (present) count.present += 1;
        this.#byDirectory.set(directory, count);
        if (directory === '/') break;
      }
    }
  }

  belongs(path: ByteString): Belonging {
    for (let directory = parent(path); ; directory = parent(directory)) {
      const count = this.#byDirectory.get(directory);
      if (count !== undefined) return count.present === count.all ? 'yes' : count.present === 0 ? 'no' : 'unknown';
      // Nothing of the package was registered with sums at all: it was whole, as far as is known.
      if (directory === '/') return 'yes';
    }
  }
}

function parent(path: ByteString): ByteString {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}
