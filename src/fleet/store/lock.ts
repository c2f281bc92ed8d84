import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { SutureError } from '../../core/errors/error.ts';
import type { LockRow } from './schema.ts';
import type { FleetStore } from './store.ts';

/** A holder that was not heard of for this long is dead. */
const EXPIRY_MS = 60_000;
const HEARTBEAT_MS = 15_000;

export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly count: number;
}

export const WHOLE_FLEET: Shard = { index: 1, count: 1 };

export function formatShard({ index, count }: Shard): string {
  return `${index}/${count}`;
}

export interface RunLock {
  release(): Promise<void>;
}

/**
 * Takes the place of the one run that may work with a store. Shards of one partition work side by side; the same shard twice,
 * or two partitions at once, do not. The lock only saves work: runs that overlap for a moment would still never move a tag.
 * @throws SutureError STORE_LOCKED
 */
export async function lockRun(store: FleetStore, shard: Shard): Promise<RunLock> {
  const holder = `${hostname()}:${process.pid}:${randomBytes(6).toString('hex')}`;
  const name = `run ${formatShard(shard)}`;
  await store.database.transaction().execute(async (transaction) => {
    // A write first, so that two that come at once come one after the other.
    await transaction
      .updateTable('ledger')
      .set((expression) => ({ sequence: expression.ref('sequence') }))
      .where('id', '=', 1)
      .execute();
    for (const row of await transaction.selectFrom('locks').selectAll().execute()) {
      if (isDead(row, store.clock.now())) {
        await transaction.deleteFrom('locks').where('name', '=', row.name).execute();
      } else if (conflicts(row, shard))
        throw new SutureError(
          'STORE_LOCKED',
          `the store ${store.name} is used by ${describe(row)} since or as of ${row.heartbeat_at}`,
        );
    }
    await transaction
      .insertInto('locks')
      .values({ name, holder, shard: formatShard(shard), heartbeat_at: store.now() })
      .execute();
  });
  const timer = setInterval(() => void heartbeat(store, holder), HEARTBEAT_MS);
  timer.unref();
  return {
    async release() {
      clearInterval(timer);
      await store.database.deleteFrom('locks').where('holder', '=', holder).execute();
    },
  };
}

/** One that fails is no failure: the next may succeed, and an expired lock is only taken by another run. */
async function heartbeat(store: FleetStore, holder: string): Promise<void> {
  await store.database
    .updateTable('locks')
    .set({ heartbeat_at: store.now() })
    .where('holder', '=', holder)
    .execute()
    .catch(() => {});
}

function conflicts(row: LockRow, { index, count }: Shard): boolean {
  const [otherIndex, otherCount] = row.shard.split('/').map(Number);
  return otherCount !== count || otherIndex === index;
}

/** On this machine the process itself is asked, so that a run after a crash need not wait. */
function isDead({ holder, heartbeat_at: heartbeatAt }: LockRow, now: number): boolean {
  if (now - Date.parse(heartbeatAt) > EXPIRY_MS) return true;
  const [host, pid] = holder.split(':');
  return host === hostname() && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function describe({ holder, shard }: LockRow): string {
  const [host, pid] = holder.split(':');
  return `the run of shard ${shard} on ${host} (process ${pid})`;
}
