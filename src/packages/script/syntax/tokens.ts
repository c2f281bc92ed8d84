import type { ByteString } from '../../../core/bytes.ts';
import type { Redirect, Word } from './ast.ts';
import type { Scanner } from './scanner.ts';
import { type CommandReader, readHereDocument, readWord } from './words.ts';

export type Token =
  /** `bare`: the text of a word without any quoting or expansion, which alone can be a reserved word. */
  | { readonly kind: 'word'; readonly word: Word; readonly bare: string | undefined; readonly line: number }
  | { readonly kind: 'operator'; readonly text: string; readonly line: number }
  | { readonly kind: 'io-number'; readonly descriptor: number; readonly line: number }
  | { readonly kind: 'newline'; readonly line: number }
  | { readonly kind: 'end'; readonly line: number };

const OPERATORS = ['<<-', '&&', '||', ';;', '<<', '>>', '<&', '>&', '<>', '>|', ';', '&', '|', '<', '>', '(', ')'];

interface PendingHereDocument {
  readonly delimiter: ByteString;
  readonly stripTabs: boolean;
  readonly literal: boolean;
  readonly target: { parts: Word['parts']; line: number };
}

/** Tokens of a script, with one token of lookahead and the here-documents that start at the next newline. */
export class TokenReader {
  readonly scanner: Scanner;
  readonly #commands: CommandReader;
  #ahead: Token | undefined;
  #pending: PendingHereDocument[] = [];

  constructor(scanner: Scanner, commands: CommandReader) {
    this.scanner = scanner;
    this.#commands = commands;
  }

  peek(): Token {
    this.#ahead ??= this.#read();
    return this.#ahead;
  }

  next(): Token {
    const token = this.peek();
    this.#ahead = undefined;
    return token;
  }

  /** Registers `<<`; its body is filled in when the line ends. */
  hereDocument(delimiter: Word, stripTabs: boolean): Redirect['target'] {
    const text = delimiterText(delimiter);
    if (text === undefined) this.scanner.fail('expansion in a here-document delimiter');
    const literal = delimiter.parts.some((part) => part.kind !== 'literal');
    const target = { parts: [] as Word['parts'], line: delimiter.line };
    this.#pending.push({ delimiter: text, stripTabs, literal, target });
    return target;
  }

  get hasPendingHereDocuments(): boolean {
    return this.#pending.length > 0;
  }

  #read(): Token {
    const scanner = this.scanner;
    this.#skipBlanks();
    const line = scanner.line;
    if (scanner.atEnd) {
      if (this.#pending.length > 0) this.#readBodies();
      return { kind: 'end', line };
    }
    if (scanner.peek() === '\n') {
      scanner.next();
      this.#readBodies();
      return { kind: 'newline', line };
    }
    const operator = OPERATORS.find((candidate) => scanner.startsWith(candidate));
    if (operator !== undefined) {
      scanner.skip(operator.length);
      this.#refuseBashOperators(operator);
      return { kind: 'operator', text: operator, line };
    }
    const digits = /^[0-9]+(?=[<>])/.exec(scanner.text.slice(scanner.position, scanner.position + 12))?.[0];
    if (digits !== undefined) {
      if (digits.length > 1) scanner.fail('file descriptor above 9');
      scanner.skip(digits.length);
      return { kind: 'io-number', descriptor: Number(digits), line };
    }
    const word = readWord(scanner, this.#commands);
    return { kind: 'word', word, bare: bareText(word), line };
  }

  #refuseBashOperators(operator: string): void {
    if (!this.#commands.refuseBashDifferences) return;
    const next = this.scanner.peek();
    const process = (operator === '<' || operator === '>') && next === '(';
    const extended = (operator === '<<' && next === '<') || (operator === '&' && next === '>');
    const both =
      (operator === '|' && next === '&') || (operator === '(' && next === '(') || (operator === ';;' && next === '&');
    if (process || extended || both) this.scanner.fail(`${operator}${next} of bash`);
  }

  #skipBlanks(): void {
    const scanner = this.scanner;
    for (;;) {
      const char = scanner.peek();
      if (char === ' ' || char === '\t') scanner.next();
      else if (scanner.startsWith('\\\n')) scanner.skip(2);
      else if (char === '#') while (!scanner.atEnd && scanner.peek() !== '\n') scanner.next();
      else return;
    }
  }

  #readBodies(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const document of pending) this.#readBody(document);
  }

  #readBody(document: PendingHereDocument): void {
    const scanner = this.scanner;
    const line = scanner.line;
    let body = '';
    for (;;) {
      if (scanner.atEnd) scanner.fail(`here-document without its delimiter ${document.delimiter}`);
      const end = scanner.text.indexOf('\n', scanner.position);
      let text = scanner.text.slice(scanner.position, end < 0 ? undefined : end);
      scanner.skip(text.length + (end < 0 ? 0 : 1));
      if (document.stripTabs) text = text.replace(/^\t+/, '');
      if (text === document.delimiter) break;
      // Without quotes a line that ends in a backslash joins the next before the delimiter is looked for.
      body += `${text}\n`;
      if (!document.literal && /(^|[^\\])(\\\\)*\\$/.test(text)) {
        if (document.stripTabs) scanner.fail('continued line in a <<- here-document');
        const joinedEnd = scanner.text.indexOf('\n', scanner.position);
        const joined = scanner.text.slice(scanner.position, joinedEnd < 0 ? undefined : joinedEnd);
        if (joined === document.delimiter) scanner.fail('here-document delimiter after a continued line');
      }
    }
    const word = document.literal
      ? { parts: [{ kind: 'quoted', text: body } as const], line }
      : readHereDocument(body, line, this.#commands);
    document.target.parts = word.parts;
  }
}

function bareText(word: Word): string | undefined {
  const [part] = word.parts;
  return word.parts.length === 1 && part?.kind === 'literal' ? part.text : undefined;
}

function delimiterText(word: Word): ByteString | undefined {
  let text = '';
  for (const part of word.parts) {
    if (part.kind === 'literal' || part.kind === 'quoted') text += part.text;
    else if (part.kind === 'double') {
      for (const inner of part.parts) {
        if (inner.kind !== 'literal' && inner.kind !== 'quoted') return undefined;
        text += inner.text;
      }
    } else return undefined;
  }
  return text;
}
