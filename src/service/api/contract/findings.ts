import { z } from 'zod';
import { listOf, order, pageQuery, searchText } from './page.ts';
import { count, OPEN_STATES, reference, seconds, severity, slaState, text, tier, timestamp } from './values.ts';

/** A vulnerability in a package of an image. */
export const finding = z
  .object({
    reference,
    vulnerability: z.string(),
    package: z.string().describe('binary package'),
    severity,
    tier,
    knownExploited: z.boolean(),
    status: z.string().describe("what the distribution says, in Trivy's words: affected, fixed, will_not_fix …"),
    state: slaState,
    installedVersion: z.string(),
    fixedVersion: z.string().exactOptional(),
    blockedBy: text.exactOptional().describe('why a fix that exists is not applied'),
    firstDetectedAt: timestamp,
    fixAvailableAt: timestamp
      .exactOptional()
      .describe('since when the repositories that the image can reach have the fix'),
    startedAt: timestamp.exactOptional().describe('when the clock began: the later of detection and fix'),
    dueAt: timestamp.exactOptional(),
    resolvedAt: timestamp.exactOptional(),
    waiver: z.object({ id: z.string(), expiresAt: timestamp }).exactOptional(),
    title: text.exactOptional(),
    url: text.exactOptional(),
  })
  .meta({ id: 'Finding' });
export type Finding = z.infer<typeof finding>;

export const findingList = listOf(finding).meta({ id: 'FindingList' });
export type FindingList = z.infer<typeof findingList>;

/** What of the findings of an image, or of a vulnerability in all images. */
export const findingFilter = {
  q: searchText.exactOptional().describe('part of a vulnerability, a package or a title'),
  show: z.enum(['open', 'resolved', 'all']).default('open'),
  state: z.enum(OPEN_STATES).exactOptional(),
  severity: tier.exactOptional().describe('a threshold: this tier and worse'),
  package: searchText.exactOptional(),
};

/** GET /image/findings */
export const imageFindingsQuery = z.strictObject({
  reference,
  ...findingFilter,
  sort: z.enum(['urgency', 'severity', 'package', 'vulnerability', 'detected']).default('urgency'),
  order,
  ...pageQuery,
});
export type ImageFindingsQuery = z.infer<typeof imageFindingsQuery>;

/** How long findings took from when they could be fixed to when they were. */
export const remediation = z
  .object({
    resolved: count,
    inTime: count.describe('of those with a service level'),
    late: count,
    p50Seconds: seconds.exactOptional(),
    p95Seconds: seconds.exactOptional(),
  })
  .meta({ id: 'Remediation' });
export type Remediation = z.infer<typeof remediation>;
