import type { ByteString } from '../../../core/bytes.ts';

/** Names one installed instance of a package: `name:architecture`. */
export type PackageKey = string;

/**
 * Which packages list which path, kept in step while packages are applied. dpkg asks it for conflicts, shared
 * directories and conffiles that move between packages.
 */
export class FileOwners {
  readonly #lists = new Map<PackageKey, readonly ByteString[]>();
  readonly #owners = new Map<ByteString, Set<PackageKey>>();

  /** Paths of a package in the order of its `.list`; empty for an unknown package. */
  list(key: PackageKey): readonly ByteString[] {
    return this.#lists.get(key) ?? [];
  }

  setList(key: PackageKey, paths: readonly ByteString[]): void {
    for (const path of this.list(key)) this.#owners.get(path)?.delete(key);
    this.#lists.set(key, paths);
    for (const path of paths) {
      const owners = this.#owners.get(path);
      if (owners === undefined) this.#owners.set(path, new Set([key]));
      else owners.add(key);
    }
  }

  of(path: ByteString): readonly PackageKey[] {
    return [...(this.#owners.get(path) ?? [])];
  }

  /** Somebody else than `key` lists the path. */
  isShared(path: ByteString, key: PackageKey): boolean {
    const owners = this.#owners.get(path);
    return owners !== undefined && owners.size > (owners.has(key) ? 1 : 0);
  }
}
