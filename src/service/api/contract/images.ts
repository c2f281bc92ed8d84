import { z } from 'zod';
import { findingList } from './findings.ts';
import { listOf, order, pageQuery, searchText } from './page.ts';
import {
  COMPLIANCES,
  compliance,
  count,
  digest,
  OPEN_STATES,
  OUTCOMES,
  outcome,
  reference,
  stateCounts,
  text,
  tier,
  tierCounts,
  timestamp,
} from './values.ts';

const sets = {
  q: searchText.exactOptional().describe('part of the reference, of a digest, or of the team'),
  team: searchText.exactOptional().describe('empty: images without one'),
  outcome: z.enum([...OUTCOMES, 'unchecked']).exactOptional(),
  compliance: z.enum(COMPLIANCES).exactOptional(),
  state: z.enum(OPEN_STATES).exactOptional().describe('with an open finding in this state'),
  severity: tier.exactOptional().describe('with an open finding of this tier or worse'),
  vulnerability: searchText.exactOptional().describe('with this one open'),
  package: searchText.exactOptional().describe('with an open finding in this package'),
};

/** Filters of images, the same for the list and the export. */
export const imagesFilter = z.strictObject(sets);
export type ImagesFilter = z.infer<typeof imagesFilter>;

/** GET /images */
export const imagesQuery = z.strictObject({
  ...sets,
  sort: z
    .enum(['risk', 'reference', 'team', 'outcome', 'due', 'findings', 'checked'])
    .default('risk')
    .describe('risk: late findings first, then by what is due next'),
  order,
  ...pageQuery,
});
export type ImagesQuery = z.infer<typeof imagesQuery>;

export const imageSummary = z
  .object({
    reference,
    team: z.string().exactOptional(),
    owner: z.string().exactOptional(),
    set: z.string().exactOptional().describe('image set of the configuration'),
    outcome: outcome.exactOptional().describe('absent: no result yet'),
    compliance,
    digest: digest.exactOptional().describe('what the reference named'),
    publishedReference: reference.exactOptional().describe('what may run'),
    publishedDigest: digest.exactOptional(),
    states: stateCounts,
    tiers: tierCounts,
    worst: tier.exactOptional().describe('of the findings that are open and not waived'),
    nextDueAt: timestamp.exactOptional(),
    lastCheckedAt: timestamp,
    lastResultAt: timestamp.exactOptional(),
  })
  .meta({ id: 'ImageSummary' });
export type ImageSummary = z.infer<typeof imageSummary>;

export const imageList = listOf(imageSummary).meta({ id: 'ImageList' });
export type ImageList = z.infer<typeof imageList>;

/** GET /image */
export const imageQuery = z.strictObject({ reference });
export type ImageQuery = z.infer<typeof imageQuery>;

/** A package that the plan changed. */
export const planStep = z
  .object({
    platform: z.string().exactOptional().describe('of an image index: linux/arm64'),
    package: z.string(),
    architecture: z.string(),
    action: z.enum(['upgrade', 'install']),
    from: z.string().exactOptional(),
    to: z.string(),
    source: z.string().describe('source package'),
    repository: z.string(),
    size: count.describe('bytes of the package file'),
    reason: text,
    vulnerabilities: z.array(z.string()).describe('that the change fixes'),
  })
  .meta({ id: 'PlanStep' });
export type PlanStep = z.infer<typeof planStep>;

/** A package that should change but did not. */
export const pendingPackage = z
  .object({
    package: z.string(),
    from: z.string().exactOptional(),
    to: z.string().exactOptional(),
    reason: z.string().describe('held, pinned, script-not-native, fetch-failed …'),
    detail: text,
    vulnerabilities: z.array(z.string()).describe('open findings in it that have a fix'),
  })
  .meta({ id: 'PendingPackage' });
export type PendingPackage = z.infer<typeof pendingPackage>;

/** A layer of what may run, the lowest first. */
export const imageLayer = z
  .object({
    platform: z.string().exactOptional(),
    digest: digest.exactOptional(),
    diffId: digest,
    size: count.exactOptional().describe('bytes, compressed'),
    createdBy: text.exactOptional(),
    createdAt: timestamp.exactOptional(),
    ours: z.boolean().describe('the layer that the patch added'),
  })
  .meta({ id: 'ImageLayer' });
export type ImageLayer = z.infer<typeof imageLayer>;

/** What a run made of the image. */
export const imageResult = z
  .object({
    run: z.string(),
    finishedAt: timestamp,
    outcome,
    digest: digest.exactOptional().describe('what the reference named'),
    publishedReference: reference.exactOptional(),
    publishedDigest: digest.exactOptional(),
    baseDigest: digest.exactOptional().describe('of the image that the patch began from'),
    planDigest: digest.exactOptional(),
    changed: count.describe('packages'),
    fixed: count.describe('vulnerabilities'),
    pending: count.describe('packages'),
    error: z.object({ code: z.string(), message: text, retryable: z.boolean() }).exactOptional(),
    notes: z.array(text),
  })
  .meta({ id: 'ImageResult' });
export type ImageResult = z.infer<typeof imageResult>;

export const imageRepository = z.object({ id: z.string(), digest, date: timestamp }).meta({ id: 'ImageRepository' });

export const image = imageSummary
  .extend({
    os: z.object({ family: z.string(), name: z.string() }).exactOptional(),
    platforms: z.array(z.string()),
    database: digest.exactOptional().describe('vulnerability database that the last result was compared with'),
    before: tierCounts.exactOptional().describe('findings of the image as the last run found it'),
    after: tierCounts.exactOptional().describe('findings of what that run left'),
    result: imageResult.exactOptional().describe('the last'),
    findings: findingList.describe('the open ones, the most urgent first; more by GET /image/findings'),
    resolved: findingList.describe('what is gone, the last first; more by GET /image/findings?show=resolved'),
    plan: z.object({ steps: z.array(planStep), pending: z.array(pendingPackage), unusable: z.array(text) }),
    repositories: z.array(imageRepository),
    layers: z.array(imageLayer),
    lineage: z.object({
      base: z.object({ reference: reference.exactOptional(), digest }).exactOptional(),
      sameBase: count.describe('other images that are patches of the same base'),
      results: z.array(imageResult).describe('newest first; at most 20'),
    }),
  })
  .meta({ id: 'Image' });
export type Image = z.infer<typeof image>;

/** GET /image/history: all results. */
export const imageHistoryQuery = z.strictObject({ reference, ...pageQuery });
export type ImageHistoryQuery = z.infer<typeof imageHistoryQuery>;
export const imageHistory = listOf(imageResult).meta({ id: 'ImageHistory' });
export type ImageHistory = z.infer<typeof imageHistory>;
