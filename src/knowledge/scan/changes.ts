import type { ScannedImage, ScannedPackage } from '../../packages/inventory/types.ts';
import { openBolt } from '../trivy-db/bbolt/bolt-file.ts';
import { type DatabaseIdentity, VulnerabilityDatabase } from '../trivy-db/database.ts';
import { matchPackages } from '../trivy-db/matching/match.ts';
import type { ScannedOs } from '../trivy-db/matching/package.ts';
import { supplierOf } from '../trivy-db/matching/suppliers.ts';
import { matcherOs, matcherPackage } from './match-inventory.ts';
import { keyOf, sameName, withoutLayer } from './re-evaluate.ts';

/** One question that a comparison asked a database, and how any database answers it. */
interface Question {
  readonly key: string;
  readonly ask: (database: VulnerabilityDatabase) => unknown;
}

/**
 * Which images a new database says something else about than the one before. A comparison is a function of what it reads: where
 * every question about a package has the same answer in both, so has the comparison. Each package of a system is looked
 * at once for the whole fleet, and each question asked once.
 */
export class DatabaseChanges {
  readonly #before: QuestionedDatabase;
  readonly #after: VulnerabilityDatabase;
  readonly #now: number;
  readonly #answers = new Map<string, boolean>();
  readonly #packages = new Map<string, boolean>();

  /**
   * @param path trivy.db of the database before; `close` closes it
   * @param after closed by the caller
   * @param now milliseconds since the epoch
   * @throws SutureError DATABASE_INVALID, FILE_UNREADABLE
   */
  constructor(path: string, identity: DatabaseIdentity, after: VulnerabilityDatabase, now: number) {
    this.#before = new QuestionedDatabase(openBolt(path), identity);
    this.#after = after;
    this.#now = now;
  }

  /** @throws SutureError DATABASE_INVALID; SCAN_FAILED where Trivy fails the scan */
  touches(image: ScannedImage): boolean {
    const os = matcherOs(image);
    if (os === undefined) return false;
    const packages = image.packages.map(withoutLayer);
    // A supplier of rebuilt packages, recognised by one of them, changes what is asked about all.
    if (supplierOf(os, packages.map(matcherPackage)) !== undefined) return this.#differs(os, packages);
    if (this.#remembered(`${JSON.stringify(os)}`, os, [])) return true;
    return sameName(packages).some((group) =>
      this.#remembered(`${JSON.stringify(os)}\n${group.map(keyOf).join('\n')}`, os, group),
    );
  }

  close(): void {
    this.#before.close();
  }

  #remembered(key: string, os: ScannedOs, packages: readonly ScannedPackage[]): boolean {
    const known = this.#packages.get(key);
    if (known !== undefined) return known;
    const differs = this.#differs(os, packages);
    this.#packages.set(key, differs);
    return differs;
  }

  #differs(os: ScannedOs, packages: readonly ScannedPackage[]): boolean {
    const questions = this.#before.questionsOf(() => {
      matchPackages(this.#before, os, packages.map(matcherPackage), { now: this.#now });
    });
    return questions.some((question) => !this.#isSame(question));
  }

  #isSame({ key, ask }: Question): boolean {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const same = text(ask(this.#before)) === text(ask(this.#after));
    this.#answers.set(key, same);
    return same;
  }
}

function text(answer: unknown): string {
  return JSON.stringify(answer instanceof Set ? [...(answer as ReadonlySet<unknown>)] : answer) ?? '';
}

/** A database that remembers what it was asked. */
class QuestionedDatabase extends VulnerabilityDatabase {
  #asked: Map<string, Question> | undefined;

  questionsOf(work: () => void): readonly Question[] {
    const asked = new Map<string, Question>();
    this.#asked = asked;
    try {
      work();
    } finally {
      this.#asked = undefined;
    }
    return [...asked.values()];
  }

  override hasBucket(name: string): boolean {
    this.#note(['bucket', name], (database) => database.hasBucket(name));
    return super.hasBucket(name);
  }

  override advisories(...about: Parameters<VulnerabilityDatabase['advisories']>) {
    this.#note(['advisories', ...about], (database) => database.advisories(...about));
    return super.advisories(...about);
  }

  override redHat(name: string) {
    this.#note(['redHat', name], (database) => database.redHat(name));
    return super.redHat(name);
  }

  override redHatCpes(...about: Parameters<VulnerabilityDatabase['redHatCpes']>) {
    this.#note(['redHatCpes', ...about], (database) => database.redHatCpes(...about));
    return super.redHatCpes(...about);
  }

  override details(id: string) {
    this.#note(['details', id], (database) => database.details(id));
    return super.details(id);
  }

  override dataSource(bucket: string) {
    this.#note(['dataSource', bucket], (database) => database.dataSource(bucket));
    return super.dataSource(bucket);
  }

  #note(about: readonly unknown[], ask: Question['ask']): void {
    const key = JSON.stringify(about);
    if (this.#asked !== undefined && !this.#asked.has(key)) this.#asked.set(key, { key, ask });
  }
}
