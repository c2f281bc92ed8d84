/** One challenge of a WWW-Authenticate header: the scheme in lower case, parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const PARAMETER = /\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/y;
const LONGEST = 16 * 1024;

/**
 * Parses WWW-Authenticate (RFC 9110 11.6.1), several challenges in one header included. Lenient to the end: what cannot be
 * read ends the list, since a server's odd second challenge must not hide a good first one.
 */
export function parseChallenges(header: string): Challenge[] {
  const text = header.slice(0, LONGEST);
  const challenges: Challenge[] = [];
  let at = 0;
  while (at < text.length) {
    at = skip(text, at, /[\s,]*/y);
    const scheme = match(TOKEN, text, at);
    if (scheme === undefined) break;
    at += scheme[0].length;
    const parameters: Record<string, string> = Object.create(null) as Record<string, string>;
    for (;;) {
      // Before a parameter only spaces or commas may stand; a token without "=" starts the next challenge.
      const start = skip(text, at, /[\s,]*/y);
      const parameter = match(PARAMETER, text, start);
      if (parameter === undefined) break;
      const [whole, name = '', quoted, plain] = parameter;
      parameters[name.toLowerCase()] ??= quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1');
      at = start + whole.length;
    }
    challenges.push({ scheme: scheme[0].toLowerCase(), parameters });
  }
  return challenges;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function skip(text: string, at: number, pattern: RegExp): number {
  return at + (match(pattern, text, at)?.[0].length ?? 0);
}
