import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../types.ts';
import { Regex } from '../regex/match.ts';
import { parseRegex } from '../regex/parse.ts';
import type { Action, Address, RangeEnd, SedCommand } from './program.ts';
import { ESCAPES, parseReplacement } from './replacement.ts';

/** Parses a script of GNU sed; files (`r`, `w`) and the `e` command are not native. */
export function parseSed(context: CommandContext, script: ByteString, extended: boolean): SedCommand[] {
  return new SedParser(context, script, extended).parse();
}

class SedParser {
  readonly #context: CommandContext;
  readonly #script: ByteString;
  readonly #extended: boolean;
  readonly #commands: SedCommand[] = [];
  readonly #blocks: number[] = [];
  #index = 0;

  constructor(context: CommandContext, script: ByteString, extended: boolean) {
    this.#context = context;
    this.#script = script;
    this.#extended = extended;
  }

  parse(): SedCommand[] {
    for (;;) {
      this.#skip(/[\s;]*/y);
      if (this.#index >= this.#script.length) break;
      if (this.#peek() === '#') {
        if (this.#index === 0 && /^#n(\n|$)/.test(this.#script)) this.#fail();
        this.#skip(/[^\n]*/y);
      } else this.#command();
    }
    if (this.#blocks.length > 0) this.#fail();
    return this.#commands;
  }

  #fail(): never {
    return this.#context.notNative(`script ${this.#script}`);
  }

  #peek(): string {
    return this.#script.charAt(this.#index);
  }

  #next(): string {
    this.#index += 1;
    return this.#script.charAt(this.#index - 1);
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#index;
    const text = pattern.exec(this.#script)?.[0] ?? '';
    this.#index += text.length;
    return text;
  }

  #command(): void {
    const fromZero = /^0,\s*[/\\]/.test(this.#script.slice(this.#index));
    const first = fromZero ? this.#zero() : this.#address();
    this.#skip(/[ \t]*/y);
    let second: RangeEnd | undefined;
    if (first !== undefined && this.#peek() === ',') {
      this.#index += 1;
      this.#skip(/[ \t]*/y);
      second = this.#rangeEnd();
      this.#skip(/[ \t]*/y);
    }
    const negated = this.#peek() === '!';
    if (negated) this.#skip(/![ \t]*/y);
    const position = this.#commands.length;
    const command: SedCommand = { first, second, fromZero, negated, action: { kind: 'block-end' } };
    this.#commands.push(command);
    command.action = this.#action(position);
  }

  #zero(): Address {
    this.#index += 1;
    return { kind: 'line', line: 0 };
  }

  #address(): Address | undefined {
    const char = this.#peek();
    if (char === '$') {
      this.#index += 1;
      return { kind: 'last' };
    }
    if (char === '/' || char === '\\') {
      this.#index += char === '\\' ? 2 : 1;
      const pattern = this.#delimited(this.#script.charAt(this.#index - 1), true);
      const ignoreCase = this.#peek() === 'I';
      if (ignoreCase) this.#index += 1;
      if (this.#peek() === 'M') this.#fail();
      return { kind: 'regex', regex: this.#regex(pattern, ignoreCase) };
    }
    const digits = this.#skip(/[0-9]+/y);
    if (digits === '') return undefined;
    if (this.#peek() === '~') {
      this.#index += 1;
      return { kind: 'step', first: Number(digits), step: Number(this.#skip(/[0-9]+/y) || this.#fail()) };
    }
    return digits === '0' ? this.#fail() : { kind: 'line', line: Number(digits) };
  }

  #rangeEnd(): RangeEnd {
    if (this.#peek() !== '+') {
      const address = this.#address() ?? this.#fail();
      return address.kind === 'step' ? this.#fail() : address;
    }
    this.#index += 1;
    return { kind: 'count', count: Number(this.#skip(/[0-9]+/y) || this.#fail()) };
  }

  /** Text up to the delimiter; `\delimiter` stands for the delimiter as an ordinary byte. */
  #delimited(delimiter: string, isRegex: boolean): ByteString {
    if (delimiter === '\n' || delimiter === '\\' || delimiter === '') this.#fail();
    let text = '';
    let inBrackets = false;
    for (;;) {
      if (this.#index >= this.#script.length) this.#fail();
      const char = this.#next();
      if (char === delimiter && !inBrackets) return text;
      if (isRegex && char === '[' && !inBrackets) {
        inBrackets = true;
        text += char + this.#skip(/\^?\]?/y);
        continue;
      }
      if (inBrackets) {
        text += this.#inBrackets(char);
        if (char === ']') inBrackets = false;
        // GNU sed ends the expression at a delimiter in brackets only in some versions.
        if (char === delimiter) this.#fail();
        continue;
      }
      if (char !== '\\') {
        if (char === '\n' && isRegex) this.#fail();
        text += char;
        continue;
      }
      const escaped = this.#next();
      if (escaped === delimiter) {
        if (isRegex && /[.*[\]^$+?(){}|&0-9a-zA-Z]/.test(delimiter)) this.#fail();
        text += isRegex ? escaped : delimiter === '&' ? this.#fail() : escaped;
      } else text += isRegex && escaped !== 'n' && ESCAPES[escaped] !== undefined ? ESCAPES[escaped] : `\\${escaped}`;
    }
  }

  #inBrackets(char: string): string {
    if (char === '[' && /[:.=]/.test(this.#peek())) {
      const kind = this.#next();
      const end = this.#script.indexOf(`${kind}]`, this.#index);
      if (end < 0) this.#fail();
      const text = this.#script.slice(this.#index, end + 2);
      this.#index = end + 2;
      return `[${kind}${text}`;
    }
    if (char !== '\\') return char === '\n' ? this.#fail() : char;
    const escaped = ESCAPES[this.#peek()];
    if (escaped === undefined) return /[cdox]/.test(this.#peek()) ? this.#fail() : char;
    this.#index += 1;
    return escaped;
  }

  #regex(pattern: ByteString, ignoreCase: boolean): Regex | undefined {
    if (pattern === '') return undefined;
    const refuse = (reason: string): never => this.#context.notNative(reason);
    return new Regex(
      parseRegex(pattern, { extended: this.#extended, ignoreCase, flavour: 'gnu', refuse }),
      this.#context.step,
    );
  }

  #action(position: number): Action {
    const letter = this.#next();
    switch (letter) {
      case '{':
        this.#blocks.push(position);
        return { kind: 'block', end: -1 };
      case '}':
        return this.#blockEnd(position);
      case 's':
        return this.#substitute();
      case 'y':
        return this.#translate();
      case 'a':
      case 'i':
      case 'c':
        return { kind: 'text', where: letter, text: this.#text() };
      case ':':
        this.#skip(/[ \t]*/y);
        return { kind: 'label', label: this.#skip(/[^\s;]+/y) || this.#fail() };
      case 'b':
      case 't':
      case 'T': {
        this.#skip(/[ \t]*/y);
        const label = this.#skip(/[^\s;}]*/y);
        this.#end();
        return { kind: 'branch', when: letter, label };
      }
      case 'q':
      case 'Q': {
        this.#skip(/[ \t]*/y);
        const status = Number(this.#skip(/[0-9]*/y) || '0');
        this.#end();
        return { kind: 'quit', print: letter === 'q', status };
      }
      default:
        if (letter === '' || !'dDhHgGxnNpP='.includes(letter)) this.#fail();
        this.#end();
        return { kind: 'simple', letter };
    }
  }

  #blockEnd(position: number): Action {
    const start = this.#commands[this.#blocks.pop() ?? -1];
    const own = this.#commands[position];
    if (start === undefined || own?.first !== undefined || own?.negated === true) this.#fail();
    start.action = { kind: 'block', end: position };
    this.#end();
    return { kind: 'block-end' };
  }

  #end(): void {
    this.#skip(/[ \t]*/y);
    const char = this.#peek();
    if (char !== '' && !';\n}#'.includes(char)) this.#fail();
  }

  #substitute(): Action {
    const delimiter = this.#next();
    const pattern = this.#delimited(delimiter, true);
    const replacement = this.#delimited(delimiter, false);
    const flags = this.#skip(/[gpiI0-9]*/y);
    this.#end();
    const number = /[0-9]+/.exec(flags)?.[0];
    if (number !== undefined && Number(number) === 0) this.#fail();
    const regex = this.#regex(pattern, /[iI]/.test(flags));
    const parts = parseReplacement(replacement, () => this.#fail());
    const highest = Math.max(0, ...parts.map((part) => (typeof part === 'number' ? part : 0)));
    if (regex !== undefined && highest > regex.groups) this.#fail();
    const substitution = {
      regex,
      replacement: parts,
      global: flags.includes('g'),
      print: flags.includes('p'),
      occurrence: Number(number ?? '1'),
    };
    return { kind: 'substitute', substitution };
  }

  #translate(): Action {
    const delimiter = this.#next();
    const [from, to] = [this.#delimited(delimiter, false), this.#delimited(delimiter, false)];
    this.#end();
    if (/\\[^\\n]/.test(from + to)) this.#fail();
    const plain = (text: ByteString): ByteString =>
      text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
    const [source, target] = [plain(from), plain(to)];
    if (source.length !== target.length) this.#fail();
    return { kind: 'translate', mapping: new Map([...source].map((char, index) => [char, target.charAt(index)])) };
  }

  /** Operand of `a`, `i`, `c`: the rest of the line, or after `\` and a newline the following lines. */
  #text(): ByteString {
    this.#skip(/[ \t]*/y);
    if (this.#peek() === '\\') {
      this.#index += 1;
      const skipped = this.#skip(/[ \t]*\n?/y);
      if (!skipped.endsWith('\n') && skipped !== '') this.#fail();
    }
    let text = '';
    for (;;) {
      if (this.#index >= this.#script.length) break;
      const char = this.#next();
      if (char === '\n') break;
      if (char !== '\\') text += char;
      else {
        const escaped = this.#next();
        if (/[A-Za-z0-9]/.test(escaped)) this.#fail();
        text += escaped;
      }
    }
    return text === '' ? this.#fail() : `${text}\n`;
  }
}
