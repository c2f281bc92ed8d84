import type { ByteString } from '../../core/bytes.ts';
import { SutureError } from '../../core/errors/error.ts';
import type { LayerEntry } from '../layer/layer-index.ts';
import type { LayerContent } from './content.ts';
import { type InodeBody, InodeRecord } from './inode-record.ts';
import { BaseTable, detachAll, ROOT } from './inode-table.ts';
import { locate } from './resolve.ts';
import type { InodeType, Ownership } from './types.ts';

/** What the tree needs of an expanded layer; LayerIndex is one. */
export interface TreeLayer extends LayerContent {
  readonly count: number;
  path(index: number): ByteString;
  type(index: number): LayerEntry['type'];
  entry(index: number): LayerEntry;
}

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
/** Other `.wh..wh.` names are records of aufs itself, which containerd and dockerd skip, too. */
const WHITEOUT_META = '.wh..wh.';

/** Directories that no layer describes are made as appliers make them; epoch instead of the time of unpacking. */
const IMPLICIT: Ownership = { mode: 0o755, uid: 0, gid: 0, mtime: 0 };

/**
 * Merges layers, lowest first, by the OCI layer specification as containerd applies them: entries in archive order, parents
 * followed through symlinks inside the root, a directory over a directory keeps the content. White-outs hide only what lower
 * layers brought, wherever they stand in the archive.
 * @throws SutureError IMAGE_INVALID when an entry's parent is a file or a hard link has no target
 */
export function mergeLayers(layers: readonly TreeLayer[]): BaseTable {
  const table = new BaseTable((ino, number, index) => {
    const entry = layers[number]?.entry(index);
    if (!entry) throw new Error('an inode refers to a layer entry that does not exist');
    return new InodeRecord(ino, number, bodyOf(entry, number), entry);
  });
  table.put(new InodeRecord(ROOT, 0, { type: 'directory', size: 0 }, IMPLICIT));
  for (const [number, layer] of layers.entries()) new LayerMerge(table, number).apply(layer);
  return table;
}

class LayerMerge {
  readonly #table: BaseTable;
  readonly #layer: number;
  /** Names this layer gave to inodes of lower layers, as `directory/name`: a white-out must not hide them. */
  readonly #linked = new Set<string>();
  /** Entries come directory by directory: the parent of the last one is nearly always the next one's. */
  #lastParent: ByteString | undefined;
  #lastDirectory = ROOT;

  constructor(table: BaseTable, layer: number) {
    this.#table = table;
    this.#layer = layer;
  }

  apply(layer: TreeLayer): void {
    for (let index = 0; index < layer.count; index++) {
      if (layer.path(index) !== '') this.#apply(layer, index);
      else if (layer.type(index) === 'directory') this.#table.refer(ROOT, this.#layer, index);
      else throw this.#invalid('/', 'is no directory');
    }
  }

  #apply(layer: TreeLayer, index: number): void {
    const path = layer.path(index);
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const directory = this.#directory(slash === -1 ? '' : path.slice(0, slash));
    if (name === OPAQUE) {
      for (const child of [...this.#table.children(directory).keys()]) this.#hide(directory, child);
    } else if (name.startsWith(WHITEOUT_META)) return;
    else if (name.startsWith(WHITEOUT)) this.#hide(directory, name.slice(WHITEOUT.length));
    else if (layer.type(index) === 'hardlink') this.#link(layer.entry(index), directory, name);
    else this.#place(layer.type(index), index, directory, name);
  }

  #place(type: LayerEntry['type'], index: number, directory: number, name: ByteString): void {
    const old = this.#table.children(directory).get(name);
    if (old !== undefined && type === 'directory' && this.#table.inode(old)?.type === 'directory') {
      this.#table.refer(old, this.#layer, index);
      return;
    }
    if (old !== undefined) this.#clear(directory, name);
    const ino = this.#table.allocate();
    this.#table.refer(ino, this.#layer, index);
    this.#table.attach(directory, name, ino);
  }

  #link(entry: LayerEntry, directory: number, name: ByteString): void {
    const target = locate(this.#table, entry.link, false)?.inode;
    if (!target || target.type === 'directory') {
      throw this.#invalid(entry.path, `is a hard link to ${JSON.stringify(entry.link)}, which is no file before it`);
    }
    const ino = this.#table.children(directory).get(name);
    if (ino === target.ino) return;
    const source = this.#table.source(target.ino);
    if (ino !== undefined) this.#clear(directory, name);
    // Referred to again: the target may have lain below what this name took away.
    if (source !== undefined) this.#table.refer(target.ino, source.layer, source.entry);
    this.#table.attach(directory, name, target.ino);
    if (target.origin !== this.#layer) this.#linked.add(`${directory}/${name}`);
  }

  #clear(directory: number, name: ByteString): void {
    this.#lastParent = undefined;
    detachAll(this.#table, directory, name);
  }

  /** Hides what lower layers brought under a name; what this layer put there stays. */
  #hide(directory: number, name: ByteString): void {
    const ino = this.#table.children(directory).get(name);
    const inode = ino === undefined ? undefined : this.#table.inode(ino);
    if (!inode) return;
    this.#lastParent = undefined;
    if (inode.type === 'directory') {
      for (const child of [...this.#table.children(inode.ino).keys()]) this.#hide(inode.ino, child);
      if (this.#table.children(inode.ino).size > 0) return;
    }
    if (inode.origin !== this.#layer && !this.#linked.has(`${directory}/${name}`)) this.#table.detach(directory, name);
  }

  #directory(path: ByteString): number {
    if (path === this.#lastParent) return this.#lastDirectory;
    const place = locate(this.#table, path, true, (parent, name) => this.#implicit(parent, name));
    if (!place) throw this.#invalid(path, 'is needed as a directory but is a file or a loop of links');
    const directory = place.inode ? place.inode.ino : this.#implicit(place.directory, place.name);
    if (place.inode && place.inode.type !== 'directory')
      throw this.#invalid(path, 'is needed as a directory but is a file');
    this.#lastParent = path;
    this.#lastDirectory = directory;
    return directory;
  }

  #implicit(parent: number, name: ByteString): number {
    const ino = this.#table.allocate();
    this.#table.put(new InodeRecord(ino, this.#layer, { type: 'directory', size: 0 }, IMPLICIT));
    this.#table.attach(parent, name, ino);
    return ino;
  }

  #invalid(path: ByteString, why: string): SutureError {
    return new SutureError(
      'IMAGE_INVALID',
      `Layer ${this.#layer + 1} cannot be applied: ${JSON.stringify(path)} ${why}`,
    );
  }
}

function bodyOf(entry: LayerEntry, layer: number): InodeBody {
  // Hard links were dealt with before.
  const type = entry.type as InodeType;
  const body = { type, size: entry.size };
  if (type === 'file') return { ...body, content: { layer, offset: entry.offset } };
  if (type === 'symlink') return { ...body, target: entry.link };
  if (type === 'character' || type === 'block') return { ...body, device: { major: entry.major, minor: entry.minor } };
  return body;
}
