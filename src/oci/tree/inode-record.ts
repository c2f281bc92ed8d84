import type { ByteString } from '../../core/bytes.ts';
import type { FileContent, Inode, InodeType, Ownership } from './types.ts';

/** Where the content of a file is: a stretch of a decompressed layer, or handed in by whoever wrote it. */
export type ContentSource = { readonly layer: number; readonly offset: number } | FileContent | undefined;

/** The fields in which inodes of all types differ from each other. */
export interface InodeBody {
  readonly type: InodeType;
  readonly size: number;
  readonly target?: ByteString;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly content?: ContentSource;
}

const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();

/** An inode as the tables keep it: immutable, a change makes another record under the same number. */
export class InodeRecord implements Inode {
  readonly ino: number;
  readonly type: InodeType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly size: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  readonly origin: number | 'pending';
  readonly content: ContentSource;
  declare readonly target?: ByteString;
  declare readonly device?: { readonly major: number; readonly minor: number };

  constructor(ino: number, origin: number | 'pending', body: InodeBody, ownership: Ownership) {
    this.ino = ino;
    this.type = body.type;
    this.mode = ownership.mode & 0o7777;
    this.uid = ownership.uid;
    this.gid = ownership.gid;
    this.mtime = ownership.mtime;
    this.size = body.size;
    this.xattrs = ownership.xattrs ?? NO_XATTRS;
    this.origin = origin;
    this.content = body.content;
    if (body.target !== undefined) this.target = body.target;
    if (body.device !== undefined) this.device = body.device;
  }
}

export function sameMetadata(a: InodeRecord, b: InodeRecord): boolean {
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || a.mtime !== b.mtime) return false;
  if (a.xattrs.size !== b.xattrs.size) return false;
  for (const [key, value] of a.xattrs) {
    const other = b.xattrs.get(key);
    if (!other || Buffer.compare(value, other) !== 0) return false;
  }
  return true;
}
