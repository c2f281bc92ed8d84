import type { ByteString } from '../../core/bytes.ts';
import type { InodeRecord } from './inode-record.ts';
import type { BaseTable, Children, InodeTable, Link } from './inode-table.ts';

/** What was asked about an inode besides its being there, as bits. */
export const ASKED = {
  /** Mode, owner and group of a directory. */
  ownership: 1,
  mtime: 2,
  xattrs: 4,
  /** All entries of a directory. */
  entries: 8,
  /** Whether a directory has entries. */
  emptiness: 16,
  /** All names of something that is no directory. */
  links: 32,
} as const;

/**
 * The merged layers, with a record of every question about them: names looked up in directories, and what was asked about
 * inodes. Kept by number, each question once, so that a patch which asks a million times costs little. Of a directory only what
 * was really read counts, as application layers often change the time stamp of one that a patch only passes through; anything
 * else counts whole.
 */
export class TracedTable implements InodeTable {
  readonly #base: BaseTable;
  readonly #names = new Map<number, Set<ByteString>>();
  readonly #asked = new Map<number, number>();
  /** Directories as they are handed out, each always as the same object: it stands for "unchanged". */
  readonly #directories = new Map<number, TracedDirectory>();
  readonly #seen = new Set<number>();

  constructor(base: BaseTable) {
    this.#base = base;
  }

  get nextIno(): number {
    return this.#base.nextIno;
  }

  /** By directory the names that were looked up, whether there or not. */
  get names(): ReadonlyMap<number, ReadonlySet<ByteString>> {
    return this.#names;
  }

  /** By inode the bits of ASKED. */
  get asked(): ReadonlyMap<number, number> {
    return this.#asked;
  }

  inode(ino: number): InodeRecord | undefined {
    const record = this.#base.inode(ino);
    if (record === undefined) return undefined;
    if (!this.#seen.has(ino)) this.#see(ino);
    if (record.type !== 'directory') return record;
    let directory = this.#directories.get(ino);
    if (directory === undefined) {
      directory = new TracedDirectory(record, (bit) => this.#note(ino, bit));
      this.#directories.set(ino, directory);
    }
    return directory;
  }

  child(directory: number, name: ByteString): number | undefined {
    if (directory >= this.#base.nextIno) return undefined;
    this.#lookUp(directory, name);
    return this.#base.child(directory, name);
  }

  children(ino: number): Children {
    if (ino < this.#base.nextIno) this.#note(ino, ASKED.entries);
    return this.#base.children(ino);
  }

  isEmpty(ino: number): boolean {
    if (ino < this.#base.nextIno) this.#note(ino, ASKED.emptiness);
    return this.#base.isEmpty(ino);
  }

  peek(ino: number): Children {
    return this.#base.peek(ino);
  }

  links(ino: number): readonly Link[] {
    // A directory has one name, by which it was reached.
    if (ino < this.#base.nextIno && this.#base.inode(ino)?.type !== 'directory') this.#note(ino, ASKED.links);
    return this.#base.links(ino);
  }

  /** An inode may be known from a listing: then its names were not looked up one by one. */
  #see(ino: number): void {
    this.#seen.add(ino);
    for (const { parent, name } of this.#base.links(ino)) this.#lookUp(parent, name);
  }

  #lookUp(directory: number, name: ByteString): void {
    const names = this.#names.get(directory);
    if (names !== undefined) names.add(name);
    else this.#names.set(directory, new Set([name]));
  }

  #note(ino: number, bit: number): void {
    this.#asked.set(ino, (this.#asked.get(ino) ?? 0) | bit);
  }
}

/** A directory of the layers that tells which of its fields are read. */
class TracedDirectory implements InodeRecord {
  readonly ino: number;
  readonly type = 'directory';
  readonly size = 0;
  readonly content = undefined;
  /** Differs between images that share a layer at other places; only that it is not pending may matter. */
  readonly origin: number | 'pending';
  readonly #record: InodeRecord;
  readonly #note: (bit: number) => void;

  constructor(record: InodeRecord, note: (bit: number) => void) {
    this.ino = record.ino;
    this.origin = record.origin;
    this.#record = record;
    this.#note = note;
  }

  get mode(): number {
    this.#note(ASKED.ownership);
    return this.#record.mode;
  }

  get uid(): number {
    this.#note(ASKED.ownership);
    return this.#record.uid;
  }

  get gid(): number {
    this.#note(ASKED.ownership);
    return this.#record.gid;
  }

  get mtime(): number {
    this.#note(ASKED.mtime);
    return this.#record.mtime;
  }

  get xattrs(): ReadonlyMap<string, Uint8Array> {
    this.#note(ASKED.xattrs);
    return this.#record.xattrs;
  }
}
