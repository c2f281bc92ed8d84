import { compareBytes } from '../../core/bytes.ts';
import { isSutureError, type SutureError } from '../../core/errors/error.ts';
import type { ScannedImage, ScannedPackage } from '../../packages/inventory/types.ts';
import type { VulnerabilityDatabase } from '../trivy-db/database.ts';
import type { Unmatched } from '../trivy-db/matching/detected.ts';
import { type MatchProvenance, matchPackages } from '../trivy-db/matching/match.ts';
import type { ScannedOs } from '../trivy-db/matching/package.ts';
import { RememberedRows } from '../trivy-db/matching/remembered-rows.ts';
import { supplierOf } from '../trivy-db/matching/suppliers.ts';
import { type Evaluation, evaluation, matcherOs, matcherPackage, scanFinding } from './match-inventory.ts';
import type { ScanFinding } from './result.ts';

/** An inventory that was kept; the caller's own fields come back with the result. */
export interface StoredInventory {
  readonly image: ScannedImage;
}

export type ReEvaluated<T extends StoredInventory> = { readonly inventory: T } & (
  | { readonly evaluation: Evaluation }
  /** SCAN_FAILED, where Trivy fails the scan too; the other images go on. */
  | { readonly failure: SutureError }
);

/**
 * Compares many stored inventories with a database, as after an update. What does not depend on the image is worked out once:
 * each advisory is read once, and the packages of one name compared once for each system. The result of
 * an image is that of `matchInventory` without layers and fingerprints, which belong to a report of that image, and without
 * the texts about the vulnerabilities (`details`), which would fill the memory: so images share their findings.
 * @param now milliseconds since the epoch, for the end of support
 * @throws SutureError DATABASE_INVALID
 */
export async function* reEvaluate<T extends StoredInventory>(
  database: VulnerabilityDatabase,
  inventories: Iterable<T> | AsyncIterable<T>,
  now: number,
): AsyncGenerator<ReEvaluated<T>> {
  const evaluator = new FleetEvaluator(database, now);
  for await (const inventory of inventories) {
    try {
      yield { inventory, evaluation: evaluator.evaluate(inventory.image) };
    } catch (error) {
      if (!isSutureError(error, 'SCAN_FAILED')) throw error;
      yield { inventory, failure: error };
    }
  }
}

/** What was found out about packages of one name on one system. */
interface PackageVerdict {
  readonly findings: readonly ScanFinding[];
  readonly unmatched: readonly Unmatched[];
  /** Somebody other than the distribution built it. */
  readonly isSupplied: boolean;
}

/** The package of which a verdict is, apart from image and layer. */
interface JudgedPackage {
  readonly found: ScannedPackage;
  readonly verdict: PackageVerdict;
}

interface SystemVerdicts {
  readonly os: ScannedOs;
  /** Of an image without packages: buckets and end of life. */
  readonly provenance: MatchProvenance;
  readonly packages: Map<string, PackageVerdict>;
  /** The same by the object that packages of one cached fact share, which takes no key to be made. */
  readonly bySource: WeakMap<ScannedPackage['src'], JudgedPackage>;
}

/** Packages of which verdicts are kept: some hundred megabytes of a very mixed fleet at most. */
const MOST = 50_000;

/** Compares one inventory after another with one database, and remembers what the next may ask again; see reEvaluate(). */
export class FleetEvaluator {
  readonly #database: VulnerabilityDatabase;
  readonly #now: number;
  readonly #rows: RememberedRows;
  readonly #systems = new Map<string, SystemVerdicts>();
  #kept = 0;

  constructor(database: VulnerabilityDatabase, now: number) {
    this.#database = database;
    this.#now = now;
    this.#rows = new RememberedRows(database);
  }

  /** @throws SutureError DATABASE_INVALID; SCAN_FAILED where Trivy fails the scan too */
  evaluate(image: ScannedImage): Evaluation {
    const os = matcherOs(image);
    if (os === undefined) return evaluation(this.#database, image, [], undefined);
    const system = this.#system(os);
    const findings: ScanFinding[] = [];
    const unmatched = [...system.provenance.unmatched];
    let compared = false;
    for (const group of sameName(image.packages)) {
      const verdict = this.#verdict(system, group);
      if (verdict.isSupplied) return this.#whole(os, image);
      compared ||= group[0]?.name !== KEY_PACKAGE;
      unmatched.push(...verdict.unmatched);
      for (const finding of verdict.findings) findings.push(finding);
    }
    const known = compared ? unmatched.filter(({ kind }) => kind !== 'no-packages') : unmatched;
    return evaluation(this.#database, image, findings, { ...system.provenance, unmatched: known });
  }

  /** A supplier of rebuilt packages, recognised by one of them, changes what holds for all. */
  #whole(os: ScannedOs, image: ScannedImage): Evaluation {
    const { findings, provenance } = this.#match(os, image.packages.map(withoutLayer));
    return evaluation(this.#database, image, findings, provenance);
  }

  #match(os: ScannedOs, packages: readonly ScannedPackage[]) {
    const options = { now: this.#now, rows: this.#rows };
    const { findings, provenance } = matchPackages(this.#database, os, packages.map(matcherPackage), options);
    return { findings: findings.map(({ details: _, ...finding }) => scanFinding(finding)), provenance };
  }

  #system(os: ScannedOs): SystemVerdicts {
    const key = JSON.stringify(os);
    const known = this.#systems.get(key);
    if (known !== undefined) return known;
    const made = { os, provenance: this.#match(os, []).provenance, packages: new Map(), bySource: new WeakMap() };
    this.#systems.set(key, made);
    return made;
  }

  #verdict(system: SystemVerdicts, group: readonly ScannedPackage[]): PackageVerdict {
    const [only] = group;
    if (group.length > 1 || only === undefined) return this.#judged(system, group);
    const known = system.bySource.get(only.src);
    if (known !== undefined && isSame(known.found, only)) return known.verdict;
    const verdict = this.#judged(system, group);
    system.bySource.set(only.src, { found: only, verdict });
    return verdict;
  }

  #judged({ os, packages }: SystemVerdicts, group: readonly ScannedPackage[]): PackageVerdict {
    const key = group.map(keyOf).join('\n');
    const known = packages.get(key);
    if (known !== undefined) return known;
    const compared = group.map(withoutLayer);
    const { findings, provenance } = this.#match(os, compared);
    const unmatched = provenance.unmatched.filter(({ kind }) => kind !== 'bucket-missing' && kind !== 'no-packages');
    if (this.#kept++ >= MOST) {
      for (const system of this.#systems.values()) system.packages.clear();
      this.#kept = 0;
    }
    const isSupplied = supplierOf(os, compared.map(matcherPackage)) !== undefined;
    const verdict = { findings, unmatched, isSupplied };
    packages.set(key, verdict);
    return verdict;
  }
}

/** Whether two packages that share their source object are the same but for the layer; false costs only time. */
function isSame(a: ScannedPackage, b: ScannedPackage): boolean {
  if (a === b) return true;
  return (
    a.identifier === b.identifier &&
    a.id === b.id &&
    a.name === b.name &&
    a.version === b.version &&
    a.release === b.release &&
    a.epoch === b.epoch &&
    a.arch === b.arch &&
    a.modularityLabel === b.modularityLabel &&
    a.repositoryClass === b.repositoryClass &&
    a.buildInfo === b.buildInfo
  );
}

/** A key that rpm lists as a package; nothing is compared with it. */
const KEY_PACKAGE = 'gpg-pubkey';

/** In the order of their names, which is that of the findings. One ID of several architectures yields one finding. */
export function sameName(packages: readonly ScannedPackage[]): readonly (readonly ScannedPackage[])[] {
  const sorted = isSorted(packages) ? packages : packages.toSorted((a, b) => compareBytes(a.name, b.name));
  const groups: (readonly ScannedPackage[])[] = [];
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1;
    while (end < sorted.length && sorted[end]?.name === sorted[start]?.name) end++;
    groups.push(sorted.slice(start, end));
    start = end;
  }
  return groups;
}

/** As those of inventories are. */
function isSorted(packages: readonly ScannedPackage[]): boolean {
  return packages.every(
    (found, index) => index === 0 || compareBytes(packages[index - 1]?.name ?? '', found.name) <= 0,
  );
}

export function withoutLayer({ layer: _, ...found }: ScannedPackage): ScannedPackage {
  return found;
}

/** Everything of a package that a finding depends on. */
export function keyOf(found: ScannedPackage): string {
  const { id, name, version, release, epoch, arch, src, modularityLabel, repositoryClass, buildInfo } = found;
  const source = `${src.name}\0${src.version}\0${src.release}\0${src.epoch}`;
  const plain = `${id}\0${name}\0${version}\0${release}\0${epoch}\0${arch}\0${source}\0${found.identifier.purl ?? ''}`;
  const rare = modularityLabel ?? repositoryClass ?? buildInfo;
  if (rare === undefined) return plain;
  return `${plain}\0${JSON.stringify([modularityLabel, repositoryClass, buildInfo])}`;
}
