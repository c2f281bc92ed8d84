/** A string, shell pattern or `/regular expression/` of apt_preferences(5). */
export interface Expression {
  matches(text: string): boolean;
}

/**
 * Longest regular expression, and constructs of it that can take exponential time in a backtracking engine: a quantifier
 * on a group, or a back reference. The image is outside data, and a pin must not be able to stop the program.
 */
const REGEX_LIMIT = 200;
const COSTLY = /\)[*+?{]|\\[1-9]/;
const QUANTIFIERS = /[*+{]/g;

/** @returns the expression, or why it is not usable */
export function parseExpression(text: string): Expression | string {
  if (text.length >= 2 && text.startsWith('/') && text.endsWith('/')) return parseRegex(text.slice(1, -1));
  if (/[*?[]/.test(text)) {
    const pieces = parseGlob(text);
    return { matches: (candidate) => globMatch(pieces, candidate) };
  }
  return { matches: (candidate) => candidate === text };
}

/** POSIX extended, ignoring case, as apt compiles it (REG_EXTENDED | REG_ICASE | REG_NOSUB). */
function parseRegex(source: string): Expression | string {
  const shown = source.slice(0, 60);
  if (source.length > REGEX_LIMIT || COSTLY.test(source) || (source.match(QUANTIFIERS)?.length ?? 0) > 4) {
    return `the regular expression /${shown}/ is too complex`;
  }
  try {
    const classes = source
      .replaceAll('[:digit:]', '0-9')
      .replaceAll('[:alpha:]', 'a-z')
      .replaceAll('[:alnum:]', 'a-z0-9');
    const regex = new RegExp(classes, 'i');
    return { matches: (candidate) => regex.test(candidate) };
  } catch {
    return `/${shown}/ is not a regular expression`;
  }
}

export type Piece = 'many' | ((char: string) => boolean);

/** fnmatch(3): `*`, `?`, `[a-z]`, `[!a]`. */
export function parseGlob(pattern: string): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let index = 0; index < pattern.length; index++) {
    const char = pattern[index] ?? '';
    const close = char === '[' ? pattern.indexOf(']', index + 2) : -1;
    if (char === '*') pieces.push('many');
    else if (char === '?') pieces.push(() => true);
    else if (close > 0) {
      pieces.push(characterClass(pattern.slice(index + 1, close)));
      index = close;
    } else pieces.push((candidate) => candidate === char);
  }
  return pieces;
}

function characterClass(body: string): (char: string) => boolean {
  const negated = body.startsWith('!') || body.startsWith('^');
  const ranges: [string, string][] = [];
  for (let index = negated ? 1 : 0; index < body.length; index++) {
    const from = body[index] ?? '';
    const to = body[index + 1] === '-' ? body[index + 2] : undefined;
    ranges.push([from, to ?? from]);
    if (to !== undefined) index += 2;
  }
  return (char) => ranges.some(([from, to]) => char >= from && char <= to) !== negated;
}

/** Linear in pattern times text: only the last star is ever retried. */
export function globMatch(pieces: readonly Piece[], text: string): boolean {
  let star = -1;
  let resume = 0;
  let p = 0;
  let t = 0;
  while (t < text.length) {
    const piece = pieces[p];
    if (piece === 'many') {
      star = p++;
      resume = t;
    } else if (piece?.(text[t] ?? '')) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pieces[p] === 'many') p++;
  return p === pieces.length;
}
