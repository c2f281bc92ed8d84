import type { ByteString } from '../../../core/bytes.ts';
import { checksumOnDisk } from './disk-checksum.ts';
import { type PackageState, pathOf } from './packages.ts';
import { isProtected } from './protected-paths.ts';
import type { ApkState } from './state.ts';
import { prepareDirectory } from './unpack.ts';

/**
 * Removes what is left of an old package: files that no package took over, in protected directories only unchanged ones, and
 * directories that nobody lists any more and that are empty.
 * @param placed resolved paths of the new package's files: where a directory became a symlink or the other way round, an old
 * name may now lead to a new file, which stays (as since apk 3; apk 2 removed it)
 */
export function purgePackage(state: ApkState, old: PackageState, placed: ReadonlySet<ByteString>): void {
  for (const { state: directory, files } of old.directories.values()) {
    directory.modified = true;
    const keepsChanged = isProtected(directory.protection);
    for (const file of files) {
      const relative = pathOf(file);
      const path = `/${relative}`;
      const resolved = state.tree.resolveParent(path);
      const isUnchanged = file.checksum !== undefined && checksumOnDisk(state.tree, path) === file.checksum;
      const isNew = resolved !== undefined && placed.has(resolved);
      if (!isNew && (!keepsChanged || isUnchanged)) unlink(state, path);
      if (keepsChanged && state.database.dialect.isVersion3) unlink(state, `${path}.apk-new`);
      state.files.delete(relative);
    }
    files.clear();
    prepareDirectory(state, directory, undefined);
    state.directories.release(directory, (gone) => rmdir(state, `/${gone}`));
  }
  old.directories.clear();
}

function unlink({ tree }: ApkState, path: ByteString): void {
  const inode = tree.lstat(path);
  if (inode !== undefined && inode.type !== 'directory') tree.remove(path);
}

function rmdir({ tree }: ApkState, path: ByteString): void {
  if (tree.lstat(path)?.type === 'directory' && tree.readdir(path).length === 0) tree.remove(path);
}
