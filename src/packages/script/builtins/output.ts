import type { ByteString } from '../../../core/bytes.ts';
import { formatPrintf } from '../commands/text/format.ts';
import type { Builtin } from '../shell/builtin.ts';

const SIMPLE: Readonly<Record<string, string>> = {
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

/** Escapes of dash's `echo` and of `%b`; `stop` after `\c`. */
export function interpretEscapes(text: ByteString): { text: ByteString; stop: boolean } {
  if (!text.includes('\\')) return { text, stop: false };
  let result = '';
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char !== '\\') {
      result += char;
      continue;
    }
    const next = text.charAt(index + 1);
    const octal = /^(?:0([0-7]{0,3})|[1-7][0-7]{0,2})/.exec(text.slice(index + 1, index + 5));
    if (next === 'c') return { text: result, stop: true };
    if (octal !== null) {
      result += String.fromCharCode(Number.parseInt(octal[1] || octal[0], 8) & 0xff);
      index += octal[0].length;
    } else if (SIMPLE[next] !== undefined) {
      result += SIMPLE[next];
      index += 1;
    } else result += char;
  }
  return { text: result, stop: false };
}

/** dash's echo: `-n` is its one option and backslashes are interpreted; bash's differs for either. */
export const echo: Builtin = ({ args, shell }) => {
  const noNewline = args[0] === '-n';
  const words = noNewline ? args.slice(1) : args;
  const differs = args.some((word) => word.includes('\\')) || /^-[neE]+$/.test(words[0] ?? '');
  if (shell.dialect === 'bash' && (differs || /^-[neE]{2,}$/.test(args[0] ?? '')))
    shell.notNative('echo that differs in bash');
  const { text, stop } = interpretEscapes(words.join(' '));
  shell.writeOut(noNewline || stop ? text : `${text}\n`);
  return 0;
};

export const printf: Builtin = ({ args, shell }) => {
  const [format, ...operands] = args[0] === '--' ? args.slice(1) : args;
  if (format === undefined || format.startsWith('-')) return shell.notNative('printf without a format');
  const refuse = (reason: string): never => shell.notNative(`printf: ${reason}`);
  shell.writeOut(formatPrintf(format, operands, interpretEscapes, refuse));
  return 0;
};
