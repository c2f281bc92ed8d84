import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Inode, VirtualTree } from '../../../../oci/tree/types.ts';

/** A directory of this machine seen as an image: only what the readers of the database need. */
export function diskTree(root: string): VirtualTree {
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch {
      return undefined;
    }
  };
  const inode = (path: string, follow: boolean): Inode | undefined =>
    attempt(() => {
      const status = (follow ? statSync : lstatSync)(join(root, path));
      const type = status.isFile() ? 'file' : status.isDirectory() ? 'directory' : 'symlink';
      const { ino, mode, uid, gid, size } = status;
      return { ino, type, mode: mode & 0o7777, uid, gid, size, mtime: 0, xattrs: new Map(), origin: 0 };
    });
  const unused = (): never => {
    throw new Error('not part of this view');
  };
  return {
    lstat: (path) => inode(path, false),
    stat: (path) => inode(path, true),
    readdir: (path) => attempt(() => readdirSync(join(root, path), 'latin1').sort()) ?? [],
    readText: (path) => attempt(() => readFileSync(join(root, path), 'latin1')),
    readFile: (path) => readFileSync(join(root, path)),
    readPieces: (path) => [readFileSync(join(root, path))],
    resolveParent: unused,
    realpath: unused,
    walk: unused,
    linksOf: unused,
  };
}

/** A new temporary directory with these files, and its view; the test removes `root`. */
export function imageWith(files: Readonly<Record<string, string>>): { tree: VirtualTree; root: string } {
  const root = mkdtempSync(join(tmpdir(), 'suture-database-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, 'latin1');
  }
  return { tree: diskTree(root), root };
}
