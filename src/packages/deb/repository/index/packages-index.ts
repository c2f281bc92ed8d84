import type { ByteString } from '../../../../core/bytes.ts';
import { SutureError } from '../../../../core/errors/error.ts';
import {
  buildIndexTable,
  fieldOf,
  type HashedNames,
  type IndexTable,
  namesInProvides,
  paragraphsByName,
} from './index-table.ts';
import { type IndexText, textInMemory } from './index-text.ts';

/**
 * A Packages file with a table of where each package is. The text stays where it is, and only the paragraphs that are asked
 * for are read: finding the boundaries of 63,000 paragraphs takes a tenth of parsing them, and a kept table nothing.
 */
export class PackagesIndex {
  readonly #text: IndexText;
  readonly #table: IndexTable;

  constructor(text: IndexText, table: IndexTable) {
    this.#text = text;
    this.#table = table;
  }

  /** @throws SutureError REPOSITORY_INVALID when a paragraph has no name, or the packages have no SHA256 */
  static of(text: Buffer, what: string): PackagesIndex {
    const index = new PackagesIndex(textInMemory(text), buildIndexTable(text, what));
    index.requireHash(what);
    return index;
  }

  get size(): number {
    return this.#table.starts.length;
  }

  /** Texts of the paragraphs of a package, in the order of the file: several versions are legal. */
  paragraphsOf(name: string): ByteString[] {
    return this.#found(this.#table.names, name, (paragraph) => fieldOf(paragraph, 'Package') === name);
  }

  /** Texts of the paragraphs of packages that name `name` in Provides. */
  paragraphsProviding(name: string): ByteString[] {
    return this.#found(this.#table.provides, name, (paragraph) => providesOf(paragraph).includes(name));
  }

  /**
   * An index made without SHA256 has none at all: then it is said once; a single package without is not offered.
   * @throws SutureError REPOSITORY_INVALID
   */
  requireHash(what: string): void {
    if (this.size === 0 || fieldOf(this.#paragraph(0), 'SHA256') !== undefined) return;
    throw new SutureError('REPOSITORY_INVALID', `${what} gives no SHA256 of its packages, so they cannot be verified`);
  }

  #found(names: HashedNames, name: string, matches: (paragraph: ByteString) => boolean): ByteString[] {
    return paragraphsByName(names, name)
      .map((index) => this.#paragraph(index))
      .filter(matches);
  }

  #paragraph(index: number): ByteString {
    return this.#text.slice(this.#table.starts[index] ?? 0, this.#table.ends[index] ?? 0);
  }
}

/** The value of Provides with its folded lines. */
function providesOf(paragraph: ByteString): string[] {
  return namesInProvides(/^Provides:([^\n]*(?:\n[ \t][^\n]*)*)/m.exec(paragraph)?.[1] ?? '');
}
