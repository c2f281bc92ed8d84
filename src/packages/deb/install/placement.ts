import type { ByteString } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import type { Diversion } from '../database/diversions.ts';

/** Diversions of the image (dpkg-divert(1)) by the path they divert, and by where it goes. */
export class Diversions {
  readonly #byPath: ReadonlyMap<ByteString, Diversion>;
  readonly #byTarget: ReadonlyMap<ByteString, Diversion>;

  constructor(diversions: readonly Diversion[]) {
    this.#byPath = new Map(diversions.map((diversion) => [diversion.from, diversion]));
    this.#byTarget = new Map(diversions.map((diversion) => [diversion.to, diversion]));
  }

  /** Where a package's file goes: the diverted place, unless the package itself made the diversion (dpkg namenodetouse). */
  place(path: ByteString, packageName: string): ByteString {
    const diversion = this.#byPath.get(path);
    return diversion === undefined || diversion.package === packageName ? path : diversion.to;
  }

  /** The package that diverts a path, `undefined` when nobody does, `:` for the administrator. */
  divertedBy(path: ByteString): string | undefined {
    return this.#byPath.get(path)?.package;
  }

  /** @throws SutureError FILE_CONFLICT when a package ships a path to which another one was diverted. */
  refuseTarget(path: ByteString, packageName: string): void {
    const diversion = this.#byTarget.get(path);
    if (diversion === undefined) return;
    throw new SutureError(
      'FILE_CONFLICT',
      `${packageName} ships ${path}, which is the diverted version of ${diversion.from} (${diversion.package})`,
    );
  }
}

/** Where a conffile really lies: its last component followed through symlinks (dpkg conffderef). Undefined when it is no regular file. */
export function dereferenceConffile(tree: VirtualTree, path: ByteString): ByteString | undefined {
  let current = path;
  for (let depth = 0; depth < 25; depth++) {
    const inode = tree.lstat(current);
    if (inode === undefined || inode.type === 'file') return current;
    if (inode.type !== 'symlink' || inode.target === undefined) return undefined;
    const slash = current.lastIndexOf('/');
    current = inode.target.startsWith('/') ? inode.target : `${current.slice(0, slash)}/${inode.target}`;
  }
  return undefined;
}
