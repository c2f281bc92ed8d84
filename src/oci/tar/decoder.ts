import type { ByteString } from '../../core/bytes.ts';
import { SutureError } from '../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../core/limits.ts';
import { NO_XATTRS, type TarHeader, type TarType, type Xattrs } from './entry.ts';
import { checksums, isZeroBlock, readField, readNumber, tarInvalid } from './fields.ts';
import { mergePax, type PaxRecords, parsePax, paxNumber } from './pax.ts';

/** What the driver has to do after a header block: hand in the extension's data, skip, deliver the entry, or look for the end. */
export type Step =
  | { readonly kind: 'extension'; readonly size: number }
  | { readonly kind: 'skip'; readonly size: number }
  | { readonly kind: 'entry'; readonly header: TarHeader }
  | { readonly kind: 'zero' };

const TYPES: Readonly<Record<string, TarType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

/** Extension members: `x`/`X` PAX for the next entry, `g` PAX for all, `L`/`K` GNU long name and link. */
type Extension = 'x' | 'g' | 'L' | 'K';

/**
 * The format's state machine without its IO: fed header blocks and extension data by a driver (stream or buffer), it gives
 * complete headers. Understands v7, ustar, star, PAX and GNU archives as Go's archive/tar (containerd, dockerd) does.
 */
export class TarDecoder {
  readonly #what: string;
  #global: PaxRecords = new Map();
  #local: PaxRecords | undefined;
  #longName: ByteString | undefined;
  #longLink: ByteString | undefined;
  #awaited: Extension | undefined;
  #entries = 0;

  constructor(what: string) {
    this.#what = what;
  }

  /** True when the archive may not end here: an extension still waits for its entry. */
  get dangling(): boolean {
    return this.#local !== undefined || this.#longName !== undefined || this.#longLink !== undefined;
  }

  /** @param offset Where the bytes after this block lie in the archive. */
  block(block: Buffer, offset: number): Step {
    if (isZeroBlock(block)) return { kind: 'zero' };
    this.#verify(block);
    const flag = String.fromCharCode(block[156] ?? 0);
    switch (flag) {
      case 'x':
      case 'X':
        return this.#extension('x', block);
      case 'g':
      case 'L':
      case 'K':
        return this.#extension(flag, block);
      case 'V':
        return { kind: 'skip', size: this.#size(block) };
      default:
        return { kind: 'entry', header: this.#entry(flag, block, offset) };
    }
  }

  /** Data of the extension announced by the last step, without padding. */
  extension(data: Buffer): void {
    const kind = this.#awaited;
    this.#awaited = undefined;
    // The caller may reuse or drop the buffer: what is kept must be a copy.
    if (kind === 'x') this.#local = parsePax(Buffer.from(data), this.#what);
    else if (kind === 'g') this.#global = mergePax(this.#global, parsePax(Buffer.from(data), this.#what));
    else if (kind === 'L') this.#longName = readField(data, 0, data.length);
    else if (kind === 'K') this.#longLink = readField(data, 0, data.length);
  }

  #extension(kind: Extension, block: Buffer): Step {
    const size = this.#size(block);
    checkLimit(`an extended header in ${this.#what}`, size, LIMITS.paxHeader);
    this.#awaited = kind;
    return { kind: 'extension', size };
  }

  #size(block: Buffer): number {
    const size = readNumber(block, 124, 12, this.#what);
    if (size < 0) throw tarInvalid(this.#what, 'a member has a negative size');
    return size;
  }

  #verify(block: Buffer): void {
    const stored = readNumber(block, 148, 8, this.#what);
    const { unsigned, signed } = checksums(block);
    if (stored !== unsigned && stored !== signed) throw tarInvalid(this.#what, 'a header has a wrong checksum');
  }

  #entry(flag: string, block: Buffer, offset: number): TarHeader {
    checkLimit(`the number of entries in ${this.#what}`, ++this.#entries, LIMITS.entriesPerLayer);
    const pax = this.#local || this.#global.size > 0 ? mergePax(this.#global, this.#local ?? NO_RECORDS) : undefined;
    const text = (key: string): ByteString | undefined => pax?.get(key)?.toString('latin1');
    const number = (key: string, start: number, length: number): number => {
      const record = pax?.get(key);
      return record ? paxNumber(record, key, this.#what) : readNumber(block, start, length, this.#what);
    };
    const name = this.#longName ?? text('path') ?? storedName(block);
    const linkName = this.#longLink ?? text('linkpath') ?? readField(block, 157, 100);
    this.#local = this.#longName = this.#longLink = undefined;
    checkLimit(`a path in ${this.#what}`, Math.max(name.length, linkName.length), LIMITS.pathLength);
    const type = this.#type(flag, name);
    const size = number('size', 124, 12);
    if (size < 0) throw tarInvalid(this.#what, 'a member has a negative size');
    const device = type === 'character' || type === 'block';
    return {
      name,
      type,
      mode: readNumber(block, 100, 8, this.#what) & 0o7777,
      uid: this.#id(number('uid', 108, 8)),
      gid: this.#id(number('gid', 116, 8)),
      uname: text('uname') ?? (hasOwnerNames(block) ? readField(block, 265, 32) : ''),
      gname: text('gname') ?? (hasOwnerNames(block) ? readField(block, 297, 32) : ''),
      // Go's archive/tar, hence containerd and dockerd, reads no data for links, directories and devices.
      size: type === 'file' ? size : 0,
      mtime: number('mtime', 136, 12),
      linkName: type === 'symlink' || type === 'hardlink' ? linkName : '',
      device: device ? this.#device(block) : NO_DEVICE,
      xattrs: pax ? xattrsOf(pax) : NO_XATTRS,
      offset,
    };
  }

  #device(block: Buffer): TarHeader['device'] {
    return { major: readNumber(block, 329, 8, this.#what), minor: readNumber(block, 337, 8, this.#what) };
  }

  #id(id: number): number {
    // Some writers store ids modulo 2^32 as negative base-256 numbers.
    if (id < -0x80000000 || id > 0xffffffff) throw tarInvalid(this.#what, 'a user or group id is out of range');
    return id >>> 0;
  }

  #type(flag: string, name: ByteString): TarType {
    const type = TYPES[flag];
    if (type === undefined) {
      const shown = /[ -~]/.test(flag) ? `"${flag}"` : `byte ${flag.charCodeAt(0)}`;
      throw new SutureError(
        'IMAGE_UNSUPPORTED',
        `${this.#what} holds a member of type ${shown} (sparse or vendor type)`,
      );
    }
    // v7 archives have no directory type: the name ends with a slash.
    return flag === '\0' && name.endsWith('/') ? 'directory' : type;
  }
}

const NO_RECORDS: PaxRecords = new Map();
const NO_DEVICE = { major: 0, minor: 0 } as const;

function hasOwnerNames(block: Buffer): boolean {
  return block.toString('latin1', 257, 262) === 'ustar';
}

/** Name with the prefix of ustar (155 bytes) or star (131 bytes); GNU's own magic has no prefix, v7 neither. */
function storedName(block: Buffer): ByteString {
  const name = readField(block, 0, 100);
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return name;
  const star = block.toString('latin1', 508, 512) === 'tar\0';
  const prefix = readField(block, 345, star ? 131 : 155);
  return prefix === '' ? name : `${prefix}/${name}`;
}

const XATTR = 'SCHILY.xattr.';

function xattrsOf(pax: PaxRecords): Xattrs {
  let xattrs: Map<string, Uint8Array> | undefined;
  for (const [key, value] of pax) {
    if (!key.startsWith(XATTR)) continue;
    xattrs ??= new Map();
    xattrs.set(key.slice(XATTR.length), new Uint8Array(value));
  }
  return xattrs ?? NO_XATTRS;
}
