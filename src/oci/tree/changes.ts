import { type ByteString, compareBytes } from '../../core/bytes.ts';
import type { ContentReader } from './content.ts';
import { type InodeRecord, sameMetadata } from './inode-record.ts';
import { type InodeTable, OverlayTable, ROOT } from './inode-table.ts';
import type { TreeChange } from './types.ts';

/** A path whose inode was replaced by an equal one: no change, unless it breaks or makes a hard link. */
interface Equal {
  readonly path: ByteString;
  readonly before: InodeRecord;
  readonly after: InodeRecord;
}

/**
 * What a tree differs in from its base, path by path: an inode replaced by an equal one is no difference. Only directories
 * above something touched are visited. Of the base nothing is asked but what was asked when it was changed, and the metadata
 * of what was replaced.
 */
export function changesBetween(base: InodeTable, table: OverlayTable, contents: ContentReader): TreeChange[] {
  const comparison = new Comparison(base, table, contents);
  comparison.root();
  return comparison.result();
}

class Comparison {
  readonly #base: InodeTable;
  readonly #table: OverlayTable;
  readonly #contents: ContentReader;
  readonly #touched: ReadonlySet<number>;
  readonly #changes: TreeChange[] = [];
  readonly #equals: Equal[] = [];

  constructor(base: InodeTable, table: OverlayTable, contents: ContentReader) {
    this.#base = base;
    this.#table = table;
    this.#contents = contents;
    this.#touched = touchedWithAncestors(table);
  }

  root(): void {
    const before = this.#base.inode(ROOT);
    const after = this.#table.inode(ROOT);
    if (!before || !after || !this.#touched.has(ROOT)) return;
    if (before !== after && !sameMetadata(before, after)) this.#put('/', after, true);
    this.#directory(ROOT, ROOT, '');
  }

  result(): TreeChange[] {
    this.#hardLinks();
    return this.#changes.sort((a, b) => compareBytes(a.path, b.path));
  }

  #directory(before: number | undefined, after: number, prefix: ByteString): void {
    // A directory at its place: only names that were changed matter. One from elsewhere counts with all that it has.
    const stayed = before === after;
    const old = before === undefined ? undefined : stayed ? this.#base.peek(before) : this.#base.children(before);
    const now = stayed ? this.#table.peek(after) : this.#table.children(after);
    for (const [name, ino] of now) {
      const was = old?.get(name);
      if (was === ino && !this.#touched.has(ino)) continue;
      const inode = this.#table.inode(ino);
      if (inode) this.#path(`${prefix}/${name}`, was === undefined ? undefined : this.#base.inode(was), inode);
    }
    for (const name of old?.keys() ?? []) {
      if (!now.has(name)) this.#changes.push({ kind: 'remove', path: `${prefix}/${name}` });
    }
  }

  #path(path: ByteString, before: InodeRecord | undefined, after: InodeRecord): void {
    if (after.type === 'directory') {
      const merged = before?.type === 'directory';
      if (!merged || (before !== after && !sameMetadata(before, after))) this.#put(path, after, merged);
      this.#directory(merged ? before.ino : undefined, after.ino, path);
      return;
    }
    if (!before || !this.#sameContent(before, after)) this.#put(path, after, false);
    else if (!sameMetadata(before, after)) this.#put(path, after, true);
    else this.#equals.push({ path, before, after });
  }

  #sameContent(a: InodeRecord, b: InodeRecord): boolean {
    if (a.type !== b.type || a.target !== b.target) return false;
    if (a.device?.major !== b.device?.major || a.device?.minor !== b.device?.minor) return false;
    return a.type !== 'file' || this.#contents.same(a, b);
  }

  #put(path: ByteString, inode: InodeRecord, metadataOnly: boolean): void {
    this.#changes.push({ kind: 'put', path, inode, metadataOnly });
  }

  /**
   * Equal inodes may still be linked differently. Each old inode has one heir: itself when it lives on, else the first equal
   * inode; an equal inode that is not the heir, or inherits from two, was split from or joined to its neighbours.
   */
  #hardLinks(): void {
    const heirs = new Map<number, number>();
    const ancestors = new Map<number, number>();
    this.#equals.sort((a, b) => compareBytes(a.path, b.path));
    for (const { path, before, after } of this.#equals) {
      const lives = before.ino === after.ino || this.#table.links(before.ino).length > 0;
      const heir = heirs.get(before.ino) ?? (lives ? before.ino : after.ino);
      const ancestor = ancestors.get(after.ino) ?? before.ino;
      heirs.set(before.ino, heir);
      ancestors.set(after.ino, ancestor);
      if (heir !== after.ino || ancestor !== before.ino) this.#put(path, after, true);
    }
  }
}

/** Inodes with a change of their own or below them. */
function touchedWithAncestors(table: OverlayTable): Set<number> {
  const touched = new Set<number>();
  const mark = (ino: number): void => {
    if (touched.has(ino)) return;
    touched.add(ino);
    for (const link of table.links(ino)) mark(link.parent);
  };
  touched.add(ROOT);
  for (let layer: InodeTable = table; layer instanceof OverlayTable; layer = layer.below) {
    for (const ino of layer.touched()) mark(ino);
  }
  return touched;
}
