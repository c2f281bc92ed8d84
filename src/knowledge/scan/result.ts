import type { Digest } from '../../core/digest.ts';
import type { Severity } from '../../core/severity.ts';
import type { PackageLayer, ScannedOs, ScannedPackage } from '../../packages/inventory/types.ts';
import type { Finding } from '../findings.ts';
import type { DataSource, VulnerabilityDetails } from '../trivy-db/advisory.ts';
import type { Unknown } from './unknown.ts';

/** Known to be exploited in the wild (CISA's catalogue). */
export interface KnownExploited {
  /** `2026-03-01` */
  readonly dateAdded: string;
  readonly dueDate?: string;
  readonly ransomware: boolean;
}

/** Exploit Prediction Scoring System of FIRST: both numbers from 0 to 1. */
export interface ExploitPrediction {
  readonly score: number;
  readonly percentile: number;
}

/** A finding with everything that a report says of it. */
export interface ScanFinding extends Finding {
  /** Name of the KnowledgeSource that says so. */
  readonly source: string;
  /** ScannedPackage.id of the package, where the inventory is at hand. */
  readonly packageId?: string;
  readonly layer?: PackageLayer;
  readonly dataSource?: DataSource;
  readonly details?: VulnerabilityDetails;
  /** The same finding has the same one in every scan of an artifact. */
  readonly fingerprint?: Digest;
  readonly kev?: KnownExploited;
  readonly epss?: ExploitPrediction;
}

/** Why a finding does not count. It is shown all the same: what vanishes cannot be questioned. */
export interface Suppression {
  readonly by: 'ignore-file' | 'openvex' | 'cyclonedx-vex';
  /** File that says so. */
  readonly source: string;
  /** `ignored`, or the status that a VEX document gives: `not_affected`, `fixed`. */
  readonly status: 'ignored' | 'not_affected' | 'fixed';
  readonly justification?: string;
  readonly statement?: string;
  /** ISO 8601 date from which on the finding counts again. */
  readonly expires?: string;
}

export interface SuppressedFinding {
  readonly finding: ScanFinding;
  readonly suppression: Suppression;
}

/** One origin of knowledge; named in every result with the time until which it knows. */
export interface KnowledgeSource {
  /** Unique within a result: `trivy-db`, or the name of the file. */
  readonly name: string;
  readonly kind: 'trivy-db' | 'report' | 'advisories' | 'trivy' | 'exploitation';
  readonly digest?: Digest;
  /** ISO 8601; absent where the source does not say, so that its age is unknown. */
  readonly updatedAt?: string;
  /** Advisory buckets that were asked (trivy-db). */
  readonly buckets?: readonly { readonly name: string; readonly found: boolean }[];
}

export interface ScanLayer {
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly size: number;
}

/** What was scanned. */
export interface ScanArtifact {
  /** As the user named it. */
  readonly name: string;
  readonly type: 'container_image' | 'cyclonedx' | 'spdx' | 'filesystem';
  /** Trivy's ArtifactID. */
  readonly id?: Digest;
  /** Digest of the config. */
  readonly imageId?: Digest;
  /** Digest of the manifest. */
  readonly digest?: Digest;
  readonly reference?: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly diffIds: readonly string[];
  readonly layers: readonly ScanLayer[];
  /** The image config as it is in the image (OCI, lower-case keys). */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly platform: { readonly os?: string; readonly architecture?: string; readonly variant?: string };
}

/** Findings that the options left out; counted so that nobody takes a filter for a clean image. */
export interface FilteredCounts {
  readonly severity: number;
  readonly unfixed: number;
  readonly status: number;
  readonly epss: number;
  readonly kev: number;
}

/** The findings of one artifact, with all that is needed to judge them: age of the knowledge, and what is not known. */
export interface ScanResult {
  readonly artifact: ScanArtifact;
  /** ISO 8601, from the clock that the caller handed in. */
  readonly createdAt: string;
  readonly tool: { readonly name: string; readonly version: string };
  readonly os?: ScannedOs;
  /** Whether an inventory was at hand; without it findings come from reports alone. */
  readonly hasInventory: boolean;
  readonly packages: readonly ScannedPackage[];
  /** Sorted by package, severity (highest first) and ID. */
  readonly findings: readonly ScanFinding[];
  readonly suppressed: readonly SuppressedFinding[];
  readonly filtered: FilteredCounts;
  readonly unknowns: readonly Unknown[];
  readonly sources: readonly KnowledgeSource[];
  /** The release gets no more advisories. */
  readonly endOfLife: boolean;
}

export const NOTHING_FILTERED: FilteredCounts = { severity: 0, unfixed: 0, status: 0, epss: 0, kev: 0 };

/** Severity for showing and counting: not rated is UNKNOWN. */
export function severityOf(finding: Pick<Finding, 'severity'>): Severity {
  return finding.severity ?? 'UNKNOWN';
}
