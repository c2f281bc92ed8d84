import type { Advisory, VulnerabilityDetails } from '../advisory.ts';
import type { VulnerabilityDatabase } from '../database.ts';

/** What a run of the matcher reads row by row. */
export type AdvisoryRows = Pick<VulnerabilityDatabase, 'advisories' | 'details'>;

/** Rows of a kind that are kept: of a fleet, at most some tens of megabytes. */
const MOST = 32_768;

/** For one image: its packages ask for each list of advisories once, but for the details of a vulnerability several times. */
export class RememberedDetails implements AdvisoryRows {
  readonly #database: VulnerabilityDatabase;
  readonly #details = new Map<string, VulnerabilityDetails | undefined>();

  constructor(database: VulnerabilityDatabase) {
    this.#database = database;
  }

  /** @throws SutureError DATABASE_INVALID */
  advisories(bucket: string, packageName: string): readonly Advisory[] {
    return this.#database.advisories(bucket, packageName);
  }

  /** @throws SutureError DATABASE_INVALID */
  details(id: string): VulnerabilityDetails | undefined {
    const known = this.#details.get(id);
    if (known !== undefined || this.#details.has(id)) return known;
    const read = this.read(id);
    keep(this.#details, id, read);
    return read;
  }

  protected read(id: string): VulnerabilityDetails | undefined {
    return this.#database.details(id);
  }
}

/**
 * For a fleet: the rows that were read, decoded, as its images share most of them; of details only what findings are made
 * of. Bounded; when it is full it starts anew.
 */
export class RememberedRows extends RememberedDetails {
  readonly #advisories = new Map<string, readonly Advisory[]>();

  protected override read(id: string): VulnerabilityDetails | undefined {
    const whole = super.read(id);
    if (whole === undefined) return undefined;
    // Texts of which nothing depends; references may give the address of what is not a CVE.
    const { description: _, ...details } = whole;
    return { ...details, cvss: {}, references: id.startsWith('CVE-') ? [] : details.references };
  }

  /** @throws SutureError DATABASE_INVALID */
  override advisories(bucket: string, packageName: string): readonly Advisory[] {
    const key = `${bucket}\0${packageName}`;
    const known = this.#advisories.get(key);
    if (known !== undefined) return known;
    const read = super.advisories(bucket, packageName);
    keep(this.#advisories, key, read);
    return read;
  }
}

function keep<T>(rows: Map<string, T>, key: string, row: T): void {
  if (rows.size >= MOST) rows.clear();
  rows.set(key, row);
}
