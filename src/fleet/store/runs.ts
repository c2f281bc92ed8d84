import { randomUUID } from 'node:crypto';
import { appendEvent } from './ledger.ts';
import type { RunRow } from './schema.ts';
import type { FleetStore } from './store.ts';

export interface RunStart {
  /** Of a run that was asked for beforehand, or that goes on after it was cut off; a new one when absent. */
  readonly id?: string;
  /** `1/1` for a run over everything. */
  readonly shard: string;
  readonly toolVersion: string;
  readonly images: number;
}

/** Opens a run in the ledger; runs that a crash left open are closed first, because only one run at a time has the lock. */
export async function startRun(store: FleetStore, start: RunStart): Promise<string> {
  const { id = randomUUID(), shard, toolVersion, images } = start;
  const now = store.now();
  await store.record(
    { kind: 'run-started', subject: id, data: { shard, toolVersion, images } },
    async (transaction) => {
      const open = await transaction
        .selectFrom('runs')
        .select('id')
        .where('status', '=', 'running')
        .where('shard', '=', shard)
        .execute();
      for (const crashed of open.filter((row) => row.id !== id)) {
        await appendEvent(
          transaction,
          { kind: 'run-interrupted', subject: crashed.id, data: { noticedBy: id } },
          store.clock.now(),
        );
        await transaction
          .updateTable('runs')
          .set({ status: 'interrupted', ended_at: now })
          .where('id', '=', crashed.id)
          .execute();
      }
      const row: RunRow = {
        id,
        started_at: now,
        ended_at: null,
        status: 'running',
        shard,
        tool_version: toolVersion,
        summary: '{}',
        images,
        report: null,
      };
      const again = { ended_at: null, status: 'running', tool_version: toolVersion, images };
      await transaction
        .insertInto('runs')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doUpdateSet(again))
        .execute();
    },
  );
  return id;
}

/** What a run says besides its images. */
export interface RunNotes {
  /** Repositories that could not be listed. */
  readonly undiscovered: readonly { readonly subject: string; readonly code: string; readonly message: string }[];
  readonly notes: readonly string[];
}

/** Closes a run with its counts by outcome. */
export async function finishRun(
  store: FleetStore,
  id: string,
  status: 'done' | 'interrupted',
  summary: Readonly<Record<string, number>>,
  report?: RunNotes,
): Promise<void> {
  const kind = status === 'done' ? 'run-finished' : 'run-interrupted';
  await store.record({ kind, subject: id, data: summary }, async (transaction) => {
    await transaction
      .updateTable('runs')
      .set({
        status,
        ended_at: store.now(),
        summary: JSON.stringify(summary),
        ...(report === undefined ? {} : { report: JSON.stringify(report) }),
      })
      .where('id', '=', id)
      .execute();
  });
}

/** The last runs, newest first. */
export async function lastRuns(store: FleetStore, limit: number): Promise<readonly RunRow[]> {
  return store.database.selectFrom('runs').selectAll().orderBy('started_at', 'desc').limit(limit).execute();
}
