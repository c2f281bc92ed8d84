import { type ByteString, bytesToByteString, compareBytes } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type {
  FileContent,
  ForkedTree,
  Inode,
  InodeType,
  MetadataChange,
  MutableTree,
  Ownership,
  TreeChange,
  WalkEntry,
} from '../../../oci/tree/types.ts';

interface Node {
  inode: Inode;
  content: Uint8Array;
  readonly children: Map<ByteString, Node>;
}

/** A small tree in memory for the tests of the evaluator: no layers, no forks. */
export class MemoryTree implements MutableTree {
  #counter = 1;
  readonly #root: Node = this.#node('directory', { mode: 0o755, uid: 0, gid: 0, mtime: 0 });

  #node(type: InodeType, ownership: Ownership, content: Uint8Array = new Uint8Array(), target?: ByteString): Node {
    const { mode, uid, gid, mtime, xattrs } = ownership;
    const inode: Inode = {
      ino: this.#counter++,
      type,
      mode,
      uid,
      gid,
      mtime,
      size: content.length,
      ...(target === undefined ? {} : { target }),
      xattrs: xattrs ?? new Map(),
      origin: 'pending',
    };
    return { inode, content, children: new Map() };
  }

  #walkTo(path: ByteString, follow: boolean, budget = { links: 40 }): { node: Node; real: string[] } | undefined {
    let stack: { name: string; node: Node }[] = [];
    let current = this.#root;
    const todo = path.split('/').filter((part) => part !== '' && part !== '.');
    while (todo.length > 0) {
      const part = todo.shift() ?? '';
      if (current.inode.type !== 'directory') return undefined;
      if (part === '..') {
        stack.pop();
        current = stack.at(-1)?.node ?? this.#root;
        continue;
      }
      const child = current.children.get(part);
      if (child === undefined) return undefined;
      if (child.inode.type === 'symlink' && (todo.length > 0 || follow)) {
        budget.links -= 1;
        if (budget.links < 0) return undefined;
        const target = child.inode.target ?? '';
        todo.unshift(...target.split('/').filter((piece) => piece !== '' && piece !== '.'));
        if (target.startsWith('/')) {
          stack = [];
          current = this.#root;
        }
        continue;
      }
      stack.push({ name: part, node: child });
      current = child;
    }
    return { node: current, real: stack.map(({ name }) => name) };
  }

  #parentOf(path: ByteString): { parent: Node; name: string; real: string[] } | undefined {
    const trimmed = path.replace(/\/+$/, '');
    const slash = trimmed.lastIndexOf('/');
    const found = this.#walkTo(trimmed.slice(0, slash + 1), true);
    const name = trimmed.slice(slash + 1);
    if (found === undefined || found.node.inode.type !== 'directory') return undefined;
    if (name === '' || name === '.' || name === '..') return undefined;
    return { parent: found.node, name, real: found.real };
  }

  #place(path: ByteString, node: Node): void {
    const place = this.#parentOf(path);
    if (place === undefined) throw new SutureError('TREE_NOT_FOUND', `no parent of ${path}`);
    place.parent.children.set(place.name, node);
  }

  lstat(path: ByteString): Inode | undefined {
    return this.#walkTo(path, false)?.node.inode;
  }

  stat(path: ByteString): Inode | undefined {
    return this.#walkTo(path, true)?.node.inode;
  }

  resolveParent(path: ByteString): ByteString | undefined {
    const place = this.#parentOf(path);
    return place === undefined ? this.realpath(path) : `/${[...place.real, place.name].join('/')}`;
  }

  realpath(path: ByteString): ByteString | undefined {
    const found = this.#walkTo(path, true);
    return found === undefined ? undefined : `/${found.real.join('/')}`;
  }

  readdir(path: ByteString): readonly ByteString[] {
    return [...(this.#walkTo(path, true)?.node.children.keys() ?? [])].sort(compareBytes);
  }

  readFile(path: ByteString): Uint8Array {
    const node = this.#walkTo(path, true)?.node;
    if (node?.inode.type !== 'file') throw new SutureError('TREE_NOT_FOUND', `no file ${path}`);
    return node.content;
  }

  readPieces(path: ByteString): Iterable<Uint8Array> {
    return [this.readFile(path)];
  }

  readText(path: ByteString): ByteString | undefined {
    return this.stat(path)?.type === 'file' ? bytesToByteString(this.readFile(path)) : undefined;
  }

  *walk(path: ByteString): Iterable<WalkEntry> {
    if (this.lstat(path)?.type !== 'directory') return;
    for (const name of this.readdir(path)) {
      const child = path === '/' ? `/${name}` : `${path}/${name}`;
      const inode = this.lstat(child);
      if (inode !== undefined) yield { path: child, inode };
      yield* this.walk(child);
    }
  }

  linksOf(inode: Inode): readonly ByteString[] {
    return [...this.walk('/')].filter((entry) => entry.inode.ino === inode.ino).map(({ path }) => path);
  }

  writeFile(path: ByteString, content: FileContent, ownership: Ownership): void {
    this.#place(path, this.#node('file', ownership, content instanceof Uint8Array ? content : content.read()));
  }

  mkdir(path: ByteString, ownership: Ownership): void {
    this.#place(path, this.#node('directory', ownership));
  }

  symlink(target: ByteString, path: ByteString, ownership: Ownership): void {
    this.#place(path, this.#node('symlink', ownership, new Uint8Array(), target));
  }

  link(existing: ByteString, path: ByteString): void {
    const node = this.#walkTo(existing, false)?.node;
    if (node === undefined) throw new SutureError('TREE_NOT_FOUND', `no ${existing}`);
    this.#place(path, node);
  }

  mknod(path: ByteString, type: 'character' | 'block' | 'fifo', _device: unknown, ownership: Ownership): void {
    this.#place(path, this.#node(type, ownership));
  }

  remove(path: ByteString): void {
    const place = this.#parentOf(path);
    if ((place?.parent.children.get(place.name)?.children.size ?? 0) > 0)
      throw new SutureError('TREE_NOT_FOUND', `${path} is not empty`);
    place?.parent.children.delete(place.name);
  }

  removeAll(path: ByteString): void {
    const place = this.#parentOf(path);
    place?.parent.children.delete(place.name);
  }

  rename(from: ByteString, to: ByteString): void {
    const node = this.#walkTo(from, false)?.node;
    const place = this.#parentOf(from);
    if (node === undefined || place === undefined) throw new SutureError('TREE_NOT_FOUND', `no ${from}`);
    this.#place(to, node);
    place.parent.children.delete(place.name);
  }

  setMetadata(path: ByteString, change: MetadataChange, noFollow = false): void {
    const node = this.#walkTo(path, !noFollow)?.node;
    if (node === undefined) throw new SutureError('TREE_NOT_FOUND', `no ${path}`);
    const { xattrs: changed, ...rest } = change;
    const xattrs = new Map(node.inode.xattrs);
    for (const [name, value] of changed ?? []) {
      if (value === undefined) xattrs.delete(name);
      else xattrs.set(name, value);
    }
    node.inode = { ...node.inode, ...rest, xattrs };
  }

  fork(): ForkedTree {
    throw new SutureError('TREE_NOT_FOUND', 'the test tree has no forks');
  }

  changes(): readonly TreeChange[] {
    throw new SutureError('TREE_NOT_FOUND', 'the test tree has no changes');
  }
}
