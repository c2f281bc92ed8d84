import type { ByteString } from '../../../core/bytes.ts';

type Token = { readonly kind: 'star' } | { readonly kind: 'one'; matches(character: string): boolean };

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /[^ -~\x80-\xff]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[\t-\r ]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/**
 * fnmatch(3) without flags, in the C locale: `*` and `?` also match slashes and leading dots. Takes time proportional to
 * pattern × text at most.
 */
export function compileGlob(pattern: ByteString): (text: ByteString) => boolean {
  const tokens = tokenize(pattern);
  return (text) => {
    let token = 0;
    let at = 0;
    let star = -1;
    let resume = 0;
    while (at < text.length) {
      const current = tokens[token];
      if (current?.kind === 'star') {
        star = token++;
        resume = at;
      } else if (current?.matches(text[at] ?? '') === true) {
        token++;
        at++;
      } else if (star >= 0) {
        // The last star takes one character more; earlier ones need not be reconsidered.
        token = star + 1;
        at = ++resume;
      } else {
        return false;
      }
    }
    while (tokens[token]?.kind === 'star') token++;
    return token === tokens.length;
  };
}

function tokenize(pattern: ByteString): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at] ?? '';
    const bracket = character === '[' ? parseBracket(pattern, at) : undefined;
    if (bracket !== undefined) {
      tokens.push({ kind: 'one', matches: bracket.matches });
      at = bracket.end;
    } else if (character === '*') {
      tokens.push({ kind: 'star' });
      at++;
    } else if (character === '?') {
      tokens.push({ kind: 'one', matches: () => true });
      at++;
    } else {
      const escaped = character === '\\';
      // A backslash at the end matches nothing at all, as in glibc.
      const literal = escaped ? pattern[at + 1] : character;
      tokens.push({ kind: 'one', matches: (one) => one === literal });
      at += escaped ? 2 : 1;
    }
  }
  return tokens;
}

/** A bracket expression; undefined when it is not closed, so that `[` stands for itself. */
function parseBracket(
  pattern: string,
  start: number,
): { matches(character: string): boolean; end: number } | undefined {
  let at = start + 1;
  const negated = pattern[at] === '!' || pattern[at] === '^';
  if (negated) at++;
  const tests: ((character: string) => boolean)[] = [];
  for (let first = true; ; first = false) {
    if (at >= pattern.length) return undefined;
    if (pattern[at] === ']' && !first) break;
    const named = /^\[:([a-z]+):\]/.exec(pattern.slice(at, at + 12));
    if (named !== null) {
      const members = CLASSES[named[1] ?? ''];
      tests.push((one) => members?.test(one) === true);
      at += named[0].length;
      continue;
    }
    if (pattern[at] === '\\') at++;
    const low = pattern[at++] ?? '';
    let high = low;
    if (pattern[at] === '-' && at + 1 < pattern.length && pattern[at + 1] !== ']') {
      at += pattern[at + 1] === '\\' ? 2 : 1;
      high = pattern[at++] ?? '';
    }
    tests.push((one) => one >= low && one <= high);
  }
  return { matches: (one) => tests.some((test) => test(one)) !== negated, end: at + 1 };
}
