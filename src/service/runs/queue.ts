import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { SutureError } from '../../core/errors/error.ts';
import type { RunScope } from '../../fleet/run/scope.ts';
import { type Actor, appendEvent } from '../../fleet/store/ledger.ts';
import type { Tables } from '../../fleet/store/schema.ts';
import type { RunRequestRow } from '../../fleet/store/service-tables.ts';
import type { FleetStore } from '../../fleet/store/store.ts';

export type RunTrigger = 'manual' | 'schedule' | 'catch-up' | 'webhook' | 'database';

export interface RunRequest {
  readonly trigger: RunTrigger;
  readonly scope: RunScope;
  readonly actor: Actor;
  /** What must happen once, whoever of several replicas asks for it. */
  readonly slot?: string;
}

/**
 * Puts a run into the queue. One that waits already and was begun by the same kind of thing takes in what is asked: fifty pushes
 * make one run. Who asks by hand gets a run of their own.
 * @returns the id of the run that it will be; undefined when the slot was taken before
 */
export async function requestRun(store: FleetStore, request: RunRequest): Promise<string | undefined> {
  return store.database.transaction().execute(async (transaction) => {
    await waitForOthers(transaction);
    const { trigger, scope, actor, slot } = request;
    if (slot !== undefined && (await isTaken(transaction, slot))) return undefined;
    const waiting = trigger === 'manual' ? undefined : await waitingLike(transaction, request);
    const id = waiting?.id ?? randomUUID();
    const whole =
      waiting === undefined || waiting.scope === JSON.stringify(scope) ? scope : union(readScope(waiting), scope);
    const data = { trigger, scope: whole };
    await appendEvent(transaction, { kind: 'run-requested', subject: id, data, actor }, store.clock.now());
    if (waiting === undefined) {
      const row = { id, state: 'queued', trigger, requested_by: actor.name, requested_at: store.now() };
      const ends = { cancelled_by: null, ended_at: null, error: null };
      await transaction
        .insertInto('run_requests')
        .values({ ...row, ...ends, scope: JSON.stringify(whole), slot: slot ?? null })
        .execute();
    } else
      await transaction
        .updateTable('run_requests')
        .set({ scope: JSON.stringify(whole), ...(slot === undefined ? {} : { slot }) })
        .where('id', '=', id)
        .execute();
    return id;
  });
}

/** The head of the ledger is written first by everybody, so that those who come at once come one after the other. */
async function waitForOthers(transaction: Transaction<Tables>): Promise<void> {
  await transaction
    .updateTable('ledger')
    .set((row) => ({ sequence: row.ref('sequence') }))
    .where('id', '=', 1)
    .execute();
}

async function isTaken(transaction: Transaction<Tables>, slot: string): Promise<boolean> {
  const row = await transaction.selectFrom('run_requests').select('id').where('slot', '=', slot).executeTakeFirst();
  return row !== undefined;
}

/** One of the same trigger that has not begun; of schedules one of the same scope, as each has a time of its own. */
async function waitingLike(
  transaction: Transaction<Tables>,
  { trigger, scope }: RunRequest,
): Promise<RunRequestRow | undefined> {
  const triggers = trigger === 'catch-up' ? ['schedule', 'catch-up'] : [trigger];
  const rows = await transaction
    .selectFrom('run_requests')
    .selectAll()
    .where('state', '=', 'queued')
    .where('cancelled_by', 'is', null)
    .where('trigger', 'in', triggers)
    .orderBy('requested_at')
    .execute();
  const mergeable = trigger === 'webhook' || trigger === 'database';
  return rows.find((row) => mergeable || row.scope === JSON.stringify(scope));
}

function union(a: RunScope, b: RunScope): RunScope {
  if (a.references === undefined || b.references === undefined) return {};
  return { references: [...new Set([...a.references, ...b.references])].sort() };
}

/** Rows were written by `requestRun`. */
export function readScope({ scope }: Pick<RunRequestRow, 'scope'>): RunScope {
  return JSON.parse(scope) as RunScope;
}

export function findRequest(store: FleetStore, id: string): Promise<RunRequestRow | undefined> {
  return store.database.selectFrom('run_requests').selectAll().where('id', '=', id).executeTakeFirst();
}

/** What may be resumed or begun next, the oldest first. Only the replica that has the office of the scheduler asks. */
export function nextRequest(store: FleetStore): Promise<RunRequestRow | undefined> {
  return store.database
    .selectFrom('run_requests')
    .selectAll()
    .where('state', '=', 'queued')
    .orderBy('requested_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

/** Runs that a replica had in hand when it died go on: what they finished is not done again. */
export async function requeueAbandoned(store: FleetStore): Promise<number> {
  const { numUpdatedRows } = await store.database
    .updateTable('run_requests')
    .set({ state: 'queued' })
    .where('state', '=', 'running')
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

export async function setState(
  store: FleetStore,
  id: string,
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled',
  error?: { readonly code: string; readonly message: string },
): Promise<void> {
  const ended = state === 'queued' || state === 'running' ? null : store.now();
  await store.database
    .updateTable('run_requests')
    .set({ state, ended_at: ended, error: error === undefined ? null : JSON.stringify(error) })
    .where('id', '=', id)
    .execute();
}

/**
 * Asks a run to stop: one that waits is cancelled at once, one that works gives back what it has in hand.
 * @throws SutureError RUN_UNKNOWN, RUN_ENDED
 */
export async function cancelRun(store: FleetStore, id: string, actor: Actor): Promise<void> {
  await store.database.transaction().execute(async (transaction) => {
    await waitForOthers(transaction);
    const row = await transaction.selectFrom('run_requests').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw await notOurs(transaction, id);
    if (row.ended_at !== null) throw new SutureError('RUN_ENDED', `the run ${id} has ended`);
    if (row.cancelled_by !== null) return;
    await appendEvent(transaction, { kind: 'run-cancelled', subject: id, data: {}, actor }, store.clock.now());
    const at = store.now();
    await transaction
      .updateTable('run_requests')
      .set({ cancelled_by: actor.name, ...(row.state === 'queued' ? { state: 'cancelled', ended_at: at } : {}) })
      .where('id', '=', id)
      .execute();
  });
}

async function notOurs(transaction: Transaction<Tables>, id: string): Promise<SutureError> {
  const run = await transaction.selectFrom('runs').select('status').where('id', '=', id).executeTakeFirst();
  if (run === undefined) return new SutureError('RUN_UNKNOWN', `there is no run ${id}`);
  if (run.status !== 'running') return new SutureError('RUN_ENDED', `the run ${id} has ended`);
  const fix = 'Stop the `suture run` that it belongs to, with Ctrl-C or SIGTERM.';
  return new SutureError('RUN_UNKNOWN', `the run ${id} is not one of the service`, { fix });
}
