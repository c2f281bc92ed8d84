import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeflateTask, RECIPE } from './deflate-block.ts';

const CHECKSUM = 32;

/**
 * Compressed blocks by what they were made of, below `<cache>/deflated`: the second image that gets a package does not
 * compress it again. A name is the digest of recipe, window and content; the digest of the compressed bytes stands in
 * front of them, and a file that does not agree with it is not used. Whether the blocks make up the layer is proven on the
 * whole, when the layer is read back. What cannot be kept costs time only, and is no error.
 */
export class DeflateStore {
  readonly #directory: string;

  constructor(cacheDirectory: string) {
    this.#directory = join(cacheDirectory, 'deflated');
  }

  /** The block as it was compressed before, or by `compress`, and then kept. */
  async deflated(task: DeflateTask, compress: () => Promise<Uint8Array[]>): Promise<Uint8Array[]> {
    const path = this.#path(task);
    const found = await readBlock(path);
    if (found !== undefined) return [found];
    const chunks = await compress();
    await keepBlock(path, chunks).catch(() => {});
    return chunks;
  }

  #path({ data, dictionary, last }: DeflateTask): string {
    const hash = createHash('sha256')
      .update(`${RECIPE}\n${dictionary.length} ${last}\n`)
      .update(dictionary)
      .update(data);
    const name = hash.digest('hex');
    return join(this.#directory, name.slice(0, 2), name);
  }
}

async function readBlock(path: string): Promise<Uint8Array | undefined> {
  const file = await readFile(path).catch(() => undefined);
  if (file === undefined || file.length < CHECKSUM) return undefined;
  const block = file.subarray(CHECKSUM);
  return createHash('sha256').update(block).digest().equals(file.subarray(0, CHECKSUM)) ? block : undefined;
}

async function keepBlock(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  await mkdir(join(path, '..'), { recursive: true });
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, [hash.digest(), ...chunks], { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
