import { z } from 'zod';
import { findingList } from './findings.ts';
import { listOf, order, pageQuery, searchText } from './page.ts';
import { count, OPEN_STATES, reference, severity, stateCounts, text, tier, timestamp } from './values.ts';

/** GET /vulnerabilities */
export const vulnerabilitiesQuery = z.strictObject({
  q: searchText.exactOptional().describe('part of the id or the title'),
  severity: tier.exactOptional().describe('a threshold: this tier and worse'),
  state: z.enum([...OPEN_STATES, 'open', 'resolved']).default('open'),
  package: searchText.exactOptional(),
  team: searchText.exactOptional(),
  sort: z.enum(['severity', 'images', 'id', 'detected', 'due']).default('severity'),
  order,
  ...pageQuery,
});
export type VulnerabilitiesQuery = z.infer<typeof vulnerabilitiesQuery>;

export const vulnerabilitySummary = z
  .object({
    id: z.string(),
    title: text.exactOptional(),
    url: text.exactOptional(),
    severity: severity.describe('the worst that is said of it in any image'),
    tier,
    knownExploited: z.boolean(),
    images: z.object({
      open: count.describe('have it'),
      fixable: count.describe('have it, and could be rid of it'),
      late: count,
      resolved: count.describe('had it, and it is gone'),
    }),
    firstDetectedAt: timestamp,
    nextDueAt: timestamp.exactOptional(),
  })
  .meta({ id: 'VulnerabilitySummary' });
export type VulnerabilitySummary = z.infer<typeof vulnerabilitySummary>;

export const vulnerabilityList = listOf(vulnerabilitySummary).meta({ id: 'VulnerabilityList' });
export type VulnerabilityList = z.infer<typeof vulnerabilityList>;

/** GET /vulnerability */
export const vulnerabilityQuery = z.strictObject({ id: z.string().min(1).max(256) });
export type VulnerabilityQuery = z.infer<typeof vulnerabilityQuery>;

/** GET /vulnerability/findings: more of them. */
export const vulnerabilityFindingsQuery = z.strictObject({
  id: z.string().min(1).max(256),
  show: z.enum(['open', 'resolved', 'all']).default('open'),
  state: z.enum(OPEN_STATES).exactOptional(),
  ...pageQuery,
});
export type VulnerabilityFindingsQuery = z.infer<typeof vulnerabilityFindingsQuery>;

export const vulnerability = vulnerabilitySummary
  .extend({
    states: stateCounts.describe('of its findings'),
    packages: z.array(z.object({ name: z.string(), images: count, fixedVersions: z.array(z.string()) })),
    teams: z.array(z.object({ name: z.string(), open: count, late: count })),
    open: findingList.describe('images that have it, the most urgent first'),
    resolved: findingList.describe('images that had it, the last first, with what may run instead'),
    published: z
      .array(z.object({ reference, publishedReference: reference }))
      .describe('of the resolved ones: the image without it'),
  })
  .meta({ id: 'Vulnerability' });
export type Vulnerability = z.infer<typeof vulnerability>;
