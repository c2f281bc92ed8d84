import type { ByteString } from '../../core/bytes.ts';

/** A package as apk's `installed` database records it; texts as stored. */
export interface InstalledApk {
  readonly name: ByteString;
  readonly version: ByteString;
  readonly arch: ByteString;
  /** `C:`: SHA-1 of the control segment, `Q1` and base64; identifies the build. */
  readonly identity: ByteString;
  /** `o:`; empty where the package has none. */
  readonly origin: ByteString;
  readonly license: ByteString;
  readonly maintainer: ByteString;
  readonly depends: readonly ByteString[];
  readonly provides: readonly ByteString[];
  readonly installIf: readonly ByteString[];
  readonly replaces: readonly ByteString[];
  /** Seconds since the epoch; 0 where the package does not say. */
  readonly buildTime: number;
  readonly directories: readonly ApkDirectory[];
  /** Header fields by letter, in their order, also those that the program does not know: all but F, M, R, a and Z. */
  readonly fields: readonly ApkField[];
  /** Every line of the stanza as it stands in the file, without the blank line that ends it. */
  readonly lines: readonly ByteString[];
}

export interface ApkField {
  readonly letter: string;
  readonly value: ByteString;
}

/** A directory of a package; metadata only where it is not the usual 0:0, 755. */
export interface ApkDirectory {
  /** Relative to the root; '' is the root. */
  readonly path: ByteString;
  readonly acl?: ApkAcl;
  readonly files: readonly ApkFile[];
}

export interface ApkFile {
  readonly name: ByteString;
  /** Only where it is not 0:0, 644. */
  readonly acl?: ApkAcl;
  /** `Q1` and base64 of the SHA-1 of the content; of the target for a symlink. */
  readonly checksum?: ByteString;
}

export interface ApkAcl {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly xattrs?: ByteString;
}

export interface ApkRepository {
  /** `@edge http://…`: only packages asked for with that tag come from here. */
  readonly tag?: string;
  readonly url: string;
}
