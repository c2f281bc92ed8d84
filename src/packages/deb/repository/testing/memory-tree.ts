import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ByteString, byteStringToBytes, compareBytes } from '../../../../core/bytes.ts';
import { checkLimit } from '../../../../core/limits.ts';
import type { Inode, VirtualTree } from '../../../../oci/tree/types.ts';

/** A tree of regular files without links, as far as apt's configuration needs one. */
export function memoryTree(files: Readonly<Record<string, string | Uint8Array>>): VirtualTree {
  const contents = new Map(
    Object.entries(files).map(([path, content]) => [
      path,
      typeof content === 'string' ? byteStringToBytes(content) : content,
    ]),
  );
  const names = (directory: ByteString): string[] => {
    const prefix = directory.endsWith('/') ? directory : `${directory}/`;
    const below = [...contents.keys()].filter((path) => path.startsWith(prefix));
    return [...new Set(below.map((path) => path.slice(prefix.length).split('/')[0] ?? ''))].toSorted(compareBytes);
  };
  const stat = (path: ByteString): Inode | undefined => {
    const content = contents.get(path);
    if (content === undefined && names(path).length === 0) return undefined;
    const type = content === undefined ? 'directory' : 'file';
    const size = content?.length ?? 0;
    return { ino: 1, type, mode: 0o644, uid: 0, gid: 0, mtime: 0, size, xattrs: new Map(), origin: 0 };
  };
  const readFile = (path: ByteString, limit = Number.MAX_SAFE_INTEGER): Uint8Array => {
    const content = contents.get(path) ?? contents.get(path.replace(/\/+/g, '/'));
    if (content === undefined) throw new Error(`no file ${path}`);
    checkLimit(path, content.length, limit);
    return content;
  };
  return {
    lstat: stat,
    stat,
    resolveParent: (path) => path,
    realpath: (path) => (stat(path) === undefined ? undefined : path),
    readdir: names,
    readFile,
    readPieces: (path) => [readFile(path)],
    readText: (path, limit) => (contents.has(path) ? Buffer.from(readFile(path, limit)).toString('latin1') : undefined),
    walk: () => [],
    linksOf: () => [],
  };
}

/** The apt configuration and keyrings of the machine the tests run on, as a tree. */
export function machineAptTree(): VirtualTree {
  const files: Record<string, Uint8Array> = {};
  const add = (path: string): void => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile()) files[path] = readFileSync(realpathSync(path));
    else if (stat?.isDirectory()) for (const name of readdirSync(path)) add(join(path, name));
  };
  for (const path of ['/etc/apt', '/usr/share/keyrings']) add(path);
  return memoryTree(files);
}
