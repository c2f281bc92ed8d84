import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BLOCK_SIZE, RECIPE } from './gzip-block.ts';

const CHECKSUM = 32;

/** What does not compress grows by far less than this; a larger file was not written here. */
const LARGEST = CHECKSUM + BLOCK_SIZE + 4096;

/**
 * Compressed blocks by what they were made of, below `<cache>/gzipped`: the second image that gets a package does not
 * compress it again. A name is the digest of recipe and content; the digest of the compressed bytes stands in front of them,
 * and a file that does not agree with it is not used. Whether the blocks make up the layer is proven on the whole, when the
 * layer is read back. What cannot be kept costs time only, and is no error.
 */
export class BlockStore {
  readonly #directory: string;

  constructor(cacheDirectory: string) {
    this.#directory = join(cacheDirectory, 'gzipped');
  }

  /** Where the block is or will be; its content is not needed after this. */
  path(block: Uint8Array): string {
    const name = createHash('sha256').update(`${RECIPE}\n`).update(block).digest('hex');
    return join(this.#directory, name.slice(0, 2), name);
  }

  /** The block as it was compressed before. */
  find(path: string): Uint8Array | undefined {
    const file = readWhole(path);
    if (file === undefined || file.length < CHECKSUM) return undefined;
    const member = file.subarray(CHECKSUM);
    return createHash('sha256').update(member).digest().equals(file.subarray(0, CHECKSUM)) ? member : undefined;
  }

  async keep(path: string, member: Uint8Array): Promise<void> {
    await keepBlock(path, member).catch(() => {});
  }
}

/** Synchronous: hundreds of small files from the cache, each of which a thread would take longer to be asked for. */
function readWhole(path: string): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(descriptor);
    if (size > LARGEST) return undefined;
    const bytes = Buffer.allocUnsafeSlow(size);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

async function keepBlock(path: string, member: Uint8Array): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const checksum = createHash('sha256').update(member).digest();
    await writeFile(temporary, [checksum, member], { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
