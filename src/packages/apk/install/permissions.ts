import { applyOwner, DEFAULT_DIRECTORY, type DirectoryState, resetOwner } from './directories.ts';
import type { ApkState } from './state.ts';

/** At the end directories whose packages changed get owner and mode that the packages now agree on. */
export function updateDirectoryPermissions(state: ApkState): void {
  const seen = new Set<DirectoryState>();
  for (const { directories } of state.packages) {
    for (const { state: directory, acl } of directories.values()) {
      if (!directory.updatePermissions) continue;
      if (!seen.has(directory)) resetOwner(directory);
      seen.add(directory);
      applyOwner(directory, acl ?? DEFAULT_DIRECTORY);
    }
  }
  for (const directory of seen) {
    const path = `/${directory.path}`;
    const { uid, gid, mode } = directory.owner;
    const present = state.tree.stat(path);
    if (directory.references === 0 || directory.path === '' || present === undefined) continue;
    if (present.mode !== (mode & 0o7777)) state.tree.setMetadata(path, { mode: mode & 0o7777 });
    if (present.uid !== uid || present.gid !== gid) state.tree.setMetadata(path, { uid, gid });
  }
}
