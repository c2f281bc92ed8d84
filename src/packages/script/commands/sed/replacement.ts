import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../types.ts';
import type { Regex } from '../regex/match.ts';
import type { ReplacementPart, Substitution } from './program.ts';

/** GNU's one-letter escapes. */
export const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', f: '\f', v: '\v', a: '\x07', r: '\r' };

/** The right side of `s`: `&` and `\\N` are groups, escapes are characters. */
export function parseReplacement(text: ByteString, fail: () => never): ReplacementPart[] {
  const parts: ReplacementPart[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char === '&') parts.push(0);
    else if (char !== '\\') parts.push(char);
    else {
      index += 1;
      const escaped = text.charAt(index);
      if (/[0-9]/.test(escaped)) parts.push(Number(escaped));
      else if (ESCAPES[escaped] !== undefined) parts.push(ESCAPES[escaped]);
      else if (escaped === '' || /[A-Za-z]/.test(escaped)) fail();
      else parts.push(escaped);
    }
  }
  return parts;
}

type Match = NonNullable<ReturnType<Regex['exec']>>;

/** Text that takes the place of a match: literal parts and groups. */
export function replacementOf(substitution: Substitution, match: Match, context: CommandContext): ByteString {
  if (match.ambiguous && substitution.replacement.some((part) => typeof part === 'number' && part > 0)) {
    context.notNative('groups of an ambiguous expression');
  }
  return substitution.replacement
    .map((part) => (typeof part === 'number' ? (match.groups[part] ?? '') : part))
    .join('');
}
