import type { Token, TokenReader } from './tokens.ts';

const MAX_DEPTH = 200;

/** The place of the parser in its tokens, and how deeply it is nested. */
export class TokenCursor {
  /** Another reader while a command substitution is read. */
  tokens: TokenReader;
  #depth = 0;

  constructor(tokens: TokenReader) {
    this.tokens = tokens;
  }

  skipNewlines(): void {
    while (this.tokens.peek().kind === 'newline') this.tokens.next();
  }

  atOperator(text: string): boolean {
    const token = this.tokens.peek();
    return token.kind === 'operator' && token.text === text;
  }

  expectOperator(text: string): void {
    const token = this.tokens.next();
    if (token.kind !== 'operator' || token.text !== text) this.unexpected(token);
  }

  expectWord(text: string): void {
    const token = this.tokens.next();
    if (token.kind !== 'word' || token.bare !== text) this.unexpected(token);
  }

  enter(): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.tokens.scanner.fail('commands nested too deeply');
  }

  unexpected(token: Token): never {
    const shown =
      token.kind === 'word' ? `word ${token.bare ?? ''}` : token.kind === 'operator' ? token.text : token.kind;
    return this.tokens.scanner.fail(`unexpected ${shown} on line ${token.line}`);
  }

  leave(): void {
    this.#depth -= 1;
  }
}
