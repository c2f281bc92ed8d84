import { isSeverity, type Severity } from '../../../core/severity.ts';
import type { FindingStatus } from '../../findings.ts';
import type { VulnerabilityDetails } from '../advisory.ts';
import { own } from '../own.ts';
import type { Detected } from './detected.ts';

export interface Rating {
  readonly severity: Severity;
  /** Undefined where Trivy leaves SeveritySource empty. */
  readonly source?: string;
}

/** Trivy's status: a fix decides, else the distribution's word, else "affected". */
export function statusOf({ fixedVersion, status }: Detected): FindingStatus {
  if (fixedVersion !== '') return 'fixed';
  return status === 'unknown' ? 'affected' : status;
}

/**
 * Severity by Trivy's "auto" precedence: the advisory's for this package; the distribution's (for rebuilt packages that of
 * the one they come from); GitHub's for GHSA IDs; NVD's; anybody's; UNKNOWN.
 */
export function rate(found: Detected, details: VulnerabilityDetails | undefined): Rating {
  if (found.ownSeverity && (details === undefined || found.ownSeverity.source !== '')) return found.ownSeverity;
  if (details === undefined) return { severity: 'UNKNOWN' };
  const distribution = found.dataSource?.baseId ?? found.dataSource?.id ?? '';
  const vendors = own(details.vendorSeverity, distribution);
  if (vendors !== undefined) return { severity: vendors, source: distribution };
  for (const source of found.id.startsWith('GHSA-') ? ['ghsa', 'nvd'] : ['nvd']) {
    const severity = own(details.vendorSeverity, source);
    if (severity === undefined) continue;
    if (severity !== 'UNKNOWN') return { severity, source };
    // The first that rates at all ends the search, even when it says "unknown".
    break;
  }
  const anybody = details.severity ?? '';
  return { severity: isSeverity(anybody) ? anybody : 'UNKNOWN' };
}

const REFERENCE_PREFIXES: Readonly<Record<string, readonly string[]>> = {
  debian: ['http://www.debian.org', 'https://www.debian.org'],
  ubuntu: ['http://www.ubuntu.com', 'https://usn.ubuntu.com'],
  redhat: ['https://access.redhat.com'],
  'suse-cvrf': ['http://lists.opensuse.org', 'https://lists.opensuse.org'],
  'oracle-oval': ['http://linux.oracle.com/errata', 'https://linux.oracle.com/errata'],
};

/** Trivy's PrimaryURL: a page about the vulnerability, or the vendor's first reference. */
export function primaryUrl(found: Detected, details: VulnerabilityDetails | undefined): string | undefined {
  if (details === undefined) return undefined;
  const { id } = found;
  if (id.startsWith('CVE-')) return `https://avd.aquasec.com/nvd/${id.toLowerCase()}`;
  if (id.startsWith('RUSTSEC-')) return `https://osv.dev/vulnerability/${id}`;
  if (id.startsWith('GHSA-')) return `https://github.com/advisories/${id}`;
  if (id.startsWith('TEMP-')) return `https://security-tracker.debian.org/tracker/${id}`;
  for (const prefix of own(REFERENCE_PREFIXES, found.dataSource?.id ?? '') ?? []) {
    const reference = details.references.find((text) => text.startsWith(prefix));
    if (reference !== undefined) return reference;
  }
  return undefined;
}
