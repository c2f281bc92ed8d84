import type { ByteString } from '../../../core/bytes.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';
import type { Conffile } from '../types.ts';
import type { ConffileList } from './conffile-list.ts';
import { NEW_CONFFILE } from './conffile-list.ts';
import type { FileOwners, PackageKey } from './file-owners.ts';
import type { Diversions } from './placement.ts';
import type { Unpacked } from './unpack.ts';

export interface RemovalContext {
  readonly tree: MutableTree;
  readonly key: PackageKey;
  readonly name: string;
  readonly owners: FileOwners;
  readonly diversions: Diversions;
  readonly conffiles: ConffileList;
  /** Conffiles that the old version had, as recorded. */
  readonly oldConffiles: readonly Conffile[];
  /** Called with the path on disk of everything that was removed, for file triggers. */
  removed(path: ByteString): void;
}

/**
 * Removes what the old version listed and the new one does not ship, last listed first (dpkg src/main/unpack.c,
 * pkg_remove_old_files). A file that is the same inode as one of the new version (the same place under another name, as
 * with a merged /usr) stays; a conffile stays and becomes obsolete, listed last; a directory goes only when empty and
 * nobody else's.
 */
export function removeOldFiles(oldList: readonly ByteString[], unpacked: Unpacked, context: RemovalContext): void {
  const onDisk = new InodesOfNewFiles(context.tree, unpacked);
  const marked = new Set(context.conffiles.entries.filter((c) => c.removeOnUpgrade).map((c) => c.path));
  for (const path of oldList.toReversed()) {
    if (context.conffiles.shipped.has(path) || marked.has(path) || unpacked.shipped.has(path)) continue;
    removeOldPath(path, unpacked, onDisk, context);
  }
}

function removeOldPath(path: ByteString, unpacked: Unpacked, onDisk: InodesOfNewFiles, context: RemovalContext): void {
  const { tree, owners, key } = context;
  const place = context.diversions.place(path, context.name);
  if (tree.stat(place)?.type === 'directory' && owners.isShared(path, key)) return;
  const inode = tree.lstat(place);
  if (inode === undefined) return;
  if (inode.type === 'directory') {
    context.removed(place);
    if (place !== '/.' && tree.readdir(place).length === 0) tree.remove(place);
    return;
  }
  const same = onDisk.find(inode.ino);
  const recorded = context.oldConffiles.find((conffile) => conffile.path === path);
  if (recorded !== undefined) keepObsolete(recorded, same, unpacked, context);
  else if (same === undefined) {
    context.removed(place);
    tree.remove(place);
  }
}

/** The hash moves along when the conffile only changed its name; else it is kept as obsolete. */
function keepObsolete(
  recorded: Conffile,
  same: ByteString | undefined,
  unpacked: Unpacked,
  context: RemovalContext,
): void {
  const { entries } = context.conffiles;
  if (same === undefined) {
    entries.push({ ...recorded, obsolete: true, removeOnUpgrade: false });
    unpacked.list.push(recorded.path);
    return;
  }
  const index = entries.findIndex((entry) => entry.path === same);
  const entry = entries[index];
  if (entry?.md5 === NEW_CONFFILE) entries[index] = { ...entry, md5: recorded.md5 };
}

/** Inode → path of the new version, read when first needed: most upgrades remove nothing. */
class InodesOfNewFiles {
  readonly #tree: MutableTree;
  readonly #unpacked: Unpacked;
  #paths: Map<number, ByteString> | undefined;

  constructor(tree: MutableTree, unpacked: Unpacked) {
    this.#tree = tree;
    this.#unpacked = unpacked;
  }

  find(ino: number): ByteString | undefined {
    this.#paths ??= this.#read();
    return this.#paths.get(ino);
  }

  #read(): Map<number, ByteString> {
    const paths = new Map<number, ByteString>();
    for (const path of this.#unpacked.list) {
      const inode = this.#unpacked.excluded.has(path) ? undefined : this.#tree.lstat(path);
      if (inode !== undefined) paths.set(inode.ino, path);
    }
    return paths;
  }
}
