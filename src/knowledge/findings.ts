import type { Digest } from '../core/digest.ts';
import type { Severity } from '../core/severity.ts';

/** Trivy's status names: what the distribution says about a vulnerability in a package. */
export const FINDING_STATUSES = [
  'unknown',
  'not_affected',
  'affected',
  'fixed',
  'under_investigation',
  'will_not_fix',
  'fix_deferred',
  'end_of_life',
] as const;

export type FindingStatus = (typeof FINDING_STATUSES)[number];

/** One vulnerability in one installed OS package. */
export interface Finding {
  /** CVE id where there is one, else the advisory's (DSA, GHSA, SUSE-SU …). */
  readonly vulnerability: string;
  readonly vendorIds: readonly string[];
  readonly package: FindingPackage;
  /** Undefined where the source of knowledge rates nothing (Copa manifests); UNKNOWN is a rating of its own. */
  readonly severity?: Severity;
  readonly severitySource?: string;
  readonly status: FindingStatus;
  /** Lowest version that fixes it, or several comma-separated (one per branch); whose version it is depends on the family. */
  readonly fixedVersion?: string;
  readonly title?: string;
  readonly url?: string;
}

export interface FindingPackage {
  /** Binary package. */
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  readonly purl?: string;
}

/** Who said it, and how old that knowledge is. Kept with every result, never merged away. */
export type Provenance =
  | {
      readonly kind: 'trivy-db';
      readonly digest: Digest;
      /** ISO 8601. */
      readonly updatedAt: string;
      /** The advisories of this release; `bucketFound` false means "not known", never "clean". */
      readonly bucket: string;
      readonly bucketFound: boolean;
    }
  | { readonly kind: 'report'; readonly format: ReportFormat; readonly digest: Digest; readonly createdAt?: string };

export type ReportFormat = 'trivy' | 'grype' | 'copa-v1alpha1' | 'copa-v1alpha2';

/** The operating system as Trivy names it: family (`debian`, `redhat`, `alpine` …) and release name. */
export interface OsName {
  readonly family: string;
  readonly name?: string;
}

/** What a scanner found in an image, whatever its format. */
export interface ScannerReport {
  readonly format: ReportFormat;
  /** File name, for messages. */
  readonly name: string;
  readonly digest: Digest;
  /** ISO 8601; absent where the format does not say (Copa manifests, old scanners). */
  readonly createdAt?: string;
  /** ISO 8601: when the scanner's database was built, where the format says (Grype; Trivy of a server). */
  readonly knowledgeAt?: string;
  readonly scanner?: { readonly name: string; readonly version?: string };
  readonly artifact: ReportArtifact;
  readonly os?: OsName;
  readonly platform: { readonly architecture?: string; readonly variant?: string };
  /** Whether the scanner looked at OS packages at all; without it no finding means nothing. */
  readonly coversOsPackages: boolean;
  /** Findings in OS packages only. */
  readonly findings: readonly Finding[];
  /** Findings of other classes (language packages, secrets …), which no package manager of the image can fix. */
  readonly otherFindings: number;
}

export interface ReportArtifact {
  readonly name?: string;
  /** Trivy's ArtifactID. */
  readonly id?: Digest;
  readonly repoDigests: readonly string[];
  readonly diffIds: readonly string[];
}
