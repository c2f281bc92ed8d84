import type { ByteString } from '../../../core/bytes.ts';
import { readTarBuffer } from '../../../oci/tar/read-buffer.ts';
import { SCRIPT_TYPES, type ScriptType } from '../archive/open.ts';

/** A script in scripts.tar: `<name>-<version>.<identity>.<type>`. */
export interface StoredScript {
  /** `Q1…` of the package. */
  readonly identity: ByteString;
  readonly type: ScriptType;
  readonly content: Uint8Array;
}

/** Reads scripts.tar; entries of another form are ignored, as apk does. @throws SutureError TAR_INVALID */
export function readStoredScripts(archive: Uint8Array, what: string): StoredScript[] {
  return readTarBuffer(archive, what).flatMap(({ name, type: entryType, data }) => {
    const [, id = '', action = ''] = /\.([QX]1[^.]*)\.([a-z-]+)$/.exec(name) ?? [];
    const type = SCRIPT_TYPES.find((known) => known === action);
    const identity = id.startsWith('X1') ? `Q1${Buffer.from(id.slice(2), 'hex').toString('base64')}` : id;
    return entryType === 'file' && type !== undefined && identity !== '' ? [{ identity, type, content: data }] : [];
  });
}

export interface ScriptEntry {
  readonly name: ByteString;
  readonly content: Uint8Array;
  /** Seconds since the epoch. */
  readonly mtime: number;
}

/** Writes scripts.tar byte by byte as apk does: GNU magic, owner names, decimal fields NUL-padded, two zero blocks. */
export function writeStoredScripts(entries: readonly ScriptEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, content, mtime }) => [
    header(name, content.length, mtime),
    content,
    Buffer.alloc((512 - (content.length % 512)) % 512),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function header(name: ByteString, size: number, mtime: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name.slice(0, 99), 0, 'latin1');
  const octal = (value: number, at: number, length: number): void => {
    block.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  };
  octal(0o755, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(mtime, 136, 12);
  block.write('0', 156, 'latin1');
  block.write('ustar  ', 257, 'latin1');
  block.write('root', 265, 'latin1');
  block.write('root', 297, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  // Seven digits' room leaves the last of the eight blanks.
  block.write(sum.toString(8).padStart(6, '0'), 148, 'latin1');
  block[154] = 0;
  return block;
}
