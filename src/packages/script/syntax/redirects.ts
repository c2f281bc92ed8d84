import type { Redirect } from './ast.ts';
import type { TokenCursor } from './token-cursor.ts';
import type { Token } from './tokens.ts';

const REDIRECTS = new Set(['<', '>', '>|', '>>', '<>', '<&', '>&', '<<', '<<-']);

export function startsRedirect(token: Token): boolean {
  return token.kind === 'io-number' || (token.kind === 'operator' && REDIRECTS.has(token.text));
}

/** Redirections behind a compound command; none when something else follows. */
export function readRedirects(cursor: TokenCursor): Redirect[] {
  const redirects: Redirect[] = [];
  while (startsRedirect(cursor.tokens.peek())) redirects.push(readRedirect(cursor));
  return redirects;
}

/** One redirection, `[n]operator word`; of a here-document the text that follows the line. */
export function readRedirect(cursor: TokenCursor): Redirect {
  const first = cursor.tokens.next();
  const descriptor = first.kind === 'io-number' ? first.descriptor : undefined;
  const operator = first.kind === 'io-number' ? cursor.tokens.next() : first;
  if (operator.kind !== 'operator') return cursor.unexpected(operator);
  const target = cursor.tokens.next();
  if (target.kind !== 'word') return cursor.unexpected(target);
  const text = operator.text as Redirect['operator'] | '<<-';
  const standard = text.startsWith('<') ? 0 : 1;
  if (text !== '<<' && text !== '<<-') {
    return { operator: text, descriptor: descriptor ?? standard, target: target.word };
  }
  const body = cursor.tokens.hereDocument(target.word, text === '<<-');
  return { operator: '<<', descriptor: descriptor ?? 0, target: body };
}
