import { type ByteString, bytesToByteString } from '../../../../core/bytes.ts';

/** What a cache of GTK says about the icons of a theme: `DIRECTORY/NAME` → flags of the suffixes found there. */
export type IconSet = ReadonlyMap<ByteString, number>;

/** Flags of the suffixes; what a file of the theme is called decides them. */
export const ICON_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ['xpm', 1],
  ['svg', 2],
  ['png', 4],
]);

const NONE = 0xffff_ffff;
const HEADER_SIZE = 12;
/** Icons in one bucket of the hash; more means that the chain does not end. */
const CHAIN_LIMIT = 100_000;

/**
 * Reads an icon-theme.cache of version 1.0 (big endian; GTK, gtkiconcache.c). Undefined when it is cut off, of another
 * version or holds pictures besides names: only caches of names are functions of the names.
 */
export function readIconCache(bytes: Uint8Array): IconSet | undefined {
  try {
    return new IconCacheReader(bytes).read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class IconCacheReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #icons = new Map<ByteString, number>();
  #directories: readonly ByteString[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): IconSet | undefined {
    if (this.#bytes.length < HEADER_SIZE || this.#u16(0) !== 1 || this.#u16(2) !== 0) return undefined;
    const [hash, list] = [this.#u32(4), this.#u32(8)];
    this.#directories = this.#offsets(list).map((offset) => this.#string(offset));
    for (const bucket of this.#offsets(hash)) {
      let icon = bucket;
      for (let count = 0; icon !== NONE; count += 1) {
        if (count > CHAIN_LIMIT || !this.#readIcon(icon)) return undefined;
        icon = this.#u32(icon);
      }
    }
    return this.#icons;
  }

  /** An icon: next in its chain, name, list of places. False for one with a picture or a place that is not listed. */
  #readIcon(offset: number): boolean {
    const name = this.#string(this.#u32(offset + 4));
    const images = this.#u32(offset + 8);
    const count = this.#u32(images);
    for (let index = 0; index < count; index += 1) {
      const image = images + 4 + index * 8;
      const directory = this.#directories[this.#u16(image)];
      if (directory === undefined || this.#u32(image + 4) !== 0) return false;
      this.#icons.set(`${directory}/${name}`, this.#u16(image + 2));
    }
    return true;
  }

  /** A count and as many offsets. */
  #offsets(at: number): readonly number[] {
    const count = this.#u32(at);
    if (count * 4 > this.#bytes.length) throw new RangeError('more offsets than there are bytes');
    return Array.from({ length: count }, (_, index) => this.#u32(at + 4 + index * 4));
  }

  #string(at: number): ByteString {
    const end = this.#bytes.indexOf(0, at);
    if (end < 0) throw new RangeError('text without an end');
    return bytesToByteString(this.#bytes.subarray(at, end));
  }

  #u16(at: number): number {
    return this.#view.getUint16(at);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at);
  }
}
