import type { ByteString } from '../../../core/bytes.ts';
import type { Command } from './ast.ts';
import { Parser } from './parser.ts';

/** Texts kept; the programs that the scripts of an image call (dpkg-maintscript-helper, ucf) are a few dozen. */
const KEPT_TEXTS = 64;
/** Shorter texts (eval, traps) are parsed faster than found. */
const WORTH_KEEPING = 512;

const kept = new Map<string, ParsedText>();

/** The commands of a text, parsed as far as they were asked for: what stands after an `exit` is never looked at. */
export class ParsedText {
  readonly #parser: Parser;
  readonly #commands: Command[] = [];
  #failure: Error | undefined;
  #ended = false;

  constructor(parser: Parser) {
    this.#parser = parser;
  }

  /** The command at `index`, undefined behind the last one. @throws NotNative where it cannot be parsed, each time */
  at(index: number): Command | undefined {
    while (index >= this.#commands.length && !this.#ended) this.#parseNext();
    return this.#commands[index];
  }

  #parseNext(): void {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      const command = this.#parser.nextCommand();
      if (command === undefined) this.#ended = true;
      else this.#commands.push(command);
    } catch (error) {
      if (error instanceof Error) this.#failure = error;
      throw error;
    }
  }
}

/** The parsed form of a text, from an earlier evaluation if there was one: commands never change once they are parsed. */
export function parsedText(text: ByteString, options: { readonly line: number; readonly bash: boolean }): ParsedText {
  if (text.length < WORTH_KEEPING) return new ParsedText(new Parser(text, options));
  const key = `${options.bash ? 'bash' : 'dash'} ${options.line} ${text}`;
  const known = kept.get(key) ?? new ParsedText(new Parser(text, options));
  kept.delete(key);
  kept.set(key, known);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_TEXTS && oldest !== undefined) kept.delete(oldest);
  return known;
}
