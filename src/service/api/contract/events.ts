import { z } from 'zod';
import { listOf, pageQuery, searchText } from './page.ts';
import { runCounts, runLogLine, runTrigger } from './runs.ts';
import { count, digest, outcome, reference, timestamp } from './values.ts';

/** An event of the ledger, as it was written. */
export const event = z
  .object({
    sequence: count,
    time: timestamp,
    kind: z.string().describe('run-started, image-result, waiver-added …'),
    subject: z.string(),
    data: z.record(z.string(), z.unknown()),
    hash: digest,
  })
  .meta({ id: 'Event' });
export type Event = z.infer<typeof event>;

/** GET /events: newest first. */
export const eventsQuery = z.strictObject({
  kind: searchText.exactOptional(),
  subject: searchText.exactOptional(),
  ...pageQuery,
});
export type EventsQuery = z.infer<typeof eventsQuery>;
export const eventList = listOf(event).meta({ id: 'EventList' });
export type EventList = z.infer<typeof eventList>;

const run = z.string().describe('id');

/**
 * GET /events/stream: server-sent events; `event:` is the kind, `data:` the rest as JSON. What was missed while away is read from
 * the resources themselves: every kind says what to read again. Who comes back with Last-Event-ID gets what came since; where that is
 * not kept any more, the event `missed` (no data) says to read everything again.
 */
export const streamEvents = {
  'run-queued': z.object({ run, trigger: runTrigger, at: timestamp }),
  'run-started': z.object({ run, trigger: runTrigger, shard: z.string(), images: count, at: timestamp }),
  'run-progress': z.object({ run, finished: count, images: count, counts: runCounts, at: timestamp }),
  'run-log': z.object({ run, lines: z.array(runLogLine).describe('in order, some at a time') }),
  'image-finished': z.object({
    run,
    reference,
    outcome,
    publishedReference: reference.exactOptional(),
    unchanged: z.boolean(),
    at: timestamp,
  }),
  'run-finished': z.object({
    run,
    status: z.enum(['done', 'failed', 'interrupted', 'cancelled']),
    counts: runCounts,
    at: timestamp,
  }),
  'database-changed': z.object({ digest, updatedAt: timestamp, at: timestamp }),
  'waiver-changed': z.object({ waiver: z.string(), change: z.enum(['added', 'removed', 'expired']), at: timestamp }),
} as const;

export type StreamEventKind = keyof typeof streamEvents;
/** What the stream says, with its kind. */
export type StreamEvent = {
  [Kind in StreamEventKind]: { readonly kind: Kind } & Readonly<z.infer<(typeof streamEvents)[Kind]>>;
}[StreamEventKind];
