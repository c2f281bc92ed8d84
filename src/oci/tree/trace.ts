import { type ByteString, byteStringToBytes, compareBytes } from '../../core/bytes.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import type { InodeRecord } from './inode-record.ts';
import { type BaseTable, ROOT } from './inode-table.ts';
import type { TreeLayer } from './merge-layers.ts';
import { pathOfDirectory } from './resolve.ts';
import { ASKED, type TracedTable } from './traced-table.ts';

export interface TraceableLayer extends TreeLayer {
  readonly diffId: Digest;
}

/**
 * Everything that was learned from the layers of a tree (a constructive trace): which entries of which layers, which names are
 * not there, and what directories are like. A plain value for JSON.
 */
export interface TraceRecord {
  /** Diff IDs that `names` refers to. */
  readonly layers: readonly Digest[];
  /** Parents first. */
  readonly directories: readonly DirectoryTrace[];
  /** All names of an inode, each list in byte order. */
  readonly links: readonly (readonly ByteString[])[];
}

export interface DirectoryTrace {
  /** '' for the root. */
  readonly path: ByteString;
  /**
   * By name: `-` when there is none, `d` for a directory, and for anything else the layer and the place of the entry there,
   * `3:1402`, which is its content and its metadata.
   */
  readonly names: readonly (readonly [name: ByteString, answer: string])[];
  readonly ownership?: string;
  readonly mtime?: number;
  /** Digest. */
  readonly xattrs?: string;
  /** Digest of the names of all entries. */
  readonly entries?: string;
  readonly empty?: boolean;
}

/** What a tree was asked so far, and whether what another one was asked has the same answers here. */
export interface TreeTrace {
  record(): TraceRecord;
  /** Asks the layers of this tree, whatever was changed in it. */
  agreesWith(other: TraceRecord): boolean;
}

export function traceOf(base: BaseTable, traced: TracedTable, diffIds: readonly Digest[]): TreeTrace {
  return {
    record: () => recordOf(base, traced, diffIds),
    agreesWith: (other) => new Comparison(base, diffIds, other).holds(),
  };
}

function recordOf(base: BaseTable, traced: TracedTable, layers: readonly Digest[]): TraceRecord {
  const directories: DirectoryTrace[] = [];
  const links: (readonly ByteString[])[] = [];
  const inos = new Set([...traced.names.keys(), ...traced.asked.keys()]);
  for (const ino of inos) {
    const asked = traced.asked.get(ino) ?? 0;
    const inode = base.inode(ino);
    if (inode?.type !== 'directory') {
      if (asked & ASKED.links) links.push(pathsOf(base, ino));
      continue;
    }
    const names = [...(traced.names.get(ino) ?? [])]
      .sort(compareBytes)
      .map((name) => [name, answerOf(base, base.child(ino, name), (layer) => layer) ?? UNKNOWN] as const);
    directories.push({ path: pathOfDirectory(base, ino), names, ...askedOf(base, inode, asked) });
  }
  return {
    layers,
    directories: directories.sort((a, b) => compareBytes(a.path, b.path)),
    links: links.sort(([a = ''], [b = '']) => compareBytes(a, b)),
  };
}

/** Agrees with nothing. */
const UNKNOWN = '?';

/** @param layerOf the number under which a trace knows a layer of the tree; undefined when it does not */
function answerOf(
  base: BaseTable,
  ino: number | undefined,
  layerOf: (layer: number) => number | undefined,
): string | undefined {
  if (ino === undefined) return '-';
  if (base.inode(ino)?.type === 'directory') return 'd';
  const source = base.source(ino);
  const layer = source && layerOf(source.layer);
  return layer === undefined ? undefined : `${layer}:${source?.entry}`;
}

/** Names of layers, of which the same may be there twice: the first and the second are not the same then. */
function occurrences(diffIds: readonly Digest[]): readonly string[] {
  const counts = new Map<Digest, number>();
  return diffIds.map((diffId) => {
    const count = counts.get(diffId) ?? 0;
    counts.set(diffId, count + 1);
    return `${diffId} ${count}`;
  });
}

function askedOf(base: BaseTable, inode: InodeRecord, asked: number): Omit<DirectoryTrace, 'path' | 'names'> {
  return {
    ...(asked & ASKED.ownership ? { ownership: ownershipOf(inode) } : {}),
    ...(asked & ASKED.mtime ? { mtime: inode.mtime } : {}),
    ...(asked & ASKED.xattrs ? { xattrs: xattrsOf(inode) } : {}),
    ...(asked & ASKED.entries ? { entries: entriesOf(base, inode.ino) } : {}),
    ...(asked & ASKED.emptiness ? { empty: base.isEmpty(inode.ino) } : {}),
  };
}

function ownershipOf({ mode, uid, gid }: InodeRecord): string {
  return `${mode.toString(8)} ${uid} ${gid}`;
}

function xattrsOf({ xattrs }: InodeRecord): string {
  if (xattrs.size === 0) return '';
  const entries = [...xattrs].map(([key, value]) => [key, Buffer.from(value).toString('hex')] as const);
  return sha256(JSON.stringify(entries.sort(([a], [b]) => compareBytes(a, b))));
}

function entriesOf(base: BaseTable, ino: number): string {
  return sha256(byteStringToBytes([...base.children(ino).keys()].sort(compareBytes).join('\0')));
}

function pathsOf(base: BaseTable, ino: number): readonly ByteString[] {
  return base
    .links(ino)
    .map(({ parent, name }) => `${pathOfDirectory(base, parent)}/${name}`)
    .sort(compareBytes);
}

/** Whether the layers of a tree give the answers of a trace. */
class Comparison {
  readonly #base: BaseTable;
  readonly #trace: TraceRecord;
  /** By layer of this tree its number in the trace. */
  readonly #layers: readonly (number | undefined)[];

  constructor(base: BaseTable, diffIds: readonly Digest[], trace: TraceRecord) {
    this.#base = base;
    this.#trace = trace;
    const numbers = new Map(occurrences(trace.layers).map((name, number) => [name, number]));
    this.#layers = occurrences(diffIds).map((name) => numbers.get(name));
  }

  holds(): boolean {
    return (
      this.#trace.directories.every((directory) => this.#directory(directory)) &&
      this.#trace.links.every((paths) => this.#links(paths))
    );
  }

  #directory({ path, names, ownership, mtime, xattrs, entries, empty }: DirectoryTrace): boolean {
    const ino = this.#find(path);
    const inode = ino === undefined ? undefined : this.#base.inode(ino);
    if (ino === undefined || inode?.type !== 'directory') return false;
    if (ownership !== undefined && ownership !== ownershipOf(inode)) return false;
    if (mtime !== undefined && mtime !== inode.mtime) return false;
    if (xattrs !== undefined && xattrs !== xattrsOf(inode)) return false;
    if (entries !== undefined && entries !== entriesOf(this.#base, ino)) return false;
    if (empty !== undefined && empty !== this.#base.isEmpty(ino)) return false;
    return names.every(([name, answer]) => this.#answer(this.#base.child(ino, name)) === answer);
  }

  #answer(ino: number | undefined): string | undefined {
    return answerOf(this.#base, ino, (layer) => this.#layers[layer]);
  }

  #links(paths: readonly ByteString[]): boolean {
    const ino = this.#find(paths[0] ?? '');
    const found = ino === undefined ? [] : pathsOf(this.#base, ino);
    return found.length === paths.length && found.every((path, at) => path === paths[at]);
  }

  /** The inode at a path without symlinks. */
  #find(path: ByteString): number | undefined {
    let ino: number | undefined = ROOT;
    for (const name of path.split('/').slice(1)) ino = ino === undefined ? undefined : this.#base.child(ino, name);
    return ino;
  }
}
