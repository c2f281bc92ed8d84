import { type ByteString, bytesToByteString } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Paragraph } from '../types.ts';
import { fieldName } from './fields.ts';

export interface ParagraphOptions {
  /** Names the text in error messages, for example `var/lib/dpkg/status`. */
  readonly what?: string;
  readonly code?: 'PACKAGE_INVALID' | 'DATABASE_UNREADABLE' | 'INVALID_DATA';
  /** Only these fields are kept (spelled as the file does); all others are still checked for form. */
  readonly keep?: ReadonlySet<string>;
  /** A line of blanks continues the value instead of being an error: dpkg reads its database so, and apt a Packages file. */
  readonly lax?: boolean;
  /** dpkg refuses a database that does not end in a newline: it was cut off. */
  readonly requireFinalNewline?: boolean;
}

/** Longest line and most fields of a paragraph: real ones stay below 1 MiB (`Package-List`, kernel `Provides`) and 60. */
const LINE_LIMIT = 16 * 1024 * 1024;
const FIELD_LIMIT = 1000;

/**
 * Reads control paragraphs (deb-control(5)) as dpkg's parser does: fields `Name: value`, continuation lines beginning
 * with a blank, paragraphs separated by empty lines. Field names that dpkg knows get their usual spelling; a value is
 * trimmed on both ends, its continuation lines stay as written after "\n".
 * @throws SutureError with `options.code` (PACKAGE_INVALID by default), naming the line; LIMIT_EXCEEDED.
 */
export function parseParagraphs(text: ByteString, options: ParagraphOptions = {}): Paragraph[] {
  const parser = new ParagraphParser(options);
  const paragraphs = parser.push(text);
  for (const last of parser.end()) paragraphs.push(last);
  return paragraphs;
}

/** The one paragraph of a control file. @throws SutureError when there is none or more than one. */
export function parseControl(text: ByteString, options: ParagraphOptions = {}): Paragraph {
  const paragraphs = parseParagraphs(text, options);
  const [first] = paragraphs;
  if (first === undefined || paragraphs.length > 1) {
    throw new SutureError(
      options.code ?? 'PACKAGE_INVALID',
      `${options.what ?? 'control'} holds ${paragraphs.length} paragraphs instead of one`,
    );
  }
  return first;
}

/** Incremental form for long files: paragraphs come out as soon as they are complete; chunks may be cut anywhere. */
export class ParagraphParser {
  readonly #options: ParagraphOptions;
  #rest: ByteString = '';
  #line = 0;
  #fields = new Map<string, ByteString>();
  #count = 0;
  #name: string | undefined;
  #value: ByteString = '';

  constructor(options: ParagraphOptions = {}) {
    this.#options = options;
  }

  /** @returns the paragraphs completed by this chunk. */
  push(chunk: ByteString | Uint8Array): Paragraph[] {
    const added = typeof chunk === 'string' ? chunk : bytesToByteString(chunk);
    const text = this.#rest === '' ? added : this.#rest + added;
    const complete: Paragraph[] = [];
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#readLine(text, start, end, complete);
      start = end + 1;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > LINE_LIMIT) this.#tooLarge('line');
    return complete;
  }

  /** Ends the input. @returns the last paragraph, if it was not yet complete. */
  end(): Paragraph[] {
    const complete: Paragraph[] = [];
    if (this.#rest !== '') {
      if (this.#options.requireFinalNewline === true) {
        this.#line++;
        this.#fail('the last line has no newline: the file is cut off');
      }
      this.#readLine(this.#rest, 0, this.#rest.length, complete);
      this.#rest = '';
    }
    this.#endParagraph(complete);
    return complete;
  }

  #readLine(text: string, start: number, end: number, complete: Paragraph[]): void {
    this.#line++;
    if (end === start) {
      this.#endParagraph(complete);
      return;
    }
    const first = text.charCodeAt(start);
    if (isSpace(first)) this.#continue(text.slice(start, end));
    else this.#startField(text, start, end);
  }

  #continue(line: ByteString): void {
    if (this.#name === undefined) this.#fail('a continuation line without a field before it');
    if (this.#options.lax !== true && isBlank(line)) this.#fail(`blank line in the value of field "${this.#name}"`);
    if (this.#kept(this.#name)) this.#value += `\n${line}`;
    if (this.#value.length > LIMITS.packageControl) this.#tooLarge('field');
  }

  #startField(text: string, start: number, end: number): void {
    this.#endField();
    let nameEnd = start;
    while (nameEnd < end && text.charCodeAt(nameEnd) !== COLON && !isSpace(text.charCodeAt(nameEnd))) nameEnd++;
    let colon = nameEnd;
    while (colon < end && isSpace(text.charCodeAt(colon))) colon++;
    if (nameEnd === start) this.#fail('empty field name');
    if (colon === end || text.charCodeAt(colon) !== COLON) {
      this.#fail(`"${text.slice(start, Math.min(nameEnd, start + 60))}" is not followed by a colon`);
    }
    if (text.charCodeAt(start) === HYPHEN) this.#fail('a field name cannot start with a hyphen');
    const name = fieldName(text.slice(start, nameEnd));
    if (this.#fields.has(name)) this.#fail(`duplicate field "${name}"`);
    if (++this.#count > FIELD_LIMIT) this.#fail(`more than ${FIELD_LIMIT} fields`);
    this.#name = name;
    this.#value = this.#kept(name) ? trimStart(text, colon + 1, end) : '';
  }

  #kept(name: string): boolean {
    return this.#options.keep === undefined || this.#options.keep.has(name);
  }

  #endField(): void {
    if (this.#name === undefined) return;
    if (this.#kept(this.#name)) this.#fields.set(this.#name, trimEnd(this.#value));
    this.#name = undefined;
  }

  #endParagraph(complete: Paragraph[]): void {
    this.#endField();
    if (this.#count === 0) return;
    complete.push(this.#fields);
    this.#fields = new Map();
    this.#count = 0;
  }

  #fail(reason: string): never {
    const what = this.#options.what ?? 'control data';
    throw new SutureError(this.#options.code ?? 'PACKAGE_INVALID', `${what}, line ${this.#line}: ${reason}`);
  }

  #tooLarge(what: string): never {
    throw new SutureError(
      'LIMIT_EXCEEDED',
      `${this.#options.what ?? 'control data'}, line ${this.#line}: the ${what} is larger than any real one`,
    );
  }
}

const COLON = 0x3a;
const HYPHEN = 0x2d;

/** isspace(3) in the C locale. */
function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function isBlank(line: string): boolean {
  for (let index = 0; index < line.length; index++) if (!isSpace(line.charCodeAt(index))) return false;
  return true;
}

function trimStart(text: string, from: number, end: number): string {
  let start = from;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  return text.slice(start, end);
}

/** Not String.trimEnd: that would also cut the byte 0xA0, which may be the end of a UTF-8 character. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return end === text.length ? text : text.slice(0, end);
}
