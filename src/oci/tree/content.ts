import { SutureError } from '../../core/errors/error.ts';
import type { InodeRecord } from './inode-record.ts';

/** Reads what inode records refer to. */
export class ContentReader {
  readonly #layers: readonly { read(offset: number, size: number): Uint8Array }[];

  constructor(layers: readonly { read(offset: number, size: number): Uint8Array }[]) {
    this.#layers = layers;
  }

  /** The whole content of a file. */
  read(inode: InodeRecord): Uint8Array {
    const { content } = inode;
    if (inode.size === 0 || content === undefined) return new Uint8Array();
    if (content instanceof Uint8Array) return content;
    if ('layer' in content) return this.#layers[content.layer]?.read(content.offset, inode.size) ?? new Uint8Array();
    const bytes = content.read();
    if (bytes.length !== content.size) {
      throw new SutureError('INVALID_DATA', `A file said to have ${content.size} bytes has ${bytes.length}`);
    }
    return bytes;
  }

  same(a: InodeRecord, b: InodeRecord): boolean {
    if (a.size !== b.size) return false;
    if (a.size === 0 || a.content === b.content || sameStretch(a, b)) return true;
    return Buffer.compare(this.read(a), this.read(b)) === 0;
  }
}

function sameStretch(a: InodeRecord, b: InodeRecord): boolean {
  const [one, other] = [a.content, b.content];
  if (!one || !other || !('layer' in one) || !('layer' in other)) return false;
  return one.layer === other.layer && one.offset === other.offset;
}
