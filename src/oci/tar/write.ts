import type { ByteString } from '../../core/bytes.ts';
import { SutureError } from '../../core/errors/error.ts';
import type { TarType, Xattrs } from './entry.ts';
import { BLOCK, checksums, paddingOf } from './fields.ts';
import { formatPax } from './pax.ts';

export interface TarWriteEntry {
  /** Relative to the archive's root, without `./`; a directory's trailing slash is added here. */
  readonly name: ByteString;
  readonly type: TarType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds since the epoch. */
  readonly mtime: number;
  /** Bytes of data of a file; left out or 0 for others. */
  readonly size?: number;
  readonly linkName?: ByteString;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly xattrs?: Xattrs;
  /** Data of a file, `size` bytes in all. */
  body?(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** An entry whose data is at hand, so that writing it waits for nothing. */
export interface ReadyTarEntry extends Omit<TarWriteEntry, 'body'> {
  /** @param scratch With it the chunks may be views of it, each valid until the next one is asked for. */
  body?(scratch?: Uint8Array): Iterable<Uint8Array>;
}

const FLAGS: Readonly<Record<TarType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** Constant, so that the bytes of an archive depend on its entries only. */
const PAX_NAME = 'PaxHeaders/entry';

/**
 * Writes an archive whose bytes are a function of its entries: ustar headers, PAX records only where ustar cannot say it,
 * no owner names, no device numbers but for devices, two zero blocks at the end and no further padding.
 * @throws SutureError INVALID_DATA when a body does not have its entry's size or an entry cannot be expressed
 */
export async function* writeTar(
  entries: Iterable<TarWriteEntry> | AsyncIterable<TarWriteEntry>,
): AsyncGenerator<Uint8Array> {
  for await (const entry of entries) {
    yield headerOf(entry);
    const count = new BodyCount(entry);
    if (count.isEmpty) continue;
    for await (const chunk of entry.body?.() ?? []) if (count.fits(chunk)) yield chunk;
    yield count.padding();
  }
  yield END;
}

/** Files from this size on are told apart from the rest of the archive, to be compressed each for itself. */
const LARGE_FILE = 64 * 1024;

/** writeTar without waiting, with the content of large files marked. Pieces are valid until the next one is asked for. */
export function* tarPieces(
  entries: Iterable<ReadyTarEntry>,
  scratch: Uint8Array,
): Generator<{ readonly bytes: Uint8Array; readonly ofFile: boolean }> {
  for (const entry of entries) {
    yield { bytes: headerOf(entry), ofFile: false };
    const count = new BodyCount(entry);
    if (count.isEmpty) continue;
    const ofFile = (entry.size ?? 0) >= LARGE_FILE;
    for (const bytes of entry.body?.(scratch) ?? []) if (count.fits(bytes)) yield { bytes, ofFile };
    yield { bytes: count.padding(), ofFile: false };
  }
  yield { bytes: END, ofFile: false };
}

const END = Buffer.alloc(2 * BLOCK);
const ZEROS = Buffer.alloc(BLOCK);

/** Holds the data of an entry to the size in its header, and knows what follows it. */
class BodyCount {
  readonly #entry: ReadyTarEntry | TarWriteEntry;
  readonly #size: number;
  #written = 0;

  constructor(entry: ReadyTarEntry | TarWriteEntry) {
    this.#entry = entry;
    this.#size = entry.size ?? 0;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  fits(chunk: Uint8Array): boolean {
    this.#written += chunk.length;
    return this.#written <= this.#size;
  }

  /** Up to the next block, perhaps none. @throws SutureError INVALID_DATA when the data had another size */
  padding(): Uint8Array {
    if (this.#written === this.#size) return ZEROS.subarray(0, paddingOf(this.#size));
    const why = `it has ${this.#written} bytes of data and ${this.#size} in its header`;
    throw cannotWrite(this.#entry, why);
  }
}

function cannotWrite(entry: Pick<TarWriteEntry, 'name'>, why: string): SutureError {
  return new SutureError('INVALID_DATA', `"${entry.name}" cannot be written to a tar archive: ${why}`);
}

/** The header block of an entry, with its PAX header in front when it needs one. */
function headerOf(entry: Omit<TarWriteEntry, 'body'>): Buffer {
  const name = entry.type === 'directory' && !entry.name.endsWith('/') ? `${entry.name}/` : entry.name;
  if (`${name}${entry.linkName ?? ''}`.includes('\0')) throw cannotWrite(entry, 'its name holds a NUL byte');
  const pax = new Map<ByteString, Uint8Array>();
  const fitting = { ...entry, name, prefix: '', linkName: entry.linkName ?? '', size: entry.size ?? 0 };
  const split = splitName(name);
  if (split) Object.assign(fitting, split);
  else {
    pax.set('path', Buffer.from(name, 'latin1'));
    fitting.name = name.slice(0, 100);
  }
  if (fitting.linkName.length > 100) {
    pax.set('linkpath', Buffer.from(fitting.linkName, 'latin1'));
    fitting.linkName = fitting.linkName.slice(0, 100);
  }
  for (const [key, octalDigits] of [
    ['size', 11] as const,
    ['uid', 7] as const,
    ['gid', 7] as const,
    ['mtime', 11] as const,
  ]) {
    if (fitting[key] >= 0 && fitting[key] < 8 ** octalDigits) continue;
    pax.set(key, Buffer.from(String(fitting[key])));
    fitting[key] = 0;
  }
  for (const [key, value] of entry.xattrs ?? []) {
    if (key.includes('=') || key === '') throw cannotWrite(entry, `PAX cannot name the extended attribute "${key}"`);
    // An empty PAX value means "no such record": an empty attribute cannot be kept.
    if (value.length > 0) pax.set(`SCHILY.xattr.${key}`, value);
  }
  const main = ustarHeader(fitting, FLAGS[entry.type]);
  if (pax.size === 0) return main;
  const records = formatPax(pax);
  const extension = { name: PAX_NAME, prefix: '', linkName: '', mode: 0o644, uid: 0, gid: 0, mtime: 0 };
  const header = ustarHeader({ ...extension, size: records.length }, 'x');
  return Buffer.concat([header, records, Buffer.alloc(paddingOf(records.length)), main]);
}

/** ustar keeps 100 bytes of name and, split at a slash, 155 more in front; undefined when the name does not fit so. */
function splitName(name: ByteString): { name: ByteString; prefix: ByteString } | undefined {
  if (name.length <= 100) return { name, prefix: '' };
  // The first slash that leaves at most 100 bytes keeps the prefix as short as it can be.
  const slash = name.indexOf('/', name.length - 101);
  if (slash <= 0 || slash > 155 || slash === name.length - 1) return undefined;
  return { name: name.slice(slash + 1), prefix: name.slice(0, slash) };
}

interface UstarFields {
  readonly name: ByteString;
  readonly prefix: ByteString;
  readonly linkName: ByteString;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly device?: { readonly major: number; readonly minor: number };
}

function ustarHeader(fields: UstarFields, flag: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(fields.name, 0, 100, 'latin1');
  octal(block, fields.mode & 0o7777, 100, 8);
  octal(block, fields.uid, 108, 8);
  octal(block, fields.gid, 116, 8);
  octal(block, fields.size, 124, 12);
  octal(block, fields.mtime, 136, 12);
  block.write(flag, 156, 1, 'latin1');
  block.write(fields.linkName, 157, 100, 'latin1');
  block.write('ustar\x0000', 257, 8, 'latin1');
  octal(block, fields.device?.major ?? 0, 329, 8);
  octal(block, fields.device?.minor ?? 0, 337, 8);
  block.write(fields.prefix, 345, 155, 'latin1');
  block.write(`${checksums(block).unsigned.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return block;
}

function octal(block: Buffer, value: number, start: number, length: number): void {
  const digits = value.toString(8).padStart(length - 1, '0');
  if (digits.length > length - 1) throw new SutureError('INVALID_DATA', `${value} does not fit a tar header field`);
  block.write(digits, start, length - 1, 'latin1');
}
