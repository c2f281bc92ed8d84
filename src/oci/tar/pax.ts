import type { ByteString } from '../../core/bytes.ts';
import { SutureError } from '../../core/errors/error.ts';
import { tarInvalid } from './fields.ts';

/** Records of a PAX extended header. Values stay bytes: `security.capability` is binary and paths need not be UTF-8. */
export type PaxRecords = Map<ByteString, Buffer>;

/**
 * Parses `<length> <key>=<value>\n` records; the length counts the whole record (POSIX pax, "Extended Header").
 * @throws SutureError TAR_INVALID; IMAGE_UNSUPPORTED for sparse files, whose data is not the file's content
 */
export function parsePax(bytes: Buffer, what: string): PaxRecords {
  const records: PaxRecords = new Map();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const digits = space === -1 ? '' : bytes.toString('latin1', at, space);
    const length = /^[0-9]{1,9}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = bytes.indexOf(0x3d, space + 1);
    if (length === 0 || end > bytes.length || bytes[end - 1] !== 0x0a || equals === -1 || equals >= end) {
      throw tarInvalid(what, 'a PAX header is malformed');
    }
    const key = bytes.toString('latin1', space + 1, equals);
    if (key.startsWith('GNU.sparse.')) {
      throw new SutureError('IMAGE_UNSUPPORTED', `${what} holds a sparse file, which container layers do not use`);
    }
    records.set(key, bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

/** Local records over global ones; an empty value takes the record away so that the header field counts again. */
export function mergePax(global: PaxRecords, local: PaxRecords): PaxRecords {
  const merged = new Map(global);
  for (const [key, value] of local) merged.set(key, value);
  for (const [key, value] of merged) if (value.length === 0) merged.delete(key);
  return merged;
}

/** Whole number of a record such as `size` or `mtime`; a fraction is rounded down, also below zero. */
export function paxNumber(value: Buffer, key: string, what: string): number {
  const text = value.toString('latin1');
  const match = /^(-?)([0-9]{1,16})(?:\.([0-9]*))?$/.exec(text);
  if (!match) throw tarInvalid(what, `the PAX record ${key} is not a number`);
  const whole = Number(match[2]);
  const fraction = /[1-9]/.test(match[3] ?? '');
  const number = match[1] === '-' ? -whole - (fraction ? 1 : 0) : whole;
  if (!Number.isSafeInteger(number)) throw tarInvalid(what, `the PAX record ${key} is out of range`);
  return number === 0 ? 0 : number;
}

/** Serialises records sorted by key, so that equal entries give equal bytes. */
export function formatPax(records: ReadonlyMap<ByteString, Uint8Array>): Buffer {
  const keys = [...records.keys()].sort();
  return Buffer.concat(keys.map((key) => formatRecord(key, records.get(key) ?? new Uint8Array())));
}

function formatRecord(key: ByteString, value: Uint8Array): Buffer {
  const content = Buffer.concat([Buffer.from(` ${key}=`, 'latin1'), value, Buffer.from('\n')]);
  // The length counts its own digits: adding them can add one more digit.
  let length = content.length + 1;
  while (String(length).length + content.length !== length) length = String(length).length + content.length;
  return Buffer.concat([Buffer.from(String(length)), content]);
}
