import type { ByteString } from '../../../../core/bytes.ts';

const CONVERSION = /%([-+ #0]*)(\*|[0-9]*)(?:\.(\*|[0-9]*))?([diouxXcsb%])/y;
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

type EscapeReader = (text: ByteString) => { readonly text: ByteString; readonly stop: boolean };

/**
 * Output of printf(1): the format is used again while operands are left. Numbers must be plain decimals; what the
 * implementations treat differently goes to `refuse`.
 */
export function formatPrintf(
  format: ByteString,
  operands: readonly ByteString[],
  escapes: EscapeReader,
  refuse: (reason: string) => never,
): ByteString {
  const printer = new Printer(format, operands, escapes, refuse);
  return printer.print();
}

class Printer {
  readonly #format: ByteString;
  readonly #operands: readonly ByteString[];
  readonly #escapes: EscapeReader;
  readonly #refuse: (reason: string) => never;
  #used = 0;
  #output = '';

  constructor(
    format: ByteString,
    operands: readonly ByteString[],
    escapes: EscapeReader,
    refuse: (reason: string) => never,
  ) {
    this.#format = format;
    this.#operands = operands;
    this.#escapes = escapes;
    this.#refuse = refuse;
  }

  print(): ByteString {
    do {
      const before = this.#used;
      if (!this.#once()) break;
      if (this.#used === before) break;
    } while (this.#used < this.#operands.length);
    return this.#output;
  }

  /** Goes through the format once; false when `\c` stopped the output. */
  #once(): boolean {
    let index = 0;
    while (index < this.#format.length) {
      const char = this.#format.charAt(index);
      if (char === '\\') index = this.#escape(index + 1);
      else if (char === '%') {
        CONVERSION.lastIndex = index;
        const match = CONVERSION.exec(this.#format);
        if (match === null) return this.#refuse(`format ${this.#format}`);
        if (!this.#convert(match)) return false;
        index = CONVERSION.lastIndex;
      } else {
        this.#output += char;
        index += 1;
      }
    }
    return true;
  }

  #escape(index: number): number {
    const octal = /^[0-7]{1,3}/.exec(this.#format.slice(index, index + 3));
    if (octal !== null) {
      this.#output += String.fromCharCode(Number.parseInt(octal[0], 8) & 0xff);
      return index + octal[0].length;
    }
    const escaped = ESCAPES[this.#format.charAt(index)];
    if (escaped === undefined) return this.#refuse(`escape in the format ${this.#format}`);
    this.#output += escaped;
    return index + 1;
  }

  #next(): ByteString | undefined {
    const operand = this.#operands[this.#used];
    if (operand !== undefined) this.#used += 1;
    return operand;
  }

  #convert(match: RegExpExecArray): boolean {
    const [, flags = '', widthText = '', precisionText, kind = ''] = match;
    if (kind === '%') {
      if (match[0] !== '%%') this.#refuse(match[0]);
      this.#output += '%';
      return true;
    }
    if (widthText === '*' || precisionText === '*') this.#refuse(match[0]);
    const width = Number(widthText);
    if (width > 10_000 || Number(precisionText ?? 0) > 10_000) this.#refuse(match[0]);
    const precision = precisionText === undefined ? undefined : Number(precisionText);
    if (kind === 's' || kind === 'b' || kind === 'c') return this.#text(kind, flags, width, precision);
    this.#output += pad(this.#number(kind, flags, width, precision), width, flags);
    return true;
  }

  #text(kind: string, flags: string, width: number, precision: number | undefined): boolean {
    if (/[+ #0]/.test(flags)) this.#refuse(`flags ${flags} of %${kind}`);
    const operand = this.#next() ?? '';
    const read = kind === 'b' ? this.#escapes(operand) : { text: operand, stop: false };
    if (kind === 'b' && width + (precision ?? 0) > 0) this.#refuse('%b with a width');
    if (kind === 'c' && operand === '') this.#refuse('%c of nothing');
    const text =
      kind === 'c' ? read.text.charAt(0) : precision === undefined ? read.text : read.text.slice(0, precision);
    this.#output += pad(text, width, flags);
    return !read.stop;
  }

  #number(kind: string, flags: string, width: number, precision: number | undefined): string {
    const operand = this.#next() ?? '0';
    const match = /^([-+]?)(0|[1-9][0-9]{0,17}|0[xX][0-9a-fA-F]{1,15}|0[0-7]{1,20})$/.exec(operand);
    if (match?.[2] === undefined) return this.#refuse(`number ${operand}`);
    const digits = /^0[0-7]+$/.test(match[2]) ? `0o${match[2].slice(1)}` : match[2];
    const value = match[1] === '-' ? -BigInt(digits) : BigInt(digits);
    const signed = kind === 'd' || kind === 'i';
    if (!signed && /[+ ]/.test(flags)) this.#refuse(`flags ${flags} of %${kind}`);
    const radix = kind === 'o' ? 8 : kind === 'x' || kind === 'X' ? 16 : 10;
    const magnitude = signed ? (value < 0n ? -value : value) : BigInt.asUintN(64, value);
    let text = magnitude.toString(radix);
    if (precision !== undefined) text = precision === 0 && magnitude === 0n ? '' : text.padStart(precision, '0');
    let prefix = signed ? (value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') : '';
    if (flags.includes('#') && radix === 16 && magnitude !== 0n) prefix = '0x';
    if (flags.includes('#') && radix === 8 && !text.startsWith('0')) prefix = '0';
    const zeros = flags.includes('0') && !flags.includes('-') && precision === undefined;
    if (zeros) text = text.padStart(width - prefix.length, '0');
    const whole = prefix + text;
    return kind === 'X' ? whole.toUpperCase() : whole;
  }
}

function pad(text: string, width: number, flags: string): string {
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
}
