import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../types.ts';

/** Digits up to which different decimal numbers are different values of strtold's 64-bit mantissa. */
const EXACT_DIGITS = 18;

/**
 * The order of `sort -g`: what begins with no number comes first, then the values that strtold reads. Hexadecimal
 * numbers, exponents, infinities, NaN and more digits than a long double holds are not native.
 */
export function compareGeneralNumbers(context: CommandContext, a: ByteString, b: ByteString): number {
  const [left, right] = [scaledValue(context, a), scaledValue(context, b)];
  if (left === right) return 0;
  if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
  return left < right ? -1 : 1;
}

/** The number at the start of a text times 10^18; undefined when there is none. */
function scaledValue(context: CommandContext, text: ByteString): bigint | undefined {
  const start = text.replace(/^[ \t\n\v\f\r]+/, '');
  if (/^[-+]?(0x|inf|nan)/i.test(start)) return context.notNative(`number ${text}`);
  const match = /^([-+]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(e[-+]?[0-9])?/i.exec(start);
  if (match === null) return undefined;
  const whole = match[2] ?? '';
  const fraction = match[3] ?? match[4] ?? '';
  if (match[5] !== undefined || whole.length + fraction.length > EXACT_DIGITS)
    return context.notNative(`number ${text}`);
  const magnitude = BigInt(whole + fraction.padEnd(EXACT_DIGITS, '0'));
  return match[1] === '-' ? -magnitude : magnitude;
}
