import type { ByteString } from '../../core/bytes.ts';
import type { ByteStream } from '../../core/streams.ts';

export type TarType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo';

export type Xattrs = ReadonlyMap<string, Uint8Array>;

export const NO_XATTRS: Xattrs = new Map();

/** One archive member as it is stored, with PAX records and GNU long names applied. */
export interface TarHeader {
  /** As stored: may be absolute, start with `./`, end with `/` or hold `..`; callers that need a safe path clean it. */
  readonly name: ByteString;
  readonly type: TarType;
  /** Permission bits with setuid, setgid and sticky: 0o0000 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname: ByteString;
  readonly gname: ByteString;
  /** Bytes of data; 0 for everything but files. */
  readonly size: number;
  /** Whole seconds since the epoch; a fraction is rounded down. */
  readonly mtime: number;
  /** Target of a symlink or hard link, as stored; empty for others. */
  readonly linkName: ByteString;
  readonly device: { readonly major: number; readonly minor: number };
  /** Raw values of the `SCHILY.xattr.*` records. */
  readonly xattrs: Xattrs;
  /** Where the data starts, in bytes from the start of the decompressed archive. */
  readonly offset: number;
}

/** A member of a streamed archive. The body can be read once, before the next member is asked for; unread data is skipped. */
export interface TarEntry extends TarHeader {
  body(): ByteStream;
}

/** A member of an archive held in memory. */
export interface TarMember extends TarHeader {
  readonly data: Uint8Array;
}
