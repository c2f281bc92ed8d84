import { SutureError } from '../../core/errors/error.ts';

export const BLOCK = 512;

export function tarInvalid(what: string, detail: string): SutureError {
  return new SutureError('TAR_INVALID', `${what}: ${detail}`);
}

/** Text of a header field: up to the first NUL or the field's end. */
export function readField(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return block.toString('latin1', start, end === -1 || end > start + length ? start + length : end);
}

/**
 * A number field: octal digits between optional blanks, or the base-256 form of GNU and star (first bit set, big-endian
 * two's complement) that POSIX readers accept for values too big for octal.
 */
export function readNumber(block: Buffer, start: number, length: number, what: string): number {
  const first = block[start] ?? 0;
  if ((first & 0x80) !== 0) return readBase256(block, start, length, what);
  const text = readField(block, start, length).trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) throw tarInvalid(what, 'a number in a header is not octal');
  return safe(Number.parseInt(text, 8), what);
}

function readBase256(block: Buffer, start: number, length: number, what: string): number {
  const first = block[start] ?? 0;
  const negative = (first & 0x40) !== 0;
  // Bit 7 marks the form and bit 6 is the sign, which has to be extended over bit 7 again.
  let value = negative ? (first | 0x80) - 256 : first & 0x7f;
  for (let index = start + 1; index < start + length; index++) {
    value = value * 256 + (block[index] ?? 0);
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw tarInvalid(what, 'a number in a header is out of range');
  }
  return value;
}

export function safe(value: number, what: string): number {
  if (!Number.isSafeInteger(value)) throw tarInvalid(what, 'a number in a header is out of range');
  return value;
}

export function isZeroBlock(block: Buffer): boolean {
  if (block[0] !== 0) return false;
  for (let index = 1; index < BLOCK; index++) if (block[index] !== 0) return false;
  return true;
}

/** Sum of all header bytes with the checksum field read as blanks; some old writers summed signed bytes. */
export function checksums(block: Uint8Array): { unsigned: number; signed: number } {
  let unsigned = 8 * 32;
  let high = 0;
  for (let index = 0; index < BLOCK; index++) {
    if (index === 148) index = 156;
    const byte = block[index] ?? 0;
    unsigned += byte;
    if (byte > 127) high++;
  }
  return { unsigned, signed: unsigned - 256 * high };
}

/** Bytes of zeros that follow `size` bytes of data to fill its last block. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
