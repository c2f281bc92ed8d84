import { execFileSync } from 'node:child_process';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { Digester } from '../../../src/core/digest.ts';
import { LayerIndex, LayerIndexBuilder } from '../../../src/oci/layer/layer-index.ts';
import { readTar } from '../../../src/oci/tar/read.ts';
import { openTree } from '../../../src/oci/tree/tree.ts';
import type { MutableTree } from '../../../src/oci/tree/types.ts';

/** Packs a directory with every owner, time and attribute; what the running system mounts there is left out. */
export function packDirectory(root: string, tar: string, exclude: readonly string[] = []): void {
  const excludes = ['./proc/*', './sys/*', ...exclude].map((pattern) => `--exclude=${pattern}`);
  const metadata = ['--numeric-owner', '--xattrs', '--xattrs-include=*', '--format=posix', '--sort=name'];
  execFileSync('tar', ['-C', root, '-cf', tar, ...metadata, ...excludes, '.'], { stdio: 'pipe' });
}

export function unpackInto(tar: string, root: string): void {
  execFileSync('tar', ['-C', root, '-xpf', tar, '--numeric-owner', '--xattrs', '--xattrs-include=*'], {
    stdio: 'pipe',
  });
}

/** The tree of an image whose only layer is this tar. */
export async function treeOfTar(path: string): Promise<MutableTree> {
  const builder = new LayerIndexBuilder(path);
  const digester = new Digester();
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
      digester.update(chunk);
      yield chunk;
    }
  }
  for await (const entry of readTar(hashed(), path)) builder.add(entry);
  const digest = digester.digest();
  const index = LayerIndex.decode(builder.encode(digest, digester.size), digest, (offset, target) =>
    readAt(path, offset, target),
  );
  if (index === undefined) throw new Error(`${path} cannot be indexed`);
  return openTree([index]);
}

function readAt(path: string, offset: number, bytes: Uint8Array): void {
  const descriptor = openSync(path, 'r');
  try {
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(descriptor, bytes, done, bytes.length - done, offset + done);
      if (count === 0) throw new Error(`${path} is cut off`);
      done += count;
    }
  } finally {
    closeSync(descriptor);
  }
}
