/**
 * Work that several ask for at the same time and that is done once: downloads of package files. Results are remembered by
 * key, failures are not, so that the next call tries again; only so many are under way at a time.
 */
export class SharedWork<T> {
  readonly #limit: number;
  readonly #known = new Map<string, Promise<T>>();
  readonly #waiting: (() => void)[] = [];
  #active = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The result of the first call with this key. */
  get(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const running = this.#inTurn(work);
    this.#known.set(key, running);
    running.catch(() => this.#known.delete(key));
    return running;
  }

  async #inTurn(work: () => Promise<T>): Promise<T> {
    if (this.#active >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#active++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#active--;
      else next();
    }
  }
}
