import fc from 'fast-check';
import { sha256 } from '../../src/core/digest.ts';
import { isSutureError } from '../../src/core/errors/error.ts';
import { collect } from '../../src/core/streams.ts';
import { layerEntries } from '../../src/oci/layer/layer-entries.ts';
import { LayerIndex, LayerIndexBuilder } from '../../src/oci/layer/layer-index.ts';
import { readTarBuffer } from '../../src/oci/tar/read-buffer.ts';
import { writeTar } from '../../src/oci/tar/write.ts';
import type { TreeLayer } from '../../src/oci/tree/merge-layers.ts';
import type { MutableTree, Ownership } from '../../src/oci/tree/types.ts';

export const SOURCE_DATE = 1_700_000_000;
export const own: Ownership = { mode: 0o644, uid: 0, gid: 0, mtime: 5 };

export const tarOf = (tree: MutableTree): Promise<Buffer> =>
  collect(writeTar(layerEntries(tree, { sourceDate: SOURCE_DATE })), 1 << 26, 'layer');

export function indexOf(tar: Buffer): TreeLayer {
  const builder = new LayerIndexBuilder('layer');
  for (const member of readTarBuffer(tar, 'layer')) builder.add(member);
  const diffId = sha256(tar);
  const index = LayerIndex.decode(builder.encode(diffId, tar.length), diffId, (at, target) =>
    target.set(tar.subarray(at, at + target.length)),
  );
  if (!index) throw new Error('index does not decode');
  return index;
}

// Few names and few owners: operations have to meet each other to be worth anything.
const someName = fc.constantFrom('a', 'b', 'c.d');
const somePath = fc
  .oneof(
    { weight: 4, arbitrary: fc.tuple(someName) },
    { weight: 3, arbitrary: fc.tuple(someName, someName) },
    { weight: 1, arbitrary: fc.tuple(someName, someName, someName) },
  )
  .map((parts) => `/${parts.join('/')}`);
const someOwnership = fc.oneof(
  { weight: 4, arbitrary: fc.constant(own) },
  {
    weight: 1,
    arbitrary: fc.record({
      mode: fc.constantFrom(0o755, 0o4755),
      uid: fc.constantFrom(0, 7),
      gid: fc.constant(0),
      mtime: fc.constantFrom(1, 2),
      xattrs: fc.constant(new Map([['trusted.x', Uint8Array.of(0, 255)]])),
    }),
  },
);
export type Operation = (tree: MutableTree) => void;
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(somePath, fc.constantFrom('same', 'same', '', 'two'), someOwnership).map(
    ([path, text, o]): Operation =>
      (tree) =>
        tree.writeFile(path, Buffer.from(text), o),
  ),
  fc.tuple(somePath, someOwnership).map(
    ([path, o]): Operation =>
      (tree) =>
        tree.mkdir(path, o),
  ),
  fc.tuple(somePath, somePath, someOwnership).map(
    ([to, path, o]): Operation =>
      (tree) =>
        tree.symlink(to.slice(1), path, o),
  ),
  fc.tuple(somePath, somePath).map(
    ([from, to]): Operation =>
      (tree) =>
        tree.link(from, to),
  ),
  fc.tuple(somePath, somePath).map(
    ([from, to]): Operation =>
      (tree) =>
        tree.rename(from, to),
  ),
  somePath.map(
    (path): Operation =>
      (tree) =>
        tree.remove(path),
  ),
  somePath.map(
    (path): Operation =>
      (tree) =>
        tree.removeAll(path),
  ),
  fc.tuple(somePath, someOwnership).map(
    ([path, o]): Operation =>
      (tree) =>
        tree.setMetadata(path, o, true),
  ),
  fc.tuple(somePath, someOwnership).map(
    ([path, o]): Operation =>
      (tree) =>
        tree.mknod(path, 'fifo', { major: 0, minor: 0 }, o),
  ),
);
/** Replaces a file by an equal one, which is no change unless the file has other names. */
const rewrite = somePath.map(
  (path): Operation =>
    (tree) => {
      const inode = tree.lstat(path);
      if (inode?.type === 'file') tree.writeFile(path, tree.readFile(path), inode);
    },
);
const relink = fc.tuple(somePath, somePath).map(
  ([from, to]): Operation =>
    (tree) => {
      if (tree.lstat(to)?.type !== 'directory') tree.link(from, to);
    },
);
export const operations = fc.array(
  fc.oneof({ weight: 4, arbitrary: operation }, { weight: 2, arbitrary: rewrite }, { weight: 2, arbitrary: relink }),
  { maxLength: 30, size: 'max' },
);

export function run(tree: MutableTree, todo: readonly Operation[]): void {
  for (const work of todo) {
    try {
      work(tree);
    } catch (error) {
      if (!isSutureError(error)) throw error;
    }
  }
}
