import type { Kysely, Transaction } from 'kysely';
import { sha256 } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { canonicalJson } from '../../patch/canonical-json.ts';
import type { EventRow, Tables } from './schema.ts';

/** Hash before the first event. */
export const GENESIS = `sha256:${'0'.repeat(64)}`;

export type EventKind =
  | 'run-started'
  | 'run-finished'
  | 'run-interrupted'
  | 'image-result'
  | 'image-recovered'
  | 'results-pruned'
  | 'waiver-added'
  | 'waiver-removed'
  | 'token-created'
  | 'token-revoked'
  | 'session-opened'
  | 'session-closed'
  | 'run-requested'
  | 'run-cancelled'
  | 'database-updated'
  | 'findings-re-evaluated'
  | 'image-left';

/** Who did something, and from where. */
export interface Actor {
  /** `token t-0123456789 (ci)`, `oidc jo@example.org`, `command line`, `schedule`. */
  readonly name: string;
  /** Network address, for what came over the network. */
  readonly address?: string;
}

export interface FleetEvent {
  readonly kind: EventKind;
  /** Absent for what the program does by itself and for the command line. */
  readonly actor?: Actor;
  /** What it is about: an image reference, a run, a waiver. */
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Adds an event to the chain. The head row is written first, which makes concurrent writers wait for each other on both
 * databases, so that no two events follow the same one.
 * @param now milliseconds since the epoch
 */
export async function appendEvent(transaction: Transaction<Tables>, event: FleetEvent, now: number): Promise<void> {
  const head = await transaction
    .updateTable('ledger')
    .set((expression) => ({ sequence: expression('sequence', '+', 1) }))
    .where('id', '=', 1)
    .returning(['sequence', 'hash'])
    .executeTakeFirstOrThrow();
  const row = {
    sequence: head.sequence,
    time: new Date(now).toISOString(),
    kind: event.kind,
    subject: event.subject,
    data: canonicalJson(event.actor === undefined ? event.data : { ...event.data, actor: event.actor }),
    previous_hash: head.hash,
  };
  const hash = hashOf(row);
  await transaction
    .insertInto('events')
    .values({ ...row, hash })
    .execute();
  await transaction.updateTable('ledger').set({ hash }).where('id', '=', 1).execute();
}

/** The hash covers every column and the hash before it. */
function hashOf(row: Omit<EventRow, 'hash'>): string {
  return sha256(canonicalJson([row.previous_hash, row.sequence, row.time, row.kind, row.subject, row.data]));
}

export interface LedgerState {
  readonly events: number;
  /** Of the last event: note it elsewhere, and a ledger that was written anew as a whole is noticed too. */
  readonly head: string;
}

const PAGE = 1000;

/**
 * Reads the whole chain: every hash, every link, no gap, and the head.
 * @throws SutureError STORE_CORRUPT naming the first event that is not as it was written
 */
export async function verifyLedger(database: Kysely<Tables>): Promise<LedgerState> {
  let [sequence, hash] = [0, GENESIS];
  for (;;) {
    const rows = await database
      .selectFrom('events')
      .selectAll()
      .where('sequence', '>', sequence)
      .orderBy('sequence')
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      if (row.sequence !== sequence + 1) throw corrupt(`event ${sequence + 1} is missing`);
      if (row.previous_hash !== hash) throw corrupt(`event ${row.sequence} does not follow the event before it`);
      if (hashOf(row) !== row.hash) throw corrupt(`event ${row.sequence} was changed`);
      [sequence, hash] = [row.sequence, row.hash];
    }
    if (rows.length < PAGE) break;
  }
  const head = await database.selectFrom('ledger').selectAll().where('id', '=', 1).executeTakeFirst();
  if (head?.sequence !== sequence || head.hash !== hash)
    throw corrupt(`the ledger ends with event ${sequence}, its head says ${head?.sequence ?? 'nothing'}`);
  return { events: sequence, head: hash };
}

function corrupt(message: string): SutureError {
  return new SutureError('STORE_CORRUPT', message);
}
