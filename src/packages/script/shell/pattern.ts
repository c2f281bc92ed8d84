import type { ByteString } from '../../../core/bytes.ts';
import { NotNative } from '../not-native.ts';

type Element =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'set'; readonly members: ReadonlySet<string>; readonly negated: boolean };

/** A compiled shell pattern (fnmatch without flags), over bytes. */
export type Pattern = readonly Element[];

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the class consists of them
  cntrl: /[\0-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\v\f\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/** Bytes of a POSIX class in the C locale, or undefined for an unknown class name. */
export function classMembers(name: string): string[] | undefined {
  const test = CLASSES[name];
  if (test === undefined) return undefined;
  const members: string[] = [];
  for (let code = 0; code < 256; code += 1) {
    const char = String.fromCharCode(code);
    if (test.test(char)) members.push(char);
  }
  return members;
}

/** Makes every byte of `text` stand for itself in a pattern. */
export function escapePattern(text: ByteString): ByteString {
  return text.replace(/[^A-Za-z0-9/._]/g, '\\$&');
}

export function hasPatternCharacter(pattern: ByteString): boolean {
  return /(^|[^\\])(\\\\)*[*?[]/.test(pattern);
}

export function compilePattern(pattern: ByteString): Pattern {
  const elements: Element[] = [];
  let index = 0;
  while (index < pattern.length) {
    const char = pattern.charAt(index);
    if (char === '*') {
      if (elements.at(-1)?.kind !== 'star') elements.push({ kind: 'star' });
      index += 1;
    } else if (char === '?') {
      elements.push({ kind: 'any' });
      index += 1;
    } else if (char === '[') {
      const set = readSet(pattern, index);
      elements.push(set?.element ?? { kind: 'char', char });
      index = set?.end ?? index + 1;
    } else if (char === '\\' && index + 1 < pattern.length) {
      elements.push({ kind: 'char', char: pattern.charAt(index + 1) });
      index += 2;
    } else {
      elements.push({ kind: 'char', char });
      index += 1;
    }
  }
  return elements;
}

/** Reads `[…]` that starts at `start`; undefined when it is not closed and the bracket stands for itself. */
function readSet(pattern: ByteString, start: number): { element: Element; end: number } | undefined {
  let index = start + 1;
  const first = pattern.charAt(index);
  if (first === '^') throw new NotNative('pattern [^…], which shells read differently');
  const negated = first === '!';
  if (negated) index += 1;
  const members = new Set<string>();
  for (let count = 0; ; count += 1) {
    if (index >= pattern.length) return undefined;
    if (pattern.charAt(index) === ']' && count > 0) break;
    const named = /^\[:([a-z]*):\]/.exec(pattern.slice(index, index + 16));
    if (named !== null) {
      const known = classMembers(named[1] ?? '');
      if (known === undefined) throw new NotNative(`character class ${named[0]}`);
      for (const member of known) members.add(member);
      index += named[0].length;
      continue;
    }
    if (/^\[[.=]/.test(pattern.slice(index, index + 2))) throw new NotNative('collating element in a pattern');
    const low = readSetChar(pattern, index);
    index = low.end;
    const range = pattern.charAt(index) === '-' && index + 1 < pattern.length && pattern.charAt(index + 1) !== ']';
    const high = range ? readSetChar(pattern, index + 1) : low;
    index = high.end;
    for (let code = low.code; code <= high.code; code += 1) members.add(String.fromCharCode(code));
  }
  return { element: { kind: 'set', members, negated }, end: index + 1 };
}

function readSetChar(pattern: ByteString, index: number): { code: number; end: number } {
  const escaped = pattern.charAt(index) === '\\' && index + 1 < pattern.length;
  return escaped
    ? { code: pattern.charCodeAt(index + 1), end: index + 2 }
    : { code: pattern.charCodeAt(index), end: index + 1 };
}

/** Whether the whole of `text` matches; linear but for the retry of the last star. */
export function matchesPattern(pattern: Pattern, text: ByteString): boolean {
  let element = 0;
  let index = 0;
  let starElement = -1;
  let starIndex = 0;
  while (index < text.length) {
    const current = pattern[element];
    if (current?.kind === 'star') {
      starElement = element;
      starIndex = index;
      element += 1;
    } else if (current !== undefined && matchesOne(current, text.charAt(index))) {
      element += 1;
      index += 1;
    } else if (starElement >= 0) {
      starIndex += 1;
      index = starIndex;
      element = starElement + 1;
    } else return false;
  }
  while (pattern[element]?.kind === 'star') element += 1;
  return element === pattern.length;
}

function matchesOne(element: Element, char: string): boolean {
  if (element.kind === 'char') return element.char === char;
  if (element.kind === 'set') return element.members.has(char) !== element.negated;
  return true;
}

/** `value` without its shortest or longest prefix (`#`, `##`) or suffix (`%`, `%%`) that matches. */
export function removeMatch(value: ByteString, pattern: ByteString, operator: '#' | '##' | '%' | '%%'): ByteString {
  const compiled = compilePattern(pattern);
  const lengths = Array.from({ length: value.length + 1 }, (_, index) => index);
  if (operator === '##' || operator === '%%') lengths.reverse();
  for (const length of lengths) {
    const cut = operator.startsWith('#') ? value.slice(0, length) : value.slice(value.length - length);
    if (!matchesPattern(compiled, cut)) continue;
    return operator.startsWith('#') ? value.slice(length) : value.slice(0, value.length - length);
  }
  return value;
}
