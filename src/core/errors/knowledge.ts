import type { ErrorTable } from './exit.ts';

export const KNOWLEDGE_ERRORS = {
  REPORT_UNSUPPORTED: {
    exit: 'usage',
    summary: 'A scan report is of a format that is not read.',
    fix: 'Give a Trivy JSON report (`trivy image --format json`) or a Copa manifest (v1alpha1, v1alpha2).',
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
} as const satisfies ErrorTable;
