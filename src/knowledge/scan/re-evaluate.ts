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
 * an image is that of `matchInventory` without layers and fingerprints, which belong to a report of that image: so images share
 * their findings.
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

interface SystemVerdicts {
  readonly os: ScannedOs;
  /** Of an image without packages: buckets and end of life. */
  readonly provenance: MatchProvenance;
  readonly packages: Map<string, PackageVerdict>;
}

/** Packages of which verdicts are kept: some hundred megabytes of a very mixed fleet at most. */
const MOST = 50_000;

class FleetEvaluator {
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
    return { findings: findings.map(scanFinding), provenance };
  }

  #system(os: ScannedOs): SystemVerdicts {
    const key = JSON.stringify(os);
    const known = this.#systems.get(key);
    if (known !== undefined) return known;
    const made = { os, provenance: this.#match(os, []).provenance, packages: new Map() };
    this.#systems.set(key, made);
    return made;
  }

  #verdict({ os, packages }: SystemVerdicts, group: readonly ScannedPackage[]): PackageVerdict {
    const key = group.length === 1 && group[0] !== undefined ? keyOf(group[0]) : group.map(keyOf).join('\n');
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

/** A key that rpm lists as a package; nothing is compared with it. */
const KEY_PACKAGE = 'gpg-pubkey';

/** In the order of their names, which is that of the findings. One ID of several architectures yields one finding. */
export function sameName(packages: readonly ScannedPackage[]): readonly (readonly ScannedPackage[])[] {
  const groups = new Map<string, ScannedPackage[]>();
  for (const found of packages) {
    const group = groups.get(found.name);
    if (group === undefined) groups.set(found.name, [found]);
    else group.push(found);
  }
  return [...groups].sort(([a], [b]) => compareBytes(a, b)).map(([, group]) => group);
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
