import { type ByteString, byteStringToBytes, compareBytes } from '../../../../core/bytes.ts';
import { absolutePath, newOwnership, writeInPlace } from '../../shell/files.ts';
import type { CommandContext } from '../../types.ts';
import { parseOptions } from '../options.ts';
import { localeOf, readInput, readInputs, splitLines } from '../paths.ts';
import { compareGeneralNumbers } from './general-number.ts';

/** Locales in which strcoll compares bytes; others have tables of their own. */
function requireByteOrder(context: CommandContext): void {
  if (!/^(|C|POSIX|C\.(utf8|UTF-8|utf-8))$/.test(localeOf(context, 'LC_COLLATE')))
    context.notNative('sorting in a locale other than C');
}

type Order = 'bytes' | 'numeric' | 'general-numeric';

interface Key {
  readonly from: number;
  readonly to: number;
  readonly order: Order;
  readonly reverse: boolean;
  readonly inherits: boolean;
}

export function sort(context: CommandContext): number {
  requireByteOrder(context);
  const options = parseOptions(context, {
    u: 'unique',
    r: 'reverse',
    n: 'numeric-sort',
    g: 'general-numeric-sort',
    s: 'stable',
    'k:': 'key',
    't:': 'field-separator',
    'o:': 'output',
    c: 'check',
    V: 'version-sort',
    f: 'ignore-case',
  });
  if (options.has('c') || options.has('V') || options.has('f')) return context.notNative('this order');
  const separator = options.value('t');
  if (separator !== undefined && separator.length !== 1) return context.notNative(`separator ${separator}`);
  const keys = options.values('k').map((text) => parseKey(context, text));
  const globalOrder = orderOf(context, options.order.join(''));
  const reverse = options.has('r');
  const effective = keys.map((key) => (key.inherits ? { ...key, order: globalOrder, reverse } : key));
  const whole = { from: 1, to: Number.POSITIVE_INFINITY, order: globalOrder, reverse, inherits: true };
  const compareKeys = (a: ByteString, b: ByteString): number => {
    for (const key of effective.length === 0 ? [whole] : effective) {
      const [left, right] =
        effective.length === 0 ? [a, b] : [keyText(context, a, key, separator), keyText(context, b, key, separator)];
      const order = compareIn(context, key.order, left, right);
      if (order !== 0) return key.reverse ? -order : order;
    }
    return 0;
  };
  const { inputs, failed } = readInputs(context, options.operands, (path, error) => {
    if (error === 'Is a directory') return context.notNative(`reading the directory ${path}`);
    return `cannot read: ${path}: ${error}`;
  });
  if (failed) return 2;
  const lines = inputs.flatMap(({ text }) => splitLines(text));
  const stable = options.has('s') || options.has('u');
  lines.sort((a, b) => compareKeys(a, b) || (stable ? 0 : reverse ? compareBytes(b, a) : compareBytes(a, b)));
  const kept = options.has('u')
    ? lines.filter((line, index) => index === 0 || compareKeys(lines[index - 1] ?? '', line) !== 0)
    : lines;
  const text = kept.map((line) => `${line}\n`).join('');
  const output = options.value('o');
  if (output === undefined) context.stdout(text);
  else writeOutput(context, output, text);
  return 0;
}

function writeOutput(context: CommandContext, operand: ByteString, text: ByteString): void {
  const path = absolutePath(context.cwd, operand);
  const inode = context.tree.stat(path);
  if (inode === undefined) {
    context.tree.writeFile(
      path,
      byteStringToBytes(text),
      newOwnership(context.tree, path, 0o666 & ~context.umask, context.sourceDate),
    );
  } else if (inode.type === 'file') writeInPlace(context.tree, path, byteStringToBytes(text), context.sourceDate);
  else context.notNative(`output ${operand}`);
}

function parseKey(context: CommandContext, text: ByteString): Key {
  const match = /^([0-9]+)([ngr]*)(?:,([0-9]+)([ngr]*))?$/.exec(text);
  if (match === null || match[1] === '0') return context.notNative(`key ${text}`);
  const flags = (match[2] ?? '') + (match[4] ?? '');
  const to = match[3] === undefined || match[3] === '0' ? Number.POSITIVE_INFINITY : Number(match[3]);
  return {
    from: Number(match[1]),
    to,
    order: orderOf(context, flags),
    reverse: flags.includes('r'),
    inherits: flags === '',
  };
}

/** Without -t a field begins with the blanks before it. */
function keyText(context: CommandContext, line: ByteString, key: Key, separator: ByteString | undefined): ByteString {
  context.step(0);
  const fields = separator === undefined ? (line.match(/[ \t]*[^ \t]+|[ \t]+$/g) ?? []) : line.split(separator);
  return fields.slice(key.from - 1, key.to).join(separator ?? '');
}

function orderOf(context: CommandContext, letters: string): Order {
  const general = letters.includes('g');
  if (letters.includes('n')) return general ? context.notNative('-n with -g') : 'numeric';
  return general ? 'general-numeric' : 'bytes';
}

function compareIn(context: CommandContext, order: Order, a: ByteString, b: ByteString): number {
  if (order === 'bytes') return compareBytes(a, b);
  return order === 'numeric' ? compareNumbers(a, b) : compareGeneralNumbers(context, a, b);
}

function compareNumbers(a: ByteString, b: ByteString): number {
  const [left, right] = [parseNumber(a), parseNumber(b)];
  if (left.integer !== right.integer) return left.integer < right.integer ? -1 : 1;
  return left.negative ? compareBytes(right.fraction, left.fraction) : compareBytes(left.fraction, right.fraction);
}

function parseNumber(text: ByteString): { integer: bigint; fraction: string; negative: boolean } {
  const match = /^[ \t]*(-?)([0-9]*)(?:\.([0-9]*))?/.exec(text);
  const negative = match?.[1] === '-';
  const magnitude = BigInt(match?.[2] || '0');
  const fraction = (match?.[3] ?? '').replace(/0+$/, '');
  return {
    integer: negative ? -magnitude : magnitude,
    fraction,
    negative: negative && (magnitude !== 0n || fraction !== ''),
  };
}

export function uniq(context: CommandContext): number {
  const options = parseOptions(context, { d: 'repeated', u: 'unique', c: 'count' });
  if (options.operands.length > 1) return context.notNative('output file');
  const { inputs, failed } = readInputs(context, options.operands);
  const groups: { line: ByteString; count: number }[] = [];
  for (const line of inputs.flatMap(({ text }) => splitLines(text))) {
    const last = groups.at(-1);
    if (last?.line === line) last.count += 1;
    else groups.push({ line, count: 1 });
  }
  for (const { line, count } of groups) {
    if ((options.has('d') && count === 1) || (options.has('u') && count > 1)) continue;
    context.stdout(`${options.has('c') ? `${String(count).padStart(7)} ` : ''}${line}\n`);
  }
  return failed ? 1 : 0;
}

export function cmp(context: CommandContext): number {
  const options = parseOptions(context, { s: 'silent', q: 'quiet' });
  const [first, second] = options.operands;
  if (first === undefined || second === undefined || options.operands.length > 2) return context.notNative('operands');
  const quiet = options.has('s') || options.has('q');
  const [left, right] = [readInput(context, first), readInput(context, second)];
  if ('error' in left || 'error' in right) {
    const [name, error] = 'error' in left ? [first, left.error] : [second, 'error' in right ? right.error : ''];
    if (error === 'Is a directory') return context.notNative(`directory ${name}`);
    if (!quiet) context.stderr(`cmp: ${name}: ${error}\n`);
    return 2;
  }
  if (left.text === right.text) return 0;
  if (!quiet) reportDifference(context, first, second, left.text, right.text);
  return 1;
}

function reportDifference(
  context: CommandContext,
  first: ByteString,
  second: ByteString,
  left: ByteString,
  right: ByteString,
): void {
  let position = 0;
  while (position < left.length && position < right.length && left[position] === right[position]) position += 1;
  if (position === left.length || position === right.length) context.notNative('message about the end of a file');
  if (localeOf(context, 'LC_CTYPE') !== '') context.notNative('message in a locale other than C');
  const line = left.slice(0, position).split('\n').length;
  context.stdout(`${first} ${second} differ: char ${position + 1}, line ${line}\n`);
}

/** Whether files differ; a listing of the differences is not native. */
export function diff(context: CommandContext): number {
  const options = parseOptions(context, { q: 'brief', u: '', N: 'new-file' });
  const [first, second] = options.operands;
  if (first === undefined || second === undefined || options.operands.length > 2 || options.has('N'))
    return context.notNative('operands');
  const [left, right] = [readInput(context, first), readInput(context, second)];
  if ('error' in left || 'error' in right) return context.notNative('file that cannot be read');
  if (left.text === right.text) return 0;
  if (!options.has('q')) return context.notNative('listing of differences');
  context.stdout(`Files ${first} and ${second} differ\n`);
  return 1;
}

export function comm(context: CommandContext): number {
  requireByteOrder(context);
  const options = parseOptions(context, { '1': '', '2': '', '3': '' });
  const { inputs, failed } = readInputs(context, options.operands);
  const [left, right] = inputs.map(({ text }) => splitLines(text));
  if (failed || left === undefined || right === undefined || options.operands.length !== 2)
    return context.notNative('files');
  for (const lines of [left, right])
    if (lines.some((line, index) => index > 0 && (lines[index - 1] ?? '') > line))
      return context.notNative('unsorted file');
  const second = options.has('1') ? '' : '\t';
  const third = second + (options.has('2') ? '' : '\t');
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const [a, b] = [left[i], right[j]];
    if (b === undefined || (a !== undefined && a < b)) {
      if (!options.has('1')) context.stdout(`${a ?? ''}\n`);
      i += 1;
    } else if (a === undefined || b < a) {
      if (!options.has('2')) context.stdout(`${second}${b}\n`);
      j += 1;
    } else {
      if (!options.has('3')) context.stdout(`${third}${a}\n`);
      i += 1;
      j += 1;
    }
  }
  return 0;
}
