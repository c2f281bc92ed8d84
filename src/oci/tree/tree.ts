import { type ByteString, bytesToByteString, compareBytes } from '../../core/bytes.ts';
import { SutureError } from '../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../core/limits.ts';
import { changesBetween } from './changes.ts';
import { ContentReader } from './content.ts';
import { type InodeBody, InodeRecord, sameMetadata } from './inode-record.ts';
import { detachAll, type InodeTable, OverlayTable, ROOT } from './inode-table.ts';
import { mergeLayers, type TreeLayer } from './merge-layers.ts';
import { locate, type Place, pathOfDirectory } from './resolve.ts';
import { type TraceableLayer, type TreeTrace, traceOf } from './trace.ts';
import { TracedTable } from './traced-table.ts';
import type {
  FileContent,
  ForkedTree,
  Inode,
  MetadataChange,
  MutableTree,
  Ownership,
  TreeChange,
  WalkEntry,
} from './types.ts';

/**
 * The merged tree of an image's layers, lowest first, with no pending change.
 * @throws SutureError IMAGE_INVALID when the layers do not fit each other
 */
export function openTree(layers: readonly TreeLayer[]): MutableTree {
  const base = mergeLayers(layers);
  return new LayeredTree(base, new OverlayTable(base), new ContentReader(layers));
}

/** A tree that remembers everything it was asked about its layers. */
export interface TracedTree {
  readonly tree: MutableTree;
  readonly trace: TreeTrace;
}

/**
 * As openTree; whatever is learned from the layers through the tree, its forks and its changes is in the trace. Where another
 * tree gives the same answers, the same work has the same changes.
 */
export function openTracedTree(layers: readonly TraceableLayer[]): TracedTree {
  const base = mergeLayers(layers);
  const traced = new TracedTable(base);
  const tree = new LayeredTree(traced, new OverlayTable(traced), new ContentReader(layers));
  const diffIds = layers.map(({ diffId }) => diffId);
  return { tree, trace: traceOf(base, traced, diffIds) };
}

/** A tree with nothing but the root directory: the base of an image that is built from nothing. */
export function emptyTree(): MutableTree {
  return openTree([]);
}

class LayeredTree implements MutableTree {
  readonly #base: InodeTable;
  readonly #contents: ContentReader;
  protected readonly table: OverlayTable;

  constructor(base: InodeTable, table: OverlayTable, contents: ContentReader) {
    this.#base = base;
    this.table = table;
    this.#contents = contents;
  }

  lstat(path: ByteString): Inode | undefined {
    return locate(this.table, path, false)?.inode;
  }

  stat(path: ByteString): Inode | undefined {
    return locate(this.table, path, true)?.inode;
  }

  resolveParent(path: ByteString): ByteString | undefined {
    const place = locate(this.table, path, false);
    return place && this.#pathOf(place);
  }

  realpath(path: ByteString): ByteString | undefined {
    const place = locate(this.table, path, true);
    return place?.inode && this.#pathOf(place);
  }

  readdir(path: ByteString): readonly ByteString[] {
    const inode = this.stat(path);
    return inode ? [...this.table.children(inode.ino).keys()].sort(compareBytes) : [];
  }

  readFile(path: ByteString, limit: number = LIMITS.wholeFile): Uint8Array {
    const inode = locate(this.table, path, true)?.inode;
    if (inode?.type !== 'file') throw new SutureError('TREE_NOT_A_FILE', `${path} is no regular file in the image`);
    checkLimit(`${path} in the image`, inode.size, limit);
    return this.#contents.read(inode);
  }

  readPieces(path: ByteString, scratch: Uint8Array): Iterable<Uint8Array> {
    const inode = locate(this.table, path, true)?.inode;
    if (inode?.type !== 'file') throw new SutureError('TREE_NOT_A_FILE', `${path} is no regular file in the image`);
    return this.#contents.pieces(inode, scratch);
  }

  readText(path: ByteString, limit?: number): ByteString | undefined {
    return this.stat(path)?.type === 'file' ? bytesToByteString(this.readFile(path, limit)) : undefined;
  }

  *walk(path: ByteString): Iterable<WalkEntry> {
    const place = locate(this.table, path, false);
    if (place?.inode) yield* this.#walk(place.inode.ino, place.name === '' ? '' : this.#pathOf(place));
  }

  *#walk(directory: number, prefix: ByteString): Iterable<WalkEntry> {
    const children = this.table.children(directory);
    for (const name of [...children.keys()].sort(compareBytes)) {
      const inode = this.table.inode(children.get(name) ?? 0);
      if (!inode) continue;
      yield { path: `${prefix}/${name}`, inode };
      if (inode.type === 'directory') yield* this.#walk(inode.ino, `${prefix}/${name}`);
    }
  }

  linksOf(inode: Inode): readonly ByteString[] {
    if (inode.ino === ROOT) return ['/'];
    const paths = this.table.links(inode.ino).map((link) => `${pathOfDirectory(this.table, link.parent)}/${link.name}`);
    return paths.sort(compareBytes);
  }

  writeFile(path: ByteString, content: FileContent, ownership: Ownership): void {
    const size = content instanceof Uint8Array ? content.length : content.size;
    this.#create(path, { type: 'file', size, content }, ownership);
  }

  mkdir(path: ByteString, ownership: Ownership): void {
    if (this.#placeFor(path).inode) throw new SutureError('TREE_EXISTS', `${path} exists already in the image`);
    this.#create(path, { type: 'directory', size: 0 }, ownership);
  }

  symlink(target: ByteString, path: ByteString, ownership: Ownership): void {
    this.#create(path, { type: 'symlink', size: 0, target }, ownership);
  }

  link(existing: ByteString, path: ByteString): void {
    const inode = this.#existing(existing, false).inode;
    if (inode.type === 'directory') throw new SutureError('TREE_NOT_A_FILE', `${existing} is a directory`);
    const place = this.#placeFor(path);
    if (place.inode?.ino === inode.ino) return;
    this.#makeRoom(path, place);
    this.table.attach(place.directory, place.name, inode.ino);
  }

  mknod(
    path: ByteString,
    type: 'character' | 'block' | 'fifo',
    device: { major: number; minor: number },
    ownership: Ownership,
  ): void {
    this.#create(path, type === 'fifo' ? { type, size: 0 } : { type, size: 0, device: { ...device } }, ownership);
  }

  remove(path: ByteString): void {
    const { inode, directory, name } = this.#existing(path, false);
    if (name === '' || !this.table.isEmpty(inode.ino)) {
      throw new SutureError('TREE_NOT_EMPTY', `${path} is a directory that is not empty`);
    }
    this.table.detach(directory, name);
  }

  removeAll(path: ByteString): void {
    const place = locate(this.table, path, false);
    if (!place?.inode) return;
    if (place.name === '') throw new SutureError('TREE_NOT_EMPTY', 'The root of the image cannot be removed');
    detachAll(this.table, place.directory, place.name);
  }

  rename(from: ByteString, to: ByteString): void {
    const source = this.#existing(from, false);
    const place = this.#placeFor(to);
    if (place.inode?.ino === source.inode.ino) return;
    if (source.name === '' || isBelow(this.table, place.directory, source.inode.ino)) {
      throw new SutureError('TREE_EXISTS', `${from} cannot be moved below itself`);
    }
    if (source.inode.type === 'directory' && place.inode?.type === 'directory') {
      if (!this.table.isEmpty(place.inode.ino)) {
        throw new SutureError('TREE_NOT_EMPTY', `${to} is a directory that is not empty`);
      }
      this.table.detach(place.directory, place.name);
    } else if (source.inode.type === 'directory' && place.inode) {
      throw new SutureError('TREE_EXISTS', `${to} is no directory, ${from} is one`);
    } else this.#makeRoom(to, place);
    this.table.detach(source.directory, source.name);
    this.table.attach(place.directory, place.name, source.inode.ino);
  }

  setMetadata(path: ByteString, change: MetadataChange, noFollow = false): void {
    const { inode } = this.#existing(path, !noFollow);
    const { ino, mode, uid, gid, mtime } = inode;
    const xattrs = new Map(inode.xattrs);
    for (const [key, value] of change.xattrs ?? []) {
      if (value) xattrs.set(key, value);
      else xattrs.delete(key);
    }
    const { xattrs: _, ...numbers } = change;
    const changed = new InodeRecord(ino, 'pending', inode, { mode, uid, gid, mtime, ...numbers, xattrs });
    if (!sameMetadata(inode, changed)) this.table.put(changed);
  }

  fork(): ForkedTree {
    return new TreeFork(this.#base, this.table, this.#contents);
  }

  changes(): readonly TreeChange[] {
    return changesBetween(this.#base, this.table, this.#contents);
  }

  #create(path: ByteString, body: InodeBody, ownership: Ownership): void {
    const place = this.#placeFor(path);
    this.#makeRoom(path, place);
    const xattrs = ownership.xattrs ? { xattrs: new Map(ownership.xattrs) } : {};
    const record = new InodeRecord(this.table.allocate(), 'pending', body, { ...ownership, ...xattrs });
    this.table.put(record);
    this.table.attach(place.directory, place.name, record.ino);
  }

  #placeFor(path: ByteString): Place {
    const place = locate(this.table, path, false);
    if (!place) throw new SutureError('TREE_NO_PARENT', `The directory of ${path} does not exist in the image`);
    return place;
  }

  #existing(path: ByteString, follow: boolean): Place & { inode: InodeRecord } {
    const place = locate(this.table, path, follow);
    if (!place) throw new SutureError('TREE_NO_PARENT', `The directory of ${path} does not exist in the image`);
    if (!place.inode) throw new SutureError('TREE_NOT_FOUND', `${path} does not exist in the image`);
    return { ...place, inode: place.inode };
  }

  /** Takes away what a new non-directory replaces, as rename(2) does; a directory is never replaced so. */
  #makeRoom(path: ByteString, place: Place): void {
    if (place.inode?.type === 'directory') throw new SutureError('TREE_EXISTS', `${path} is a directory in the image`);
    if (place.inode) this.table.detach(place.directory, place.name);
  }

  #pathOf(place: Place): ByteString {
    return place.name === '' ? '/' : `${pathOfDirectory(this.table, place.directory)}/${place.name}`;
  }
}

class TreeFork extends LayeredTree implements ForkedTree {
  readonly #parent: OverlayTable;
  #version: number;

  constructor(base: InodeTable, parent: OverlayTable, contents: ContentReader) {
    super(base, new OverlayTable(parent), contents);
    this.#parent = parent;
    this.#version = parent.version;
  }

  commit(): void {
    if (this.#parent.version !== this.#version) {
      throw new SutureError('TREE_STALE', 'The tree has changed since the fork was made');
    }
    this.table.mergeInto(this.#parent);
    this.#version = this.#parent.version;
  }
}

function isBelow(table: OverlayTable, directory: number, ancestor: number): boolean {
  for (let ino: number | undefined = directory; ino !== undefined; ino = table.links(ino)[0]?.parent) {
    if (ino === ancestor) return true;
  }
  return false;
}
