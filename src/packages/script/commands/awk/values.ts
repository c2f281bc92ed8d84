import type { ByteString } from '../../../../core/bytes.ts';

/** `input` came from a field, `split` or -v: it counts as a number when it looks like one. Undefined is an unset variable. */
export type Value = number | ByteString | { readonly input: ByteString } | undefined;

const NUMBER = /^[ \t\n]*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?/;

export function toNumber(value: Value): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const text = typeof value === 'string' ? value : value.input;
  return Number(NUMBER.exec(text)?.[0] ?? '0');
}

/** Strings that implementations convert in different ways. */
export function isUnusualNumber(value: Value): boolean {
  if (value === undefined || typeof value === 'number') return false;
  return /^[ \t\n]*[-+]?(0[xX]|inf|nan)/i.test(typeof value === 'string' ? value : value.input);
}

function looksNumeric(text: ByteString): boolean {
  const match = NUMBER.exec(text);
  return match !== null && text.slice(match[0].length).trim() === '';
}

export function isNumeric(value: Value): boolean {
  if (value === undefined || typeof value === 'number') return true;
  return typeof value === 'string' ? false : looksNumeric(value.input);
}

/** Integers in full, other numbers like `%.6g`; undefined beyond 31 bits, where awks differ. */
export function toText(value: Value): ByteString | undefined {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return value.input;
  if (Number.isInteger(value)) return Math.abs(value) < 2 ** 31 ? String(value === 0 ? 0 : value) : undefined;
  const magnitude = Math.abs(value);
  if (!(magnitude >= 1e-4 && magnitude < 1e6)) return undefined;
  return Number(value.toPrecision(6)).toString();
}

export function isTrue(value: Value): boolean {
  if (value === undefined) return false;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'string') return value !== '';
  return looksNumeric(value.input) ? toNumber(value) !== 0 : value.input !== '';
}
