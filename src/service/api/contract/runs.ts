import { z } from 'zod';
import { listOf, pageQuery, searchText } from './page.ts';
import { count, OUTCOMES, outcome, reference, seconds, text, timestamp } from './values.ts';

/**
 * `queued`: asked for, not begun. `cancelling`: asked to stop, finishing what is in hand. `interrupted`: stopped or died.
 * `failed`: it did not come about as a whole.
 */
export const RUN_STATUSES = ['queued', 'running', 'cancelling', 'done', 'failed', 'interrupted', 'cancelled'] as const;
export const runStatus = z.enum(RUN_STATUSES).meta({ id: 'RunStatus' });
export type RunStatus = z.infer<typeof runStatus>;

/** What began a run. */
export const RUN_TRIGGERS = ['command', 'manual', 'schedule', 'catch-up', 'webhook', 'database'] as const;
export const runTrigger = z.enum(RUN_TRIGGERS).meta({ id: 'RunTrigger' });
export type RunTrigger = z.infer<typeof runTrigger>;

/** Images by outcome; `unchanged` counts across them. */
export const runCounts = z
  .object({
    patched: count,
    clean: count,
    partial: count,
    pending: count,
    refused: count,
    failed: count,
    unchanged: count,
  })
  .meta({ id: 'RunCounts' });
export type RunCounts = z.infer<typeof runCounts>;

/** What a run is about; everything when neither is given. */
export const runScope = z
  .strictObject({
    sets: z.array(z.string().min(1).max(512)).min(1).max(1000).exactOptional().describe('names of image sets'),
    references: z.array(reference).min(1).max(10_000).exactOptional(),
  })
  .meta({ id: 'RunScope' });
export type RunScope = z.infer<typeof runScope>;

export const runSummary = z
  .object({
    id: z.string(),
    status: runStatus,
    trigger: runTrigger,
    requestedBy: z.string().exactOptional(),
    scope: runScope.exactOptional(),
    requestedAt: timestamp,
    startedAt: timestamp.exactOptional(),
    endedAt: timestamp.exactOptional(),
    durationSeconds: seconds.exactOptional(),
    shard: z.string().describe('1/1: everything'),
    toolVersion: z.string().exactOptional(),
    images: count.exactOptional().describe('that it is about'),
    finished: count.describe('of them'),
    counts: runCounts,
    error: z.object({ code: z.string(), message: text }).exactOptional().describe('why it did not come about'),
  })
  .meta({ id: 'RunSummary' });
export type RunSummary = z.infer<typeof runSummary>;

/** GET /runs */
export const runsQuery = z.strictObject({ status: runStatus.exactOptional(), ...pageQuery });
export type RunsQuery = z.infer<typeof runsQuery>;
export const runList = listOf(runSummary).meta({ id: 'RunList' });
export type RunList = z.infer<typeof runList>;

/** POST /runs: 202 with the run as it stands; its id is that of the run that will begin. */
export const newRun = runScope.describe('an empty object: everything').meta({ id: 'NewRun' });
export type NewRun = z.infer<typeof newRun>;

export const runParameters = z.strictObject({ id: z.string().min(1).max(128) });
export type RunParameters = z.infer<typeof runParameters>;

export const runImage = z
  .object({
    reference,
    team: z.string().exactOptional(),
    outcome,
    publishedReference: reference.exactOptional(),
    changed: count.describe('packages'),
    fixed: count.describe('vulnerabilities'),
    pending: count.describe('packages'),
    finishedAt: timestamp,
    error: z.object({ code: z.string(), message: text, retryable: z.boolean() }).exactOptional(),
  })
  .meta({ id: 'RunImage' });
export type RunImage = z.infer<typeof runImage>;

/** GET /runs/{id}/images: what the run worked on; what was unchanged is only counted. */
export const runImagesQuery = z.strictObject({
  q: searchText.exactOptional(),
  outcome: z.enum(OUTCOMES).exactOptional(),
  ...pageQuery,
});
export type RunImagesQuery = z.infer<typeof runImagesQuery>;
export const runImageList = listOf(runImage).meta({ id: 'RunImageList' });
export type RunImageList = z.infer<typeof runImageList>;

/** A line of what a run did. */
export const runLogLine = z
  .object({
    sequence: count,
    time: timestamp,
    level: z.enum(['info', 'warning', 'error']),
    reference: reference.exactOptional().describe('absent: about the run as a whole'),
    message: text,
  })
  .meta({ id: 'RunLogLine' });
export type RunLogLine = z.infer<typeof runLogLine>;

/** GET /runs/{id}/log: in order; `next` is there as long as the run may write more. */
export const runLogQuery = z.strictObject({ reference: reference.exactOptional(), ...pageQuery });
export type RunLogQuery = z.infer<typeof runLogQuery>;
export const runLog = listOf(runLogLine).meta({ id: 'RunLog' });
export type RunLog = z.infer<typeof runLog>;

/** GET /runs/{id} */
export const run = runSummary
  .extend({
    results: runImageList.describe('failed and refused first; more by GET /runs/{id}/images'),
    undiscovered: z.array(z.object({ subject: z.string(), code: z.string(), message: text })),
    notes: z.array(text),
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof run>;
