import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { layerEntries } from '../../../src/oci/layer/layer-entries.ts';
import { writeTar } from '../../../src/oci/tar/write.ts';
import type { MutableTree } from '../../../src/oci/tree/types.ts';
import { unpackInto } from './tar-tree.ts';

/** Writes a changed tree to disk as a container runtime would: the base, and the patch layer unpacked over it. */
export async function writeTree(base: string, tree: MutableTree, root: string, sourceDate: number): Promise<void> {
  unpackInto(base, root);
  const entries = [...layerEntries(tree, { sourceDate })];
  const isWhiteout = ({ name }: { readonly name: string }): boolean => basename(name).startsWith('.wh.');
  for (const { name } of entries.filter(isWhiteout)) {
    const path = Buffer.from(join(dirname(name), basename(name).slice('.wh.'.length)), 'latin1');
    rmSync(Buffer.concat([Buffer.from(`${root}/`), path]), { recursive: true });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(entries.filter((entry) => !isWhiteout(entry)))) chunks.push(chunk);
  const options = ['-xpf', '-', '--numeric-owner', '--xattrs', '--xattrs-include=*'];
  const { status, stderr } = spawnSync('tar', ['-C', root, ...options], { input: Buffer.concat(chunks) });
  if (status !== 0) throw new Error(`the layer cannot be unpacked: ${stderr.toString().slice(0, 1000)}`);
}
