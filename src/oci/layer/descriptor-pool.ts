import { closeSync, openSync } from 'node:fs';

/** Read descriptors of files that never change once they have their name; the least recently used is closed for a new one. */
export class DescriptorPool {
  readonly #limit: number;
  readonly #open = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Valid until the next call. @throws the error of open(2) */
  open(path: string): number {
    const known = this.#open.get(path);
    if (known !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    const descriptor = openSync(path, 'r');
    this.#open.set(path, descriptor);
    if (this.#open.size > this.#limit) this.#closeOldest();
    return descriptor;
  }

  #closeOldest(): void {
    for (const [path, descriptor] of this.#open) {
      this.#open.delete(path);
      closeSync(descriptor);
      return;
    }
  }
}
