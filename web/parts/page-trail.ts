/** Lists only say where the next page begins; this remembers where those before it did. */
export class PageTrail {
  #list = '';
  readonly #cursors = new Map<number, string>();

  remember(list: string, page: number, cursor: string): void {
    if (list !== this.#list) {
      this.#list = list;
      this.#cursors.clear();
    }
    this.#cursors.set(page, cursor);
  }

  /** Where the page before this one begins: empty for the first page, undefined when it was never seen. */
  before(list: string, page: number): string | undefined {
    if (page === 2) return '';
    return list === this.#list ? this.#cursors.get(page - 1) : undefined;
  }
}
