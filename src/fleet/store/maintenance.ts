import { rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { sql } from 'kysely';
import { SutureError } from '../../core/errors/error.ts';
import { pruneInventories } from './inventories.ts';
import { type LedgerState, verifyLedger } from './ledger.ts';
import type { FleetStore } from './store.ts';

/**
 * A consistent copy of a SQLite store while it is in use. PostgreSQL has its own tools for this, which know about its log.
 * @throws SutureError USAGE for PostgreSQL and for a file that exists; FILE_UNWRITABLE
 */
export async function backupStore(store: FleetStore, file: string): Promise<{ readonly path: string }> {
  if (store.dialect !== 'sqlite')
    throw new SutureError('USAGE', 'only a store in a file is backed up here', {
      fix: 'Use pg_dump for a store on PostgreSQL.',
    });
  const path = resolve(file);
  if (await exists(path)) throw new SutureError('USAGE', `${path} exists`, { fix: 'Name a new file.' });
  const part = `${path}.part-${process.pid}`;
  try {
    await sql`vacuum into ${sql.lit(part)}`.execute(store.database);
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true });
    throw new SutureError('FILE_UNWRITABLE', `the backup ${path} cannot be written`, { cause });
  }
  return { path };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The file and the chain of events as they were written. @throws SutureError STORE_CORRUPT */
export async function verifyStore(store: FleetStore): Promise<LedgerState> {
  if (store.dialect === 'sqlite') {
    const { rows } = await sql<{ readonly integrity_check: string }>`pragma integrity_check`.execute(store.database);
    const [first] = rows;
    if (first?.integrity_check !== 'ok')
      throw new SutureError('STORE_CORRUPT', `${store.name}: ${first?.integrity_check ?? 'no answer'}`);
  }
  return verifyLedger(store.database);
}

export interface Pruned {
  readonly results: number;
  readonly runs: number;
}

/**
 * Removes results, with their plans, and runs, with their logs, that ended before a time. The last result of an image stays, and
 * every event does: what happened is never forgotten, only its details. Findings stay as long as their image is of the fleet:
 * what is fixed is found in the original image by every scan, and must not count as new.
 * @param before ISO 8601
 */
export async function pruneStore(store: FleetStore, before: string): Promise<Pruned> {
  let pruned: Pruned = { results: 0, runs: 0 };
  await store.record({ kind: 'results-pruned', subject: before, data: {} }, async (transaction) => {
    const results = await transaction
      .deleteFrom('results')
      .where('finished_at', '<', before)
      .where('id', 'not in', (query) =>
        query
          .selectFrom('images')
          .select('result_id')
          .where('result_id', 'is not', null)
          .$castTo<{ result_id: string }>(),
      )
      .executeTakeFirst();
    const runs = await transaction
      .deleteFrom('runs')
      .where('ended_at', '<', before)
      .where('id', 'not in', (query) => query.selectFrom('results').select('run_id'))
      .executeTakeFirst();
    await transaction
      .deleteFrom('result_steps')
      .where('result_id', 'not in', (query) => query.selectFrom('results').select('id'))
      .execute();
    await transaction
      .deleteFrom('run_logs')
      .where('time', '<', before)
      .where('run_id', 'not in', (query) => query.selectFrom('runs').select('id'))
      .execute();
    await transaction
      .deleteFrom('run_requests')
      .where('ended_at', '<', before)
      .where('id', 'not in', (query) => query.selectFrom('runs').select('id'))
      .execute();
    pruned = { results: Number(results.numDeletedRows), runs: Number(runs.numDeletedRows) };
  });
  await pruneInventories(store);
  return pruned;
}
