import type { ByteString } from '../../core/bytes.ts';
import type { InodeRecord } from './inode-record.ts';

export const ROOT = 1;

/** One name of an inode: an entry in its parent directory. The root has none. */
export interface Link {
  readonly parent: number;
  readonly name: ByteString;
}

export type Children = ReadonlyMap<ByteString, number>;

const ABSENT = -1;
const NO_CHILDREN: Children = new Map();
const NO_LINKS: readonly Link[] = [];

/** Inodes by number, directories as names to numbers, and for each inode its names. */
export interface InodeTable {
  /** The first number never used. */
  readonly nextIno: number;
  inode(ino: number): InodeRecord | undefined;
  /** One entry of a directory. */
  child(directory: number, name: ByteString): number | undefined;
  /** Entries of a directory; empty for anything else. */
  children(ino: number): Children;
  isEmpty(ino: number): boolean;
  links(ino: number): readonly Link[];
  /** As `children`, for the bookkeeping of a table: what is asked this way is no answer to anybody (see TracedTable). */
  peek(ino: number): Children;
}

/** A table that can be changed. The caller keeps the rules (a directory has one name); the table keeps links in step. */
export interface WritableTable extends InodeTable {
  allocate(): number;
  put(record: InodeRecord): void;
  attach(parent: number, name: ByteString, ino: number): void;
  detach(parent: number, name: ByteString): void;
}

/** An entry of a layer, by the number of the layer (lowest 0) and its place in it. */
export interface EntrySource {
  readonly layer: number;
  readonly entry: number;
}

/** Makes the record of an inode from the entry of a layer that describes it. */
export type Materialise = (ino: number, layer: number, entry: number) => InodeRecord;

/**
 * The merged layers: flat arrays by inode number, filled once and then only read. An inode is first only the number of its
 * layer entry: of an image's 100,000 inodes a patch looks at a few thousand, and making all records takes most of opening.
 */
export class BaseTable implements WritableTable {
  nextIno = ROOT + 1;
  readonly #materialise: Materialise;
  readonly #records: (InodeRecord | undefined)[] = [];
  /** Layer number, or ABSENT. */
  readonly #layers: number[] = [];
  readonly #entries: number[] = [];
  readonly #children = new Map<number, Map<ByteString, number>>();
  readonly #parents: number[] = [];
  readonly #names: ByteString[] = [];
  /** Names of an inode beyond its first: hard links are few. */
  readonly #moreLinks = new Map<number, Link[]>();

  constructor(materialise: Materialise) {
    this.#materialise = materialise;
    // Filled in order, the arrays stay dense.
    for (let ino = 0; ino <= ROOT; ino++) this.#clear(ino);
  }

  inode(ino: number): InodeRecord | undefined {
    const record = this.#records[ino];
    if (record) return record;
    const layer = this.#layers[ino] ?? ABSENT;
    if (layer === ABSENT) return undefined;
    const made = this.#materialise(ino, layer, this.#entries[ino] ?? 0);
    this.#records[ino] = made;
    return made;
  }

  /** Describes an inode by the entry of a layer, in place of what described it before. */
  refer(ino: number, layer: number, entry: number): void {
    this.#records[ino] = undefined;
    this.#layers[ino] = layer;
    this.#entries[ino] = entry;
  }

  #clear(ino: number): void {
    this.#records[ino] = undefined;
    this.#layers[ino] = ABSENT;
    this.#entries[ino] = 0;
    this.#parents[ino] = 0;
    this.#names[ino] = '';
  }

  /** What describes an inode: the entry of a layer; undefined for a directory that no layer describes. */
  source(ino: number): EntrySource | undefined {
    const layer = this.#layers[ino] ?? ABSENT;
    return layer === ABSENT ? undefined : { layer, entry: this.#entries[ino] ?? 0 };
  }

  child(directory: number, name: ByteString): number | undefined {
    return this.#children.get(directory)?.get(name);
  }

  children(ino: number): Children {
    return this.#children.get(ino) ?? NO_CHILDREN;
  }

  isEmpty(ino: number): boolean {
    return this.children(ino).size === 0;
  }

  peek(ino: number): Children {
    return this.children(ino);
  }

  links(ino: number): readonly Link[] {
    const parent = this.#parents[ino] ?? 0;
    if (parent === 0) return NO_LINKS;
    const first = { parent, name: this.#names[ino] ?? '' };
    const more = this.#moreLinks.get(ino);
    return more ? [first, ...more] : [first];
  }

  allocate(): number {
    const ino = this.nextIno++;
    this.#clear(ino);
    return ino;
  }

  put(record: InodeRecord): void {
    this.#records[record.ino] = record;
  }

  attach(parent: number, name: ByteString, ino: number): void {
    let children = this.#children.get(parent);
    if (!children) {
      children = new Map();
      this.#children.set(parent, children);
    }
    children.set(name, ino);
    if (this.#parents[ino] === 0) {
      this.#parents[ino] = parent;
      this.#names[ino] = name;
    } else this.#moreLinks.set(ino, [...(this.#moreLinks.get(ino) ?? []), { parent, name }]);
  }

  detach(parent: number, name: ByteString): void {
    const ino = this.#children.get(parent)?.get(name);
    if (ino === undefined) return;
    this.#children.get(parent)?.delete(name);
    const left = this.links(ino).filter((link) => link.parent !== parent || link.name !== name);
    const first = left[0];
    this.#parents[ino] = first?.parent ?? 0;
    this.#names[ino] = first?.name ?? '';
    if (left.length > 1) this.#moreLinks.set(ino, left.slice(1));
    else this.#moreLinks.delete(ino);
    if (!first) this.#clear(ino);
  }
}

/** Changes over another table, which stays as it is: what is not here is looked up below. */
export class OverlayTable implements WritableTable {
  readonly below: InodeTable;
  nextIno: number;
  /** Counts changes, so that a fork can tell whether its parent moved on. */
  version = 0;
  readonly #inodes = new Map<number, InodeRecord>();
  readonly #children = new Map<number, Map<ByteString, number>>();
  readonly #links = new Map<number, readonly Link[]>();

  constructor(below: InodeTable) {
    this.below = below;
    this.nextIno = below.nextIno;
  }

  inode(ino: number): InodeRecord | undefined {
    return this.#inodes.get(ino) ?? this.below.inode(ino);
  }

  // What lies below is asked in any case: whether this table already has changes in a directory is a matter of its own.

  child(directory: number, name: ByteString): number | undefined {
    const below = this.below.child(directory, name);
    const own = this.#children.get(directory);
    return own === undefined ? below : own.get(name);
  }

  children(ino: number): Children {
    const below = this.below.children(ino);
    return this.#children.get(ino) ?? below;
  }

  isEmpty(ino: number): boolean {
    const below = this.below.isEmpty(ino);
    const own = this.#children.get(ino);
    return own === undefined ? below : own.size === 0;
  }

  peek(ino: number): Children {
    return this.#children.get(ino) ?? this.below.peek(ino);
  }

  links(ino: number): readonly Link[] {
    return this.#links.get(ino) ?? this.below.links(ino);
  }

  allocate(): number {
    return this.nextIno++;
  }

  put(record: InodeRecord): void {
    this.version++;
    this.#inodes.set(record.ino, record);
  }

  attach(parent: number, name: ByteString, ino: number): void {
    this.#own(parent).set(name, ino);
    this.#links.set(ino, [...this.links(ino), { parent, name }]);
  }

  detach(parent: number, name: ByteString): void {
    const ino = this.peek(parent).get(name);
    if (ino === undefined) return;
    this.#own(parent).delete(name);
    const left = this.links(ino).filter((link) => link.parent !== parent || link.name !== name);
    this.#links.set(ino, left);
  }

  /** Numbers of all inodes that were made, changed, or are directories whose entries changed. */
  *touched(): Iterable<number> {
    yield* this.#inodes.keys();
    yield* this.#children.keys();
    yield* this.#links.keys();
  }

  /** Makes these changes those of `parent`, the overlay this one was made on. */
  mergeInto(parent: OverlayTable): void {
    parent.version++;
    parent.nextIno = this.nextIno;
    for (const [ino, record] of this.#inodes) parent.#inodes.set(ino, record);
    // Copied, so that this overlay stays usable on its own.
    for (const [ino, children] of this.#children) parent.#children.set(ino, new Map(children));
    for (const [ino, links] of this.#links) parent.#links.set(ino, links);
  }

  #own(directory: number): Map<ByteString, number> {
    this.version++;
    let children = this.#children.get(directory);
    if (!children) {
      children = new Map(this.below.peek(directory));
      this.#children.set(directory, children);
    }
    return children;
  }
}

/** Takes a name away with everything below it; other names of inodes below stay. */
export function detachAll(table: WritableTable, parent: number, name: ByteString): void {
  const ino = table.child(parent, name);
  if (ino === undefined) return;
  for (const child of [...table.children(ino).keys()]) detachAll(table, ino, child);
  table.detach(parent, name);
}
