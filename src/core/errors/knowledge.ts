import type { ErrorTable } from './exit.ts';

export const KNOWLEDGE_ERRORS = {
  REPORT_UNSUPPORTED: {
    exit: 'usage',
    summary: 'A scan report is of a format that is not read.',
    fix: 'Give a Trivy JSON report (`trivy image --format json`), a Grype JSON report (`grype -o json`) or a Copa manifest (v1alpha1, v1alpha2).',
  },
  REPORT_INVALID: {
    exit: 'usage',
    summary: 'A scan report does not have the shape its format requires.',
    fix: 'Make the report again; it may be truncated or edited.',
  },
  REPORT_MISMATCH: {
    exit: 'usage',
    summary: 'A scan report is of another operating system or architecture than the image.',
    fix: 'Scan this image on this platform and give that report.',
  },
  REPORT_INCOMPLETE: {
    exit: 'policy',
    summary: 'A scan report says nothing about OS packages.',
    fix: 'Scan again with OS packages included (for Trivy: `--scanners vuln --pkg-types os`).',
  },
  DATABASE_MISSING: {
    exit: 'policy',
    summary: 'There is no vulnerability database on this machine.',
    fix: 'Run `suture db update`, or `suture db import FILE` where there is no network.',
  },
  DATABASE_STALE: {
    exit: 'policy',
    summary: 'The vulnerability database is older than the policy allows.',
    fix: 'Run `suture db update` or import a newer one; allow an older one with --max-db-age (SUTURE_MAX_DB_AGE), for a fleet with maxDatabaseAge in suture.yaml.',
  },
  DATABASE_INVALID: {
    exit: 'failed',
    summary: 'A vulnerability database is corrupt, truncated or not what its name says.',
    fix: 'Fetch or import it again; `suture db rollback` returns to the one before.',
  },
  DATABASE_UNSUPPORTED: {
    exit: 'failed',
    summary: 'A vulnerability database is of a schema or kind that is not read.',
    fix: 'Take the artifact trivy-db of schema 2 (tag `2`).',
  },
  SCAN_FAILED: {
    exit: 'failed',
    summary: 'The packages of an image cannot be matched with advisories, so nothing is known about it.',
    fix: 'The message names the package or the missing data; such an image is not clean, it is unknown.',
  },
  SCANNER_REFUSED: {
    exit: 'policy',
    summary: 'A scanner program is of a release that must not be run.',
    fix: 'Install another release, and pin it by digest; Trivy 0.69.4 to 0.69.6 held malicious code (CVE-2026-33634).',
  },
  SCANNER_FAILED: {
    exit: 'failed',
    summary: 'A scanner program failed or did not answer as it should.',
    fix: 'The message holds what it said; an image that could not be scanned is not clean, it is unknown.',
  },
} as const satisfies ErrorTable;
