import type { PackageShelf } from '../../family.ts';
import type { DebArchive } from '../types.ts';
import { decompressPool } from './expand-pool.ts';
import { type OpenDebOptions, openDeb } from './open.ts';

/** Opening holds a whole data.tar for a moment: so many at once bound the memory, and are enough for every thread. */
const OPENING = 4;

/**
 * The packages of one run, each opened once however often it is asked for: applying is tried again when something was not
 * native, and changelogs are read afterwards. What `open` gives is closed with the shelf; its own `close` does nothing.
 */
export class DebShelf implements PackageShelf {
  readonly #options: OpenDebOptions;
  readonly #opened = new Map<string, Promise<DebArchive>>();
  readonly #closers: (() => void)[] = [];
  readonly #waiting: (() => void)[] = [];
  #active = 0;
  #closed = false;

  constructor(options: OpenDebOptions) {
    this.#options = options;
  }

  /** @throws SutureError as openDeb; a failure is not remembered */
  open(file: string): Promise<DebArchive> {
    const known = this.#opened.get(file);
    if (known !== undefined) return known;
    const work = this.#inTurn(file).then((archive) => ({ ...archive, close: () => {} }));
    this.#opened.set(file, work);
    work.catch(() => this.#opened.delete(file));
    return work;
  }

  /** Closes every package, also those that are still being opened. */
  close(): void {
    this.#closed = true;
    for (const close of this.#closers.splice(0)) close();
  }

  async #inTurn(file: string): Promise<DebArchive> {
    if (this.#active >= OPENING) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#active++;
    try {
      const archive = await openDeb(file, this.#options);
      if (this.#closed) archive.close();
      else this.#closers.push(() => archive.close());
      return archive;
    } finally {
      const next = this.#waiting.shift();
      if (next !== undefined) next();
      else if (--this.#active === 0) decompressPool().rest();
    }
  }
}
