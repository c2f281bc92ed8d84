import type { ByteString } from '../../../../core/bytes.ts';

export interface AwkToken {
  readonly kind: 'number' | 'string' | 'regex' | 'name' | 'function' | 'keyword' | 'operator' | 'newline' | 'end';
  readonly text: ByteString;
}

export const FUNCTIONS: ReadonlySet<string> = new Set([
  'length',
  'substr',
  'index',
  'split',
  'sub',
  'gsub',
  'match',
  'tolower',
  'toupper',
  'sprintf',
  'int',
]);
const KEYWORDS = new Set([
  'BEGIN',
  'END',
  'if',
  'else',
  'while',
  'for',
  'do',
  'in',
  'print',
  'printf',
  'next',
  'exit',
  'delete',
  'break',
  'continue',
  'getline',
  'function',
  'func',
  'return',
  'nextfile',
  'system',
  'close',
  'srand',
  'rand',
  'sin',
  'cos',
  'exp',
  'log',
  'sqrt',
  'atan2',
  'fflush',
  'toupper_',
  'gensub',
  'strftime',
  'systime',
  'asort',
  'asorti',
]);
const OPERATORS = /\+=|-=|\*=|\/=|%=|\^=|==|<=|>=|!=|\+\+|--|&&|\|\||>>|\*\*|[{}()[\];,+\-*/%^!<>|?:~$=]/y;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  '/': '/',
  f: '\f',
  v: '\v',
  a: '\x07',
  b: '\b',
};

/** Splits an awk program. A slash is a regular expression where an operand is expected. */
export function lexAwk(program: ByteString, refuse: (reason: string) => never): AwkToken[] {
  const tokens: AwkToken[] = [];
  let index = 0;
  const match = (pattern: RegExp): ByteString | undefined => {
    pattern.lastIndex = index;
    const text = pattern.exec(program)?.[0];
    if (text !== undefined) index += text.length;
    return text;
  };
  for (;;) {
    match(/(?:[ \t\r]|\\\r?\n)*(?:#[^\n]*)?/y);
    if (index >= program.length) break;
    const char = program.charAt(index);
    const number = match(/(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?/y);
    if (number !== undefined) {
      if (/^0[0-9xX]/.test(number) || /[xX]/.test(program.charAt(index))) refuse(`number ${number}`);
      tokens.push({ kind: 'number', text: number });
      continue;
    }
    const name = match(/[A-Za-z_][A-Za-z0-9_]*/y);
    if (name !== undefined) {
      tokens.push({ kind: KEYWORDS.has(name) ? 'keyword' : FUNCTIONS.has(name) ? 'function' : 'name', text: name });
      continue;
    }
    if (char === '\n') {
      index += 1;
      tokens.push({ kind: 'newline', text: char });
    } else if (char === '"')
      tokens.push({
        kind: 'string',
        text: readString(match(/"(?:[^"\\\n]|\\[\s\S])*"/y) ?? refuse('unterminated string'), refuse),
      });
    else if (char === '/' && expectsOperand(tokens.at(-1))) {
      const regex =
        match(/\/(?:[^/\\\n[]|\\.|\[\^?\]?(?:\[:[a-z]+:\]|[^\]\n])*\])*\//y) ?? refuse('regular expression');
      tokens.push({ kind: 'regex', text: regex.slice(1, -1) });
    } else tokens.push({ kind: 'operator', text: match(OPERATORS) ?? refuse(`byte ${char}`) });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

function expectsOperand(previous: AwkToken | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === 'operator') return ![')', ']', '$', '++', '--'].includes(previous.text);
  return previous.kind === 'newline' || previous.kind === 'keyword';
}

function readString(quoted: ByteString, refuse: (reason: string) => never): ByteString {
  return quoted.slice(1, -1).replace(/\\([\s\S])/g, (_, char: string) => {
    const escaped = ESCAPES[char];
    if (escaped !== undefined) return escaped;
    // `\.` in a string that becomes an expression: awks keep the backslash.
    return /[.$^*+?()[\]{}|&-]/.test(char) ? `\\${char}` : refuse(`escape \\${char}`);
  });
}
