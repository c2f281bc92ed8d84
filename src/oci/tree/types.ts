import type { ByteString } from '../../core/bytes.ts';

/**
 * The virtual tree: the merged file system of an image, read from its layers without unpacking them, plus pending changes.
 * Everything a package manager or a maintainer script would see or change goes through it; nothing touches the disk.
 *
 * Paths are absolute byte strings (`/usr/bin/env`); `.` and `..` are resolved inside the root, symlinks never leave it.
 * Reads are synchronous: layer contents lie decompressed in the cache and are read by offset.
 */
export interface VirtualTree {
  /** The inode at `path` without following a last symlink; parents are followed. Undefined when there is none. */
  lstat(path: ByteString): Inode | undefined;
  /** As lstat, following a last symlink. Undefined for a dangling link or a loop. */
  stat(path: ByteString): Inode | undefined;
  /** `path` with every parent symlink resolved and the last component kept, or undefined when a parent is missing or no directory. */
  resolveParent(path: ByteString): ByteString | undefined;
  /** `path` with every symlink resolved, like realpath(3); undefined when it does not exist. */
  realpath(path: ByteString): ByteString | undefined;
  /** Names in a directory in byte order (the last symlink is followed); empty for anything else. */
  readdir(path: ByteString): readonly ByteString[];
  /** Content of a regular file (links followed). @throws SutureError LIMIT_EXCEEDED above `limit`, TREE_NOT_A_FILE when there is no file. */
  readFile(path: ByteString, limit?: number): Uint8Array;
  /**
   * Content of a regular file (links followed) of any size, piece by piece: views of `scratch` or of memory that must not be
   * changed, each valid until the next one is asked for. @throws SutureError TREE_NOT_A_FILE
   */
  readPieces(path: ByteString, scratch: Uint8Array): Iterable<Uint8Array>;
  /** readFile as a byte string; undefined when there is no such file. */
  readText(path: ByteString, limit?: number): ByteString | undefined;
  /** Every path below `path` (itself excluded), parents first, siblings in byte order; symlinks not followed. */
  walk(path: ByteString): Iterable<WalkEntry>;
  /** All paths of the same inode (hard links), in byte order. */
  linksOf(inode: Inode): readonly ByteString[];
}

export interface WalkEntry {
  readonly path: ByteString;
  readonly inode: Inode;
}

export type InodeType = 'file' | 'directory' | 'symlink' | 'character' | 'block' | 'fifo';

/** Metadata of one inode; a snapshot that never changes. Two paths with the same `ino` are hard links. */
export interface Inode {
  readonly ino: number;
  readonly type: InodeType;
  /** Permission bits including setuid, setgid and sticky: 0o0000 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds since the epoch. */
  readonly mtime: number;
  /** Bytes of a regular file, else 0. */
  readonly size: number;
  /** Target of a symlink, as stored. */
  readonly target?: ByteString;
  readonly device?: { readonly major: number; readonly minor: number };
  /** Raw extended attributes, for example `security.capability`. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** Index of the layer it came from, or `pending` for a change made here. */
  readonly origin: number | 'pending';
}

export interface Ownership {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

/** Content of a new file: bytes in memory, or something read on demand (a package's data member), of known size. */
export type FileContent =
  | Uint8Array
  | {
      readonly size: number;
      read(): Uint8Array;
      /** Fills `target` with what stands at `offset`; left out where `read` costs no copy. */
      readInto?(offset: number, target: Uint8Array): void;
    };

/**
 * A tree that can be changed. Every method resolves parents through symlinks as the kernel would (usr-merge!) and throws
 * SutureError TREE_NO_PARENT where the kernel would say ENOENT/ENOTDIR. A replaced or removed path leaves other hard links alone.
 */
export interface MutableTree extends VirtualTree {
  /** Creates or replaces (atomically, like rename over it; a new inode) a regular file. */
  writeFile(path: ByteString, content: FileContent, ownership: Ownership): void;
  mkdir(path: ByteString, ownership: Ownership): void;
  symlink(target: ByteString, path: ByteString, ownership: Ownership): void;
  /** Hard link: `path` becomes another name of the inode at `existing`. */
  link(existing: ByteString, path: ByteString): void;
  mknod(
    path: ByteString,
    type: 'character' | 'block' | 'fifo',
    device: { major: number; minor: number },
    ownership: Ownership,
  ): void;
  /** Removes anything but a non-empty directory. @throws SutureError TREE_NOT_EMPTY */
  remove(path: ByteString): void;
  /** Removes a path with all below it. */
  removeAll(path: ByteString): void;
  rename(from: ByteString, to: ByteString): void;
  /** Changes metadata of the inode at `path` (all hard links see it). Follows a last symlink unless `noFollow`. */
  setMetadata(path: ByteString, change: MetadataChange, noFollow?: boolean): void;
  /** A copy-on-write child: its changes can be merged back with `commit`, or dropped by forgetting it. */
  fork(): ForkedTree;
  /** What differs from the base this tree was opened on, sorted by path in byte order. */
  changes(): readonly TreeChange[];
}

export interface ForkedTree extends MutableTree {
  /** Makes the changes of this fork those of its parent; the parent must not have changed since. */
  commit(): void;
}

export interface MetadataChange {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  /** Undefined value removes the attribute. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array | undefined>;
}

/**
 * One path that differs from the base. `put` carries the new inode (content or metadata differ: a layer holds whole files),
 * `remove` becomes a white-out; below a removed directory nothing is listed.
 */
export type TreeChange =
  | { readonly kind: 'put'; readonly path: ByteString; readonly inode: Inode; readonly metadataOnly: boolean }
  | { readonly kind: 'remove'; readonly path: ByteString };
