import type { ByteString } from '../../../../core/bytes.ts';
import { SutureError } from '../../../../core/errors/error.ts';

const NEWLINE = 0x0a;

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
  readonly #provided = new Map<string, number[]>();

  /** @throws SutureError REPOSITORY_INVALID when a paragraph has no name or no SHA256, so that it could not be verified */
  constructor(text: Buffer, what: string) {
    this.#text = text;
    this.#findParagraphs();
    for (let index = 0; index < this.#starts.length; index++) this.#addName(index, what);
    this.#findProvides();
    const hashes = this.#countFields('SHA256');
    if (hashes < this.#starts.length) {
      const without = this.#starts.length - hashes;
      throw new SutureError('REPOSITORY_INVALID', `${what} has ${without} packages without a SHA256`);
    }
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
      const found = text.indexOf('\n\n', start, 'latin1');
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
    let at = start;
    if (text.toString('latin1', start, start + marker.length) !== marker) {
      const found = text.indexOf(`\n${marker}`, start, 'latin1');
      if (found < 0 || found >= end) return undefined;
      at = found + 1;
    }
    const lineEnd = text.indexOf(NEWLINE, at);
    return text.toString('latin1', at + marker.length, lineEnd < 0 ? end : lineEnd).trim();
  }

  #findProvides(): void {
    let paragraph = 0;
    for (let at = this.#nextField('Provides', 0); at >= 0; at = this.#nextField('Provides', at)) {
      while ((this.#ends[paragraph] ?? Number.POSITIVE_INFINITY) <= at) paragraph++;
      for (const name of this.#providedNames(at)) {
        const list = this.#provided.get(name);
        if (list === undefined) this.#provided.set(name, [paragraph]);
        else if (list.at(-1) !== paragraph) list.push(paragraph);
      }
    }
  }

  /** Offset after `\nName:` at or after `from`, or -1. A first line counts as well. */
  #nextField(name: string, from: number): number {
    const marker = `${name}:`;
    if (from === 0 && this.#text.toString('latin1', 0, marker.length) === marker) return marker.length;
    const found = this.#text.indexOf(`\n${marker}`, from, 'latin1');
    return found < 0 ? -1 : found + marker.length + 1;
  }

  #providedNames(at: number): string[] {
    let end = this.#text.indexOf(NEWLINE, at);
    while (end >= 0 && (this.#text[end + 1] === 0x20 || this.#text[end + 1] === 0x09)) {
      end = this.#text.indexOf(NEWLINE, end + 1);
    }
    const value = this.#text.toString('latin1', at, end < 0 ? this.#text.length : end);
    return value.split(',').flatMap((clause) => /^\s*([^\s(:]+)/.exec(clause)?.[1] ?? []);
  }

  #countFields(name: string): number {
    let count = 0;
    for (let at = this.#nextField(name, 0); at >= 0; at = this.#nextField(name, at)) count++;
    return count;
  }
}
