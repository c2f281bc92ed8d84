import type { Digest } from '../../core/digest.ts';
import {
  type Advisory,
  type DataSource,
  decodeAdvisory,
  decodeDataSource,
  decodeDetails,
  decodeIndices,
  decodeRedHatEntries,
  type RedHatEntry,
  type VulnerabilityDetails,
} from './advisory.ts';
import { type BoltFile, openBolt } from './bbolt/bolt-file.ts';
import type { Bucket } from './bbolt/bucket.ts';
import { decodeRow } from './row.ts';

/** Which database it is; goes into every result. */
export interface DatabaseIdentity {
  readonly digest: Digest;
  /** When it was built, ISO 8601. */
  readonly updatedAt: string;
}

/**
 * trivy-db, schema 2: advisories lie at bucket of the release, bucket of the package, vulnerability ID. Look-ups read only
 * the pages they need. All methods throw SutureError DATABASE_INVALID when they meet corrupt data.
 */
export class VulnerabilityDatabase {
  readonly identity: DatabaseIdentity;
  readonly #file: BoltFile;
  readonly #buckets = new Map<string, Bucket | undefined>();

  constructor(file: BoltFile, identity: DatabaseIdentity) {
    this.#file = file;
    this.identity = identity;
  }

  hasBucket(name: string): boolean {
    return this.#bucket(name) !== undefined;
  }

  /** All advisories of a package in a release's bucket, in order of their IDs. */
  advisories(bucket: string, packageName: string): readonly Advisory[] {
    return this.#rows(bucket, packageName, decodeAdvisory);
  }

  /** Advisories of a package for all releases of Red Hat, by their key: RHSA, RHBA or CVE. */
  redHat(packageName: string): readonly { readonly key: string; readonly entries: readonly RedHatEntry[] }[] {
    return this.#rows('Red Hat', packageName, (key, text) => ({ key, entries: decodeRedHatEntries(text) }));
  }

  /** CPE indices of Red Hat content sets (repositories) and of container builds (name-version-release-arch). */
  redHatCpes(contentSets: readonly string[], builds: readonly string[]): ReadonlySet<number> {
    const indices = new Set<number>();
    const add = (bucket: Bucket | undefined, key: string) => {
      const text = key === '' ? undefined : bucket?.text(key);
      if (text === undefined) return;
      for (const index of this.#decoded(`CPEs of ${key}`, () => decodeIndices(text))) indices.add(index);
    };
    const cpes = this.#bucket('Red Hat CPE');
    for (const name of contentSets) add(cpes?.bucket('repository'), name);
    for (const name of builds) add(cpes?.bucket('nvr'), name);
    return indices;
  }

  /** Undefined is normal: the ID was rejected or is not a CVE. */
  details(id: string): VulnerabilityDetails | undefined {
    const text = this.#bucket('vulnerability')?.text(id);
    return text === undefined ? undefined : this.#decoded(`vulnerability ${id}`, () => decodeDetails(text));
  }

  dataSource(bucket: string): DataSource | undefined {
    const text = this.#bucket('data-source')?.text(bucket);
    return text === undefined ? undefined : this.#decoded(`data source ${bucket}`, () => decodeDataSource(text));
  }

  close(): void {
    this.#file.close();
  }

  #rows<T>(bucket: string, packageName: string, decode: (key: string, text: string) => T): T[] {
    const found = packageName === '' ? undefined : this.#bucket(bucket)?.bucket(packageName);
    const rows: T[] = [];
    if (found === undefined) return rows;
    let at = '';
    return decodeRow(
      () => `${this.#file.name}: ${bucket}, ${packageName}, ${at}`,
      () => {
        for (const [key, text] of found.texts()) {
          // As in Trivy; an empty value is how some writers of the format mark a row that is gone.
          if (text === '') continue;
          at = key;
          rows.push(decode(key, text));
        }
        return rows;
      },
    );
  }

  #decoded<T>(what: string, decode: () => T): T {
    return decodeRow(() => `${this.#file.name}: ${what}`, decode);
  }

  #bucket(name: string): Bucket | undefined {
    if (!this.#buckets.has(name)) this.#buckets.set(name, this.#file.bucket(name));
    return this.#buckets.get(name);
  }
}

/** @throws SutureError DATABASE_INVALID, FILE_UNREADABLE */
export function openVulnerabilityDatabase(path: string, identity: DatabaseIdentity): VulnerabilityDatabase {
  return new VulnerabilityDatabase(openBolt(path), identity);
}
