import type { ByteString } from '../../../core/bytes.ts';
import type { Command, ParameterOperator, ParameterPart, Word, WordPart } from './ast.ts';
import { Scanner } from './scanner.ts';

/** What ends a run of word parts and which quotes are special in it. */
type Mode = 'word' | 'double' | 'brace' | 'brace-double' | 'here-document' | 'arithmetic';

/** Supplied by the command parser: words contain commands and commands contain words. */
export interface CommandReader {
  /** Reads the commands of `$( … )` up to and with the closing parenthesis. */
  readSubstitution(scanner: Scanner): readonly Command[];
  /** Parses the unescaped text of a backquote substitution. */
  readText(text: ByteString, line: number): readonly Command[];
  /** Bash would read this differently from dash. */
  readonly refuseBashDifferences: boolean;
}

const METACHARACTERS = new Set([' ', '\t', '\n', ';', '&', '|', '<', '>', '(', ')']);
const SPECIAL_PARAMETERS = '@*#?-$!0123456789';
const MAX_NESTING = 100;

/** Reads one word at the scanner; the caller has made sure that one starts here. */
export function readWord(scanner: Scanner, commands: CommandReader): Word {
  const line = scanner.line;
  return { parts: new PartReader(scanner, commands, 0).read('word'), line };
}

/** Body of an unquoted here-document: expansions happen, quotes are plain text. */
export function readHereDocument(text: ByteString, line: number, commands: CommandReader): Word {
  const parts = new PartReader(new Scanner(text, line), commands, 0).read('here-document');
  return { parts: [{ kind: 'double', parts }], line };
}

class PartReader {
  readonly #scanner: Scanner;
  readonly #commands: CommandReader;
  readonly #depth: number;
  #parts: WordPart[] = [];
  #literal = '';
  #parentheses = 0;

  constructor(scanner: Scanner, commands: CommandReader, depth: number) {
    this.#scanner = scanner;
    this.#commands = commands;
    this.#depth = depth;
    if (depth > MAX_NESTING) scanner.fail('expansions nested too deeply');
  }

  read(mode: Mode): WordPart[] {
    while (!this.#atEnd(mode)) this.#readPart(mode);
    this.#flush();
    return this.#parts;
  }

  #atEnd(mode: Mode): boolean {
    const scanner = this.#scanner;
    const char = scanner.peek();
    if (scanner.atEnd) {
      if (mode === 'word' || mode === 'here-document') return true;
      scanner.fail(mode === 'double' ? 'unterminated double quotes' : 'missing closing brace or parenthesis');
    }
    if (mode === 'word') return METACHARACTERS.has(char);
    if (mode === 'double') return char === '"';
    if (mode === 'brace' || mode === 'brace-double') return char === '}';
    if (mode === 'arithmetic') return this.#parentheses === 0 && scanner.startsWith('))');
    return false;
  }

  #readPart(mode: Mode): void {
    const scanner = this.#scanner;
    const char = scanner.peek();
    const plain = mode === 'word' || mode === 'brace';
    if (char === '\\') this.#readBackslash(mode);
    else if (char === "'" && plain) this.#readSingleQuotes();
    else if (char === '"' && plain) this.#readDoubleQuotes();
    else if (char === '"' && mode === 'brace-double') this.#readDoubleQuotes();
    else if (char === '"' && mode === 'arithmetic') scanner.fail('double quotes in arithmetic');
    else if (char === '$') this.#readDollar(mode);
    else if (char === '`') this.#readBackquotes(mode);
    else {
      if (mode === 'arithmetic') this.#countParenthesis(char);
      if (char === '{' && plain) this.#refuseBraceExpansion();
      this.#literal += scanner.next();
    }
  }

  #countParenthesis(char: string): void {
    if (char === '(') this.#parentheses += 1;
    if (char === ')') this.#parentheses -= 1;
    if (this.#parentheses < 0) this.#scanner.fail('unbalanced parenthesis in arithmetic');
  }

  /** Bash expands `{a,b}` and `{1..3}`, dash does not. */
  #refuseBraceExpansion(): void {
    if (!this.#commands.refuseBashDifferences) return;
    const rest = /^\{[^\s;|&<>]*(,|\.\.)[^\s;|&<>]*\}/.exec(
      this.#scanner.text.slice(this.#scanner.position, this.#scanner.position + 4096),
    );
    if (rest !== null) this.#scanner.fail('brace expansion of bash');
  }

  #flush(): void {
    if (this.#literal === '') return;
    this.#parts.push({ kind: 'literal', text: this.#literal });
    this.#literal = '';
  }

  #push(part: WordPart): void {
    this.#flush();
    this.#parts.push(part);
  }

  #readBackslash(mode: Mode): void {
    const scanner = this.#scanner;
    scanner.next();
    const char = scanner.peek();
    if (char === '\n') {
      scanner.next();
      return;
    }
    if (scanner.atEnd) {
      this.#literal += '\\';
      return;
    }
    const plain = mode === 'word' || mode === 'brace';
    const escapable = mode === 'here-document' ? '$`\\' : mode === 'brace-double' ? '$`"\\}' : '$`"\\';
    scanner.next();
    if (plain || escapable.includes(char)) this.#push({ kind: 'quoted', text: char });
    else this.#literal += `\\${char}`;
  }

  #readSingleQuotes(): void {
    const scanner = this.#scanner;
    const end = scanner.text.indexOf("'", scanner.position + 1);
    if (end < 0) scanner.fail('unterminated single quotes');
    const text = scanner.text.slice(scanner.position + 1, end);
    scanner.skip(end + 1 - scanner.position);
    this.#push({ kind: 'quoted', text });
  }

  #readDoubleQuotes(): void {
    this.#scanner.next();
    const parts = this.#nested('double');
    this.#scanner.next();
    this.#push({ kind: 'double', parts });
  }

  #nested(mode: Mode): WordPart[] {
    return new PartReader(this.#scanner, this.#commands, this.#depth + 1).read(mode);
  }

  #readDollar(mode: Mode): void {
    const scanner = this.#scanner;
    scanner.next();
    scanner.skipContinuations();
    const char = scanner.peek();
    if (scanner.startsWith('((')) this.#readArithmetic();
    else if (char === '(') {
      scanner.next();
      this.#push({ kind: 'substitution', body: this.#commands.readSubstitution(scanner) });
    } else if (char === '{') this.#push(this.#readBraces(mode));
    else if (char !== '' && SPECIAL_PARAMETERS.includes(char)) {
      scanner.next();
      this.#push({ kind: 'parameter', name: char });
    } else {
      const name = scanner.readName();
      if (name !== '') this.#push({ kind: 'parameter', name });
      else {
        const quote = char === "'" || char === '"';
        if (quote && this.#commands.refuseBashDifferences && mode === 'word') scanner.fail(`$${char} of bash`);
        this.#literal += '$';
      }
    }
  }

  #readArithmetic(): void {
    const scanner = this.#scanner;
    scanner.skip(2);
    const line = scanner.line;
    const parts = this.#nested('arithmetic');
    scanner.skip(2);
    this.#push({ kind: 'arithmetic', expression: { parts: [{ kind: 'double', parts }], line } });
  }

  #readBraces(mode: Mode): ParameterPart {
    const scanner = this.#scanner;
    scanner.next();
    if (scanner.peek() === '#' && scanner.peek(1) !== '}') {
      scanner.next();
      const name = this.#readParameterName();
      if (name === '' || scanner.peek() !== '}') scanner.fail('this form of ${#…}');
      scanner.next();
      return { kind: 'parameter', name, operator: 'length' };
    }
    const name = this.#readParameterName();
    if (scanner.peek() === '}') {
      scanner.next();
      return name === '' ? { kind: 'parameter', name, operator: 'bad' } : { kind: 'parameter', name };
    }
    const { operator, colon } = this.#readOperator(name);
    const line = scanner.line;
    const parts = this.#nested(operandMode(operator, mode));
    scanner.next();
    return { kind: 'parameter', name, operator, colon, word: { parts, line } };
  }

  #readParameterName(): string {
    const scanner = this.#scanner;
    const char = scanner.peek();
    if (/[0-9]/.test(char)) {
      let digits = '';
      while (/[0-9]/.test(scanner.peek())) digits += scanner.next();
      return digits;
    }
    if (char !== '' && SPECIAL_PARAMETERS.includes(char)) return scanner.next();
    return scanner.readName();
  }

  #readOperator(name: string): { operator: ParameterOperator; colon: boolean } {
    const scanner = this.#scanner;
    if (name === '') return { operator: 'bad', colon: false };
    const colon = scanner.peek() === ':';
    const char = scanner.peek(colon ? 1 : 0);
    if (char === '-' || char === '=' || char === '?' || char === '+') {
      scanner.skip(colon ? 2 : 1);
      return { operator: char, colon };
    }
    if (colon || (char !== '%' && char !== '#')) return { operator: 'bad', colon: false };
    scanner.next();
    if (scanner.peek() !== char) return { operator: char, colon: false };
    scanner.next();
    return { operator: char === '%' ? '%%' : '##', colon: false };
  }

  #readBackquotes(mode: Mode): void {
    const scanner = this.#scanner;
    scanner.next();
    const line = scanner.line;
    const inQuotes = mode === 'double' || mode === 'brace-double';
    let text = '';
    while (scanner.peek() !== '`') {
      if (scanner.atEnd) scanner.fail('unterminated backquote');
      const char = scanner.next();
      const escaped = scanner.peek();
      if (char !== '\\') text += char;
      else if (escaped === '\n') scanner.next();
      else if (escaped === '\\' || escaped === '`' || escaped === '$' || (inQuotes && escaped === '"')) {
        text += scanner.next();
      } else text += char;
    }
    scanner.next();
    this.#push({ kind: 'substitution', body: this.#commands.readText(text, line) });
  }
}

/** In double quotes the operand of `-=?+` stays quoted; a pattern after `#` or `%` has its own quoting. */
function operandMode(operator: ParameterOperator, mode: Mode): Mode {
  const quoted = mode === 'double' || mode === 'brace-double' || mode === 'here-document' || mode === 'arithmetic';
  return quoted && !operator.startsWith('%') && !operator.startsWith('#') ? 'brace-double' : 'brace';
}
