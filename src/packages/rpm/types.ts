import type { ByteString } from '../../core/bytes.ts';

/** A package as an rpm database records it; texts as stored. */
export interface InstalledRpm {
  readonly name: ByteString;
  readonly epoch: number;
  readonly version: ByteString;
  readonly release: ByteString;
  readonly arch: ByteString;
  /** File name of the source package, `bash-5.1.8-6.el9.src.rpm`; empty for keys, which have none. */
  readonly sourceRpm: ByteString;
  readonly vendor: ByteString;
  readonly license: ByteString;
  /** `nodejs:12:8030020201124152102:229f0a1c`; empty outside modules. */
  readonly modularityLabel: ByteString;
  /** MD5 of the package's header and payload in hex; empty where the database does not say. */
  readonly sigMd5: string;
  readonly provides: readonly ByteString[];
  readonly requires: readonly ByteString[];
}

export type RpmBackend = 'sqlite' | 'ndb' | 'bdb' | 'manifest';

export interface RpmDatabase {
  readonly backend: RpmBackend;
  /** In the order of the database. */
  readonly packages: readonly InstalledRpm[];
}
