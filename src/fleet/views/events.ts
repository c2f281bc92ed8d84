import type { Digest } from '../../core/digest.ts';
import type { FleetStore } from '../store/store.ts';
import { type PageRequest, placeOf } from './page.ts';

export interface EventQuery extends PageRequest {
  readonly kind?: string;
  readonly subject?: string;
}

/** The ledger, newest first; new events do not move the pages that follow. */
export async function listEvents(store: FleetStore, query: EventQuery) {
  const { kind = '', subject = '', limit } = query;
  const before = placeOf(query);
  const rows = await store.database
    .selectFrom('events')
    .selectAll()
    .$if(before > 0, (select) => select.where('sequence', '<', before))
    .$if(kind !== '', (select) => select.where('kind', '=', kind))
    .$if(subject !== '', (select) => select.where('subject', '=', subject))
    .orderBy('sequence', 'desc')
    .limit(limit + 1)
    .execute();
  const items = rows.slice(0, limit).map((row) => ({
    sequence: row.sequence,
    time: row.time,
    kind: row.kind,
    subject: row.subject,
    // Canonical JSON of an object, written by `appendEvent`.
    data: JSON.parse(row.data) as Record<string, unknown>,
    hash: row.hash as Digest,
  }));
  const last = items.at(-1);
  return { items, ...(rows.length > limit && last !== undefined ? { next: String(last.sequence) } : {}) };
}
