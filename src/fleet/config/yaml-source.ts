import { type Document, isMap, LineCounter, type Node, parseDocument } from 'yaml';
import { SutureError } from '../../core/errors/error.ts';

export type Path = readonly PropertyKey[];

/** Characters; a fleet of ten thousand images has less than one million. */
const LIMIT = 16 * 1024 * 1024;

/** A YAML file whose values know where they stand. */
export class YamlSource {
  readonly file: string;
  readonly value: unknown;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  /** @throws SutureError CONFIGURATION naming file, line and column; LIMIT_EXCEEDED */
  constructor(file: string, text: string) {
    if (text.length > LIMIT) throw new SutureError('LIMIT_EXCEEDED', `${file} is larger than the limit of ${LIMIT}`);
    this.file = file;
    this.#lines = new LineCounter();
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const [error] = this.#document.errors;
    if (error !== undefined)
      throw new SutureError('CONFIGURATION', `${this.#at(error.pos[0])}: ${error.message}`, { cause: error });
    // Aliases may not multiply a small file into a large one.
    this.value = this.#document.toJS({ maxAliasCount: 100 });
  }

  /** `suture.yaml:12:5`: of the value at this path, or of the nearest one above that exists. */
  place(path: Path): string {
    for (let length = path.length; length >= 0; length--) {
      const range = this.#node(path.slice(0, length))?.range;
      if (range) return this.#at(range[0]);
    }
    return this.file;
  }

  /** Of the key itself: what is wrong may be its name. */
  placeOfKey(path: Path, key: string): string {
    const node = this.#node(path);
    if (!isMap(node)) return this.place(path);
    const pair = node.items.find((item) => String((item.key as { value?: unknown } | null)?.value) === key);
    const range = (pair?.key as Node | undefined)?.range;
    return range ? this.#at(range[0]) : this.place(path);
  }

  #node(path: Path): Node | undefined {
    if (path.length === 0) return this.#document.contents ?? undefined;
    return this.#document.getIn(path, true) as Node | undefined;
  }

  #at(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.file}:${line}:${col}`;
  }
}
