import { type ByteString, byteStringToBytes, bytesToByteString } from '../../../../core/bytes.ts';
import { devicePath } from '../../shell/devices.ts';
import { absolutePath, newOwnership, parentPath, writeInPlace } from '../../shell/files.ts';
import { classMembers } from '../../shell/pattern.ts';
import type { CommandContext } from '../../types.ts';
import { parseOptions } from '../options.ts';
import { fail, missingReason, quote, readInputs, requireSingleBytes, splitLines } from '../paths.ts';

export function cat(context: CommandContext): number {
  const options = parseOptions(context, { u: '' });
  let status = 0;
  for (const operand of options.operands.length === 0 ? ['-'] : options.operands) {
    const { inputs, failed } = readInputs(context, [operand]);
    for (const { text } of inputs) context.stdout(text);
    if (failed) status = 1;
  }
  return status;
}

/** `-5` as first word is the old form of `-n 5`. */
function lineCount(context: CommandContext): {
  count: number;
  from: '+' | '-' | '';
  bytes: boolean;
  operands: readonly ByteString[];
} {
  const words = context.argv
    .slice(1)
    .map((word, index) => (index === 0 && /^-[0-9]+$/.test(word) ? `-n${word.slice(1)}` : word));
  const argv = [context.argv[0] ?? '', ...words];
  const renamed = Object.create(context, { argv: { value: argv } }) as CommandContext;
  const options = parseOptions(renamed, { 'n:': 'lines', 'c:': 'bytes', q: 'quiet' });
  const text = options.value('n') ?? options.value('c') ?? '10';
  const match = /^([-+]?)([0-9]{1,9})$/.exec(text);
  if (match === null || (options.has('n') && options.has('c'))) return context.notNative(`count ${text}`);
  if (options.operands.length > 1 && !options.has('q')) return context.notNative('several files');
  const sign = match[1] === '+' ? '+' : match[1] === '-' ? '-' : '';
  return { count: Number(match[2]), from: sign, bytes: options.has('c'), operands: options.operands };
}

function units(text: ByteString, bytes: boolean): ByteString[] {
  return bytes ? [...text] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
}

export function head(context: CommandContext): number {
  const { count, from, bytes, operands } = lineCount(context);
  const { inputs, failed } = readInputs(context, operands, (path, error) => openError(context, path, error));
  for (const { text } of inputs) {
    const all = units(text, bytes);
    context.stdout(all.slice(0, from === '-' ? Math.max(all.length - count, 0) : count).join(''));
  }
  return failed ? 1 : 0;
}

export function tail(context: CommandContext): number {
  const { count, from, bytes, operands } = lineCount(context);
  const { inputs, failed } = readInputs(context, operands, (path, error) => openError(context, path, error));
  for (const { text } of inputs) {
    const all = units(text, bytes);
    context.stdout(all.slice(from === '+' ? Math.max(count - 1, 0) : Math.max(all.length - count, 0)).join(''));
  }
  return failed ? 1 : 0;
}

function openError(context: CommandContext, path: ByteString, error: string): string {
  if (error === 'Is a directory') return context.notNative(`reading the directory ${path}`);
  return `cannot open ${quote(context, path)} for reading: ${error}`;
}

export function wc(context: CommandContext): number {
  const options = parseOptions(context, { l: 'lines', w: 'words', c: 'bytes' });
  const { operands } = options;
  const kinds = ['l', 'w', 'c'].filter((kind) => options.has(kind));
  // Several numbers or names are padded to a width that depends on the kinds of the files.
  if (kinds.length !== 1 || operands.length > 1) return context.notNative('other than one count of one file');
  const { inputs, failed } = readInputs(context, operands);
  for (const { name, text } of inputs) {
    if (kinds[0] === 'w') requireSingleBytes(context, text);
    const counts: Record<string, number> = {
      l: text.split('\n').length - 1,
      w: text.match(/[^ \t\n\v\f\r]+/g)?.length ?? 0,
      c: text.length,
    };
    context.stdout(`${counts[kinds[0] ?? 'l'] ?? 0}${operands.length === 0 ? '' : ` ${name}`}\n`);
  }
  return failed ? 1 : 0;
}

/** `1,3-5,7-`: ranges of field or character numbers. */
function parseRanges(context: CommandContext, list: ByteString): (position: number) => boolean {
  const ranges = list.split(',').map((item) => {
    const match = /^([0-9]*)(-?)([0-9]*)$/.exec(item);
    const [, from = '', dash = '', to = ''] = match ?? [];
    if (match === null || (from === '' && to === '') || from === '0' || to === '0')
      return context.notNative(`list ${list}`);
    const low = from === '' ? 1 : Number(from);
    const high = dash === '' ? low : to === '' ? Number.POSITIVE_INFINITY : Number(to);
    if (high < low) return context.notNative(`list ${list}`);
    return [low, high] as const;
  });
  return (position) => ranges.some(([low, high]) => position >= low && position <= high);
}

export function cut(context: CommandContext): number {
  const options = parseOptions(context, {
    'f:': 'fields',
    'c:': 'characters',
    'b:': 'bytes',
    'd:': 'delimiter',
    s: 'only-delimited',
    'output-delimiter:': '',
    complement: '',
  });
  const fields = options.value('f');
  const characters = options.value('c') ?? options.value('b');
  const list = fields ?? characters;
  if (list === undefined || (fields !== undefined && characters !== undefined))
    return context.notNative('list of fields');
  const inRange = parseRanges(context, list);
  const selected = options.has('complement') ? (position: number) => !inRange(position) : inRange;
  const delimiter = options.value('d') ?? '\t';
  if (delimiter.length !== 1) return context.notNative(`delimiter ${delimiter}`);
  if (characters !== undefined && options.has('output-delimiter'))
    return context.notNative('--output-delimiter with -c');
  const joiner = options.value('output-delimiter') ?? delimiter;
  const { inputs, failed } = readInputs(context, options.operands);
  for (const { text } of inputs) {
    for (const line of splitLines(text)) {
      if (characters !== undefined) context.stdout(`${[...line].filter((_, index) => selected(index + 1)).join('')}\n`);
      else if (!line.includes(delimiter)) context.stdout(options.has('s') ? '' : `${line}\n`);
      else
        context.stdout(
          `${line
            .split(delimiter)
            .filter((_, index) => selected(index + 1))
            .join(joiner)}\n`,
        );
    }
  }
  return failed ? 1 : 0;
}

const TR_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Bytes that an operand of tr lists. */
function trSet(context: CommandContext, text: ByteString): string[] {
  const set: string[] = [];
  let index = 0;
  const readChar = (): string => {
    const char = text.charAt(index);
    if (char !== '\\') {
      index += 1;
      return char;
    }
    if (index + 1 === text.length) {
      index += 1;
      return char;
    }
    const octal = /^\\([0-7]{1,3})/.exec(text.slice(index, index + 4));
    if (octal !== null) {
      index += octal[0].length;
      return String.fromCharCode(Number.parseInt(octal[1] ?? '0', 8) & 0xff);
    }
    const escaped = TR_ESCAPES[text.charAt(index + 1)];
    if (escaped === undefined) return context.notNative(`set ${text}`);
    index += 2;
    return escaped;
  };
  while (index < text.length) {
    const named = /^\[:([a-z]+):\]/.exec(text.slice(index));
    if (named !== null) {
      set.push(...(classMembers(named[1] ?? '') ?? context.notNative(`set ${text}`)));
      index += named[0].length;
      continue;
    }
    if (/^\[[=.]/.test(text.slice(index)) || /^\[.\*/s.test(text.slice(index))) return context.notNative(`set ${text}`);
    const low = readChar();
    if (text.charAt(index) !== '-' || index + 1 >= text.length) {
      set.push(low);
      continue;
    }
    index += 1;
    const high = readChar();
    if (high < low) return context.notNative(`set ${text}`);
    for (let code = low.charCodeAt(0); code <= high.charCodeAt(0); code += 1) set.push(String.fromCharCode(code));
  }
  return set;
}

/** GNU tr works on bytes in every locale. */
export function tr(context: CommandContext): number {
  const options = parseOptions(context, { d: 'delete', s: 'squeeze-repeats', c: 'complement', C: '' }, true);
  const [firstText, secondText, third] = options.operands;
  const [remove, squeeze] = [options.has('d'), options.has('s')];
  const needsSecond = remove === squeeze;
  if (
    firstText === undefined ||
    third !== undefined ||
    (needsSecond ? secondText === undefined : remove && secondText !== undefined)
  ) {
    return context.notNative('operands');
  }
  const listed = trSet(context, firstText);
  const complemented = options.has('c') || options.has('C');
  const members = new Set(listed);
  const inFirst = (char: string): boolean => members.has(char) !== complemented;
  const second = secondText === undefined ? [] : trSet(context, secondText);
  const mapping = new Map<string, string>();
  if (secondText !== undefined && !remove) {
    const classes = /\[:/.test(firstText + secondText);
    const cases = new Set(['[:upper:] [:lower:]', '[:lower:] [:upper:]']).has(`${firstText} ${secondText}`);
    if (classes && second.length > 1 && !cases) return context.notNative('character classes in both sets');
    const last = second.at(-1) ?? context.notNative('empty set');
    if (complemented && second.length !== 1) return context.notNative('complement mapped to several bytes');
    for (const [position, char] of listed.entries()) mapping.set(char, second[position] ?? last);
    if (complemented) mapping.clear();
    if (complemented)
      for (let code = 0; code < 256; code += 1)
        if (inFirst(String.fromCharCode(code))) mapping.set(String.fromCharCode(code), last);
  }
  if (!remove && !squeeze) {
    context.stdout(translated(context.stdin, mapping));
    return 0;
  }
  const squeezed = new Set(second);
  const isSqueezed = (char: string): boolean =>
    squeeze && (secondText === undefined ? inFirst(char) : squeezed.has(char));
  let output = '';
  let previous = '';
  for (const char of context.stdin) {
    if (remove && inFirst(char)) continue;
    const mapped = mapping.get(char) ?? char;
    if (mapped === previous && isSqueezed(mapped)) continue;
    output += mapped;
    previous = mapped;
  }
  context.stdout(output);
  return 0;
}

function translated(text: ByteString, mapping: ReadonlyMap<string, string>): ByteString {
  const table = Uint8Array.from({ length: 256 }, (_, code) => code);
  for (const [from, to] of mapping) table[from.charCodeAt(0)] = to.charCodeAt(0);
  const bytes = byteStringToBytes(text);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = table[bytes[at] ?? 0] ?? 0;
  return bytesToByteString(bytes);
}

export function tee(context: CommandContext): number {
  const options = parseOptions(context, { a: 'append' });
  const text = context.stdin;
  context.stdout(text);
  let status = 0;
  for (const operand of options.operands) status |= writeTo(context, operand, text, options.has('a'));
  return status;
}

function writeTo(context: CommandContext, operand: ByteString, text: ByteString, append: boolean): number {
  const path = absolutePath(context.cwd, operand);
  const device = devicePath(path);
  if (device?.kind === 'null') return 0;
  if (device?.kind === 'standard' && device.descriptor === 2) context.stderr(text);
  else if (device !== undefined) return context.notNative(`writing ${operand}`);
  const { tree } = context;
  const inode = tree.stat(path);
  if (inode === undefined) {
    if (tree.lstat(path) !== undefined || operand.endsWith('/')) return context.notNative(`writing ${operand}`);
    if (tree.stat(parentPath(path))?.type !== 'directory')
      return fail(context, `${operand}: ${missingReason(context, operand)}`);
    tree.writeFile(path, byteStringToBytes(text), newOwnership(tree, path, 0o666 & ~context.umask, context.sourceDate));
    return 0;
  }
  if (inode.type === 'directory') return fail(context, `${operand}: Is a directory`);
  if (inode.type !== 'file') return context.notNative(`writing ${operand}`);
  writeInPlace(tree, path, byteStringToBytes((append ? (tree.readText(path) ?? '') : '') + text), context.sourceDate);
  return 0;
}
