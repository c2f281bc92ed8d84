import type { ByteString } from '../../../core/bytes.ts';
import type { Piece } from './pieces.ts';

/** A field before path name expansion: its texts, each quoted or not. */
export type Field = readonly { readonly text: ByteString; readonly quoted: boolean }[];

const DEFAULT_IFS = ' \t\n';

/**
 * Field splitting (POSIX XCU 2.6.5): runs of IFS white space separate; every other IFS byte, with the white space around
 * it, separates on its own. Unset IFS is the default one, empty IFS splits nothing.
 */
export function splitFields(pieces: readonly Piece[], ifs: ByteString | undefined): Field[] {
  const splitter = new Splitter(ifs ?? DEFAULT_IFS);
  for (const piece of pieces) {
    if (piece.kind === 'no-arguments') continue;
    if (piece.kind === 'break') splitter.breakField();
    else if (piece.split) splitter.split(piece.text);
    else splitter.append(piece.text, piece.quoted);
  }
  return splitter.finish();
}

class Splitter {
  readonly #ifs: ByteString;
  readonly #fields: Field[] = [];
  #current: { text: ByteString; quoted: boolean }[] = [];
  #started = false;
  #afterSpace = false;

  constructor(ifs: ByteString) {
    this.#ifs = ifs;
  }

  append(text: ByteString, quoted: boolean): void {
    if (text === '' && !quoted) return;
    this.#current.push({ text, quoted });
    this.#started = true;
    this.#afterSpace = false;
  }

  breakField(): void {
    if (this.#started) this.#emit();
    this.#afterSpace = false;
  }

  split(text: ByteString): void {
    let start = 0;
    for (let index = 0; index < text.length; index += 1) {
      const char = text.charAt(index);
      if (!this.#ifs.includes(char)) continue;
      this.append(text.slice(start, index), false);
      start = index + 1;
      if (char === ' ' || char === '\t' || char === '\n') {
        if (this.#started) {
          this.#emit();
          this.#afterSpace = true;
        }
      } else if (this.#afterSpace && !this.#started) this.#afterSpace = false;
      else this.#emit();
    }
    this.append(text.slice(start), false);
  }

  finish(): Field[] {
    if (this.#started) this.#emit();
    return this.#fields;
  }

  #emit(): void {
    this.#fields.push(this.#current);
    this.#current = [];
    this.#started = false;
  }
}
