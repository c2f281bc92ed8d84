import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../types.ts';
import { requireSingleBytes } from '../paths.ts';
import { Regex } from '../regex/match.ts';
import { parseRegex } from '../regex/parse.ts';

/**
 * Compiles the argument of `-regex`, which has to match the whole path. Its syntax is the one of Emacs: `+`, `?` and `*`
 * are operators, groups and alternatives are `\(`, `\|`, `\)`, braces are ordinary. What Emacs and POSIX read in another
 * way inside brackets, repeated operators and any other backslash are not native.
 */
export function compileWholePathRegex(context: CommandContext, pattern: ByteString): (path: ByteString) => boolean {
  const refuse = (reason: string): never => context.notNative(`-regex: ${reason}`);
  const extended = toExtended(pattern) ?? refuse(`regular expression ${pattern}`);
  requireSingleBytes(context, pattern);
  const syntax = { extended: true, ignoreCase: false, flavour: 'gnu', refuse } as const;
  const regex = new Regex(parseRegex(extended, syntax), context.step);
  return (path) => {
    requireSingleBytes(context, path);
    // In the syntax of Emacs, `.` and a negated list match a newline; file names have none in earnest.
    if (path.includes('\n')) refuse('name with a newline');
    return regex.endsAt(path, 0).includes(path.length);
  };
}

const TOKEN =
  // brackets without classes, without a backslash, and with `]` neither first nor after `^`
  /(\[\^?[^\]\\[^][^\]\\[]*\])|\\([.*+?[\]^$])|\\([(|)])|([A-Za-z0-9/_\-,:;=@%~#!<>"' ])|(\.)|([*+?])/y;

/** The same expression as an ERE; undefined for what is outside the common subset. */
function toExtended(pattern: ByteString): ByteString | undefined {
  let extended = '';
  let repeatable = false;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < pattern.length) {
    const match = TOKEN.exec(pattern);
    if (match === null) return undefined;
    const [text, , escaped, group, , , operator] = match;
    if (operator !== undefined && !repeatable) return undefined;
    repeatable = operator === undefined && group !== '(' && group !== '|';
    extended += escaped === undefined ? (group ?? text) : `\\${escaped}`;
  }
  return extended;
}
