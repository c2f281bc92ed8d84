import type { ByteString } from '../../../../core/bytes.ts';
import { SutureError } from '../../../../core/errors/error.ts';

const NEWLINE = 0x0a;
const PROVIDES = Buffer.from('\nProvides:');
const PARAGRAPH_END = Buffer.from('\n\n');

/**
 * A Packages file with a table of where each package is. The file stays as it is in memory and only the paragraphs that are
 * asked for are parsed: finding the boundaries of 63,000 paragraphs takes a tenth of parsing them.
 */
export class PackagesIndex {
  readonly #text: Buffer;
  /** Byte offsets of the paragraphs, with one more for the end. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #names = new Map<string, number | number[]>();
  /** Made when it is first asked for. */
  #provided: ReadonlyMap<string, readonly number[]> | undefined;

  /** @throws SutureError REPOSITORY_INVALID when a paragraph has no name, or the packages have no SHA256 */
  constructor(text: Buffer, what: string) {
    this.#text = text;
    this.#findParagraphs();
    for (let index = 0; index < this.#starts.length; index++) this.#addName(index, what);
    this.#requireHash(what);
  }

  get size(): number {
    return this.#starts.length;
  }

  names(): Iterable<string> {
    return this.#names.keys();
  }

  /** Texts of the paragraphs of a package, in the order of the file: several versions are legal. */
  paragraphsOf(name: string): ByteString[] {
    const found = this.#names.get(name);
    const list = found === undefined ? [] : typeof found === 'number' ? [found] : found;
    return list.map((index) => this.#paragraph(index));
  }

  /** Texts of the paragraphs of packages that name `name` in Provides. */
  paragraphsProviding(name: string): ByteString[] {
    this.#provided ??= this.#findProvides();
    return (this.#provided.get(name) ?? []).map((index) => this.#paragraph(index));
  }

  #paragraph(index: number): ByteString {
    return this.#text.toString('latin1', this.#starts[index], this.#ends[index]);
  }

  #findParagraphs(): void {
    const text = this.#text;
    let start = 0;
    while (start < text.length) {
      if (text[start] === NEWLINE) {
        start++;
        continue;
      }
      const found = text.indexOf(PARAGRAPH_END, start);
      const end = found < 0 ? text.length : found + 1;
      this.#starts.push(start);
      this.#ends.push(end);
      start = end + 1;
    }
  }

  #addName(index: number, what: string): void {
    const start = this.#starts[index] ?? 0;
    const end = this.#ends[index] ?? 0;
    const name = this.#field('Package', start, end);
    if (name === undefined || name === '') {
      throw new SutureError('REPOSITORY_INVALID', `${what} has a paragraph without a package name at byte ${start}`);
    }
    const known = this.#names.get(name);
    if (known === undefined) this.#names.set(name, index);
    else if (typeof known === 'number') this.#names.set(name, [known, index]);
    else known.push(index);
  }

  /** Value of a one-line field; almost always `Package` is the first. */
  #field(name: string, start: number, end: number): ByteString | undefined {
    const text = this.#text;
    const marker = `${name}:`;
    const firstLine = text.toString('latin1', start, lineEnd(text, start, end));
    if (firstLine.startsWith(marker)) return firstLine.slice(marker.length).trim();
    const found = text.indexOf(`\n${marker}`, start, 'latin1');
    if (found < 0 || found >= end) return undefined;
    return text.toString('latin1', found + 1 + marker.length, lineEnd(text, found + 1, end)).trim();
  }

  #findProvides(): Map<string, number[]> {
    const provided = new Map<string, number[]>();
    let paragraph = 0;
    for (let at = this.#nextProvides(0); at >= 0; at = this.#nextProvides(at)) {
      while ((this.#ends[paragraph] ?? Number.POSITIVE_INFINITY) <= at) paragraph++;
      for (const name of this.#providedNames(at)) {
        const list = provided.get(name);
        if (list === undefined) provided.set(name, [paragraph]);
        else if (list.at(-1) !== paragraph) list.push(paragraph);
      }
    }
    return provided;
  }

  /** Offset after the next `Provides:` that begins a line at or after `from`, or -1. */
  #nextProvides(from: number): number {
    if (from === 0 && this.#text.indexOf(PROVIDES.subarray(1)) === 0) return PROVIDES.length - 1;
    const found = this.#text.indexOf(PROVIDES, from);
    return found < 0 ? -1 : found + PROVIDES.length;
  }

  #providedNames(at: number): string[] {
    let end = this.#text.indexOf(NEWLINE, at);
    while (end >= 0 && (this.#text[end + 1] === 0x20 || this.#text[end + 1] === 0x09)) {
      end = this.#text.indexOf(NEWLINE, end + 1);
    }
    const value = this.#text.toString('latin1', at, end < 0 ? this.#text.length : end);
    return value.split(',').flatMap((clause) => /^\s*([^\s(:]+)/.exec(clause)?.[1] ?? []);
  }

  /** An index made without SHA256 has none at all: then it is said once; a single package without is not offered. */
  #requireHash(what: string): void {
    const [start, end] = [this.#starts[0], this.#ends[0]];
    if (start === undefined || end === undefined || this.#field('SHA256', start, end) !== undefined) return;
    throw new SutureError('REPOSITORY_INVALID', `${what} gives no SHA256 of its packages, so they cannot be verified`);
  }
}

function lineEnd(text: Buffer, from: number, limit: number): number {
  const found = text.indexOf(NEWLINE, from);
  return found < 0 ? limit : found;
}
