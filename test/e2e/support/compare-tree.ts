import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { VirtualTree } from '../../../src/oci/tree/types.ts';

/** One line per path: type, permissions, owner and content, without the time of directories (appliers differ). */
export function treePicture(tree: VirtualTree): string[] {
  return [...tree.walk('/')]
    .map(({ path, inode }) => {
      const content = inode.type === 'file' ? tree.readText(path) : (inode.target ?? '');
      return line(path, inode.type, inode.type === 'symlink' ? 0 : inode.mode, inode.uid, inode.gid, content ?? '');
    })
    .sort();
}

/** The same of an unpacked root. */
export function diskPicture(root: string): string[] {
  return below(root, '')
    .map((path) => {
      const full = join(root, path);
      const status = lstatSync(full);
      const { mode, uid, gid } = status;
      if (status.isSymbolicLink()) return line(path, 'symlink', 0, uid, gid, readlinkSync(full, 'latin1'));
      if (status.isDirectory()) return line(path, 'directory', mode & 0o7777, uid, gid, '');
      return line(path, 'file', mode & 0o7777, uid, gid, readFileSync(full, 'latin1'));
    })
    .sort();
}

function below(root: string, directory: string): string[] {
  return readdirSync(join(root, directory), { encoding: 'latin1' }).flatMap((name) => {
    const path = `${directory}/${name}`;
    return [path, ...(lstatSync(join(root, path)).isDirectory() ? below(root, path) : [])];
  });
}

function line(path: string, type: string, mode: number, uid: number, gid: number, content: string): string {
  return JSON.stringify([path, type, mode, uid, gid, content]);
}
