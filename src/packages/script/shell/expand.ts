import type { ByteString } from '../../../core/bytes.ts';
import type { Word, WordPart } from '../syntax/ast.ts';
import { evaluateArithmetic } from './arithmetic.ts';
import { splitFields } from './fields.ts';
import type { Interpreter } from './interpreter.ts';
import { expandParameter } from './parameters.ts';
import { expandPathname } from './pathnames.ts';
import { escapePattern } from './pattern.ts';
import type { Piece } from './pieces.ts';
import type { Shell } from './shell.ts';
import { expandTilde } from './tilde.ts';

/** Expands words for one shell. */
export class Expander {
  readonly shell: Shell;
  readonly #interpreter: Interpreter;

  constructor(shell: Shell, interpreter: Interpreter) {
    this.shell = shell;
    this.#interpreter = interpreter;
  }

  /** Words of a command or of `for`: split into fields, matched against path names, quotes removed. */
  fields(words: readonly Word[]): ByteString[] {
    return words.flatMap((word) => {
      if (splitsAfterArguments(word.parts)) this.shell.notNative('expansion after $@ in one word');
      const pieces = this.pieces(expandTilde(word, this.shell, 'word').parts, false, true);
      const fields = splitFields(pieces, this.shell.variables.get('IFS')?.value);
      return fields.flatMap((field) => expandPathname(field, this.shell));
    });
  }

  /** One string without splitting: assignments, redirections, `case` subjects, here-documents. */
  text(word: Word, context: 'word' | 'assignment' = 'word'): ByteString {
    const pieces = this.pieces(expandTilde(word, this.shell, context).parts, false, false);
    return pieces.map((piece) => (piece.kind === 'text' ? piece.text : ' ')).join('');
  }

  /** A pattern in which what was quoted is escaped. */
  pattern(word: Word): ByteString {
    const pieces = this.pieces(expandTilde(word, this.shell, 'word').parts, false, false);
    return pieces
      .map((piece) => (piece.kind !== 'text' ? ' ' : piece.quoted ? escapePattern(piece.text) : piece.text))
      .join('');
  }

  /** `splitting`: whether the result will be split, which decides how `$*` and `$@` join. */
  pieces(parts: readonly WordPart[], quoted: boolean, splitting: boolean): Piece[] {
    return parts.flatMap((part) => this.#part(part, quoted, splitting));
  }

  #part(part: WordPart, quoted: boolean, splitting: boolean): Piece[] {
    switch (part.kind) {
      case 'literal':
        return [{ kind: 'text', text: part.text, quoted, split: false }];
      case 'quoted':
        return [{ kind: 'text', text: part.text, quoted: true, split: false }];
      case 'double':
        return this.#double(part.parts, splitting);
      case 'parameter':
        return expandParameter(part, this, quoted, splitting);
      case 'substitution':
        this.shell.world.budget.step();
        return [{ kind: 'text', text: this.#interpreter.substitute(this.shell, part.body), quoted, split: !quoted }];
      case 'arithmetic': {
        const shell = this.shell;
        const value = evaluateArithmetic(this.text(part.expression), {
          get: (name) => {
            const current = shell.get(name);
            if (current === undefined && shell.options.has('nounset')) shell.notNative(`unset ${name} in arithmetic`);
            return current;
          },
          set: (name, result) => shell.set(name, result),
        });
        return [{ kind: 'text', text: value.toString(), quoted, split: !quoted }];
      }
    }
  }

  /** Quotes that hold nothing still make a field, unless all they hold is an empty `$@`. */
  #double(parts: readonly WordPart[], splitting: boolean): Piece[] {
    const pieces = this.pieces(parts, true, splitting);
    const emptyArguments = pieces.some((piece) => piece.kind === 'no-arguments');
    const kept = pieces.filter((piece) => piece.kind !== 'no-arguments');
    if (emptyArguments && kept.every((piece) => piece.kind === 'text' && piece.text === '')) return [];
    return [{ kind: 'text', text: '', quoted: true, split: false }, ...kept];
  }
}

/**
 * dash 0.5.12 does not split an unquoted expansion that follows `"$@"` in the same word, though POSIX says it must.
 */
function splitsAfterArguments(parts: readonly WordPart[]): boolean {
  let seen = false;
  for (const part of parts) {
    const expands = part.kind === 'parameter' || part.kind === 'substitution' || part.kind === 'arithmetic';
    if (seen && expands) return true;
    if (part.kind === 'parameter' && part.word !== undefined && splitsAfterArguments(part.word.parts)) return true;
    if (holdsArguments(part)) seen = true;
  }
  return false;
}

/** `$@` in the part itself, in its quotes or in the operand of its expansion. */
function holdsArguments(part: WordPart): boolean {
  if (part.kind === 'double') return part.parts.some(holdsArguments);
  return part.kind === 'parameter' && (part.name === '@' || (part.word?.parts.some(holdsArguments) ?? false));
}
