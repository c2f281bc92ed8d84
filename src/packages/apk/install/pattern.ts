import type { ByteString } from '../../../core/bytes.ts';

const cache = new Map<ByteString, RegExp | undefined>();

/** fnmatch(3) with FNM_PATHNAME: `*`, `?` and `[…]` never match a slash; a leading dot is nothing special. */
export function matchesPattern(pattern: ByteString, text: ByteString): boolean {
  let expression = cache.get(pattern);
  if (expression === undefined) {
    expression = toExpression(pattern);
    if (cache.size > 10_000) cache.clear();
    cache.set(pattern, expression);
  }
  return expression.test(text);
}

function toExpression(pattern: ByteString): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    const set = char === '[' ? /^\[([!^]?)(\]?[^\]/]*)\]/.exec(pattern.slice(at)) : null;
    if (set !== null) {
      const members = (set[2] ?? '').replace(/[\\\]^]/g, '\\$&');
      source += `(?!/)[${set[1] === '' ? '' : '^'}${members}]`;
      at += set[0].length - 1;
    } else if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else source += literal(char === '\\' && at + 1 < pattern.length ? pattern.charAt(++at) : char);
  }
  return new RegExp(`^${source}$`, 's');
}

function literal(char: string): string {
  return char.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
