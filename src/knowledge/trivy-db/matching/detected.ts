import type { Severity } from '../../../core/severity.ts';
import type { FindingStatus } from '../../findings.ts';
import type { Advisory, DataSource, VulnerabilityDetails } from '../advisory.ts';
import type { VulnerabilityDatabase } from '../database.ts';
import type { ScannedOs, ScannedPackage } from './package.ts';
import { type AdvisoryRows, RememberedDetails } from './remembered-rows.ts';

/** A match before details are added. */
export interface Detected {
  readonly id: string;
  readonly package: ScannedPackage;
  /** Undefined where Trivy gives none (Azure Linux, Mariner). */
  readonly packageId?: string;
  readonly vendorIds: readonly string[];
  readonly installedVersion: string;
  readonly fixedVersion: string;
  readonly status: FindingStatus;
  /** The severity that the advisory itself gives for this package; it beats all others. */
  readonly ownSeverity?: { readonly severity: Severity; readonly source: string };
  readonly dataSource?: DataSource;
}

/** Something that was not compared with any advisory, so that its absence from the findings says nothing. */
export interface Unmatched {
  readonly kind:
    | 'unsupported-os'
    | 'bucket-missing'
    | 'no-packages'
    | 'third-party'
    | 'version-unreadable'
    | 'source-unknown'
    | 'module-unknown';
  /** Name of the package, bucket or OS. */
  readonly subject: string;
}

/** Trivy's version order and the distribution's own disagree on whether an installed version is fixed. */
export interface OrderDifference {
  readonly package: string;
  readonly vulnerability: string;
  readonly installedVersion: string;
  readonly fixedVersion: string;
  /** What Trivy says, and so the findings. */
  readonly reported: boolean;
}

/** One run of the matcher: the database with what was read of it so far, and what is to be told besides findings. */
export class MatchContext {
  readonly database: VulnerabilityDatabase;
  readonly os: ScannedOs;
  /** Milliseconds since the epoch: decides end of life. */
  readonly now: number;
  readonly unmatched: Unmatched[] = [];
  readonly orderDifferences: OrderDifference[] = [];
  /** Buckets asked for, in order, and whether they exist. */
  readonly buckets = new Map<string, boolean>();
  readonly #rows: AdvisoryRows;

  /** @param rows what other runs over this database read */
  constructor(
    database: VulnerabilityDatabase,
    os: ScannedOs,
    now: number,
    rows: AdvisoryRows = new RememberedDetails(database),
  ) {
    this.database = database;
    this.os = os;
    this.now = now;
    this.#rows = rows;
  }

  /** Notes that the findings rest on this bucket. */
  useBucket(name: string): boolean {
    const found = this.buckets.get(name) ?? this.database.hasBucket(name);
    if (!found && !this.buckets.has(name)) this.unmatched.push({ kind: 'bucket-missing', subject: name });
    this.buckets.set(name, found);
    return found;
  }

  advisories(bucket: string, packageName: string): readonly Advisory[] {
    return this.#rows.advisories(bucket, packageName);
  }

  details(id: string): VulnerabilityDetails | undefined {
    return this.#rows.details(id);
  }
}
