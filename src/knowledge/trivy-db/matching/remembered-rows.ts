import type { Advisory, VulnerabilityDetails } from '../advisory.ts';
import type { VulnerabilityDatabase } from '../database.ts';

/** Rows of a kind that are kept: of a fleet, at most some hundred megabytes. */
const MOST = 32_768;

/**
 * The rows of a database that were read, decoded: binary packages of one source share their advisories, and the images of a
 * fleet most of them. Bounded; when it is full it starts anew.
 */
export class RememberedRows {
  readonly #database: VulnerabilityDatabase;
  readonly #advisories = new Map<string, readonly Advisory[]>();
  readonly #details = new Map<string, VulnerabilityDetails | undefined>();

  constructor(database: VulnerabilityDatabase) {
    this.#database = database;
  }

  /** @throws SutureError DATABASE_INVALID */
  advisories(bucket: string, packageName: string): readonly Advisory[] {
    const key = `${bucket}\0${packageName}`;
    const known = this.#advisories.get(key);
    if (known !== undefined) return known;
    const read = this.#database.advisories(bucket, packageName);
    keep(this.#advisories, key, read);
    return read;
  }

  /** @throws SutureError DATABASE_INVALID */
  details(id: string): VulnerabilityDetails | undefined {
    const known = this.#details.get(id);
    if (known !== undefined || this.#details.has(id)) return known;
    const read = this.#database.details(id);
    keep(this.#details, id, read);
    return read;
  }
}

function keep<T>(rows: Map<string, T>, key: string, row: T): void {
  if (rows.size >= MOST) rows.clear();
  rows.set(key, row);
}
