import type { ByteString } from '../../../core/bytes.ts';
import { NotNative } from '../not-native.ts';

const NAME_START = /[A-Za-z_]/;
const NAME = /[A-Za-z0-9_]/;

/** A position in a script's text, counting lines. */
export class Scanner {
  readonly text: ByteString;
  position = 0;
  line: number;

  constructor(text: ByteString, line = 1) {
    this.text = text;
    this.line = line;
  }

  /** The byte `offset` ahead, or an empty string at the end. */
  peek(offset = 0): string {
    return this.text[this.position + offset] ?? '';
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  startsWith(prefix: string): boolean {
    return this.text.startsWith(prefix, this.position);
  }

  next(): string {
    const char = this.peek();
    if (char === '\n') this.line += 1;
    this.position += 1;
    return char;
  }

  skip(count: number): void {
    for (let index = 0; index < count; index += 1) this.next();
  }

  /** Backslash-newline joins lines everywhere but in single quotes. */
  skipContinuations(): void {
    while (this.startsWith('\\\n')) this.skip(2);
  }

  /** A shell name at this place, or an empty string. */
  readName(): string {
    if (!NAME_START.test(this.peek())) return '';
    let name = '';
    while (!this.atEnd && NAME.test(this.peek())) name += this.next();
    return name;
  }

  fail(problem: string): never {
    throw new NotNative(`syntax: ${problem}`, this.line);
  }
}

export function isName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}
