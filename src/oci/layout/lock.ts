import { readFile, rename, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { SutureError } from '../../core/errors/error.ts';
import { type Clock, systemClock } from '../../core/ports.ts';
import { createExclusively } from '../atomic-file.ts';

const WAIT_MS = 20;
const PATIENCE_MS = 30_000;

/**
 * Runs `work` while holding the lock file `path`: writers of one layout, in this or another process, come one after
 * another. A lock whose process on this host is gone is removed; one of another host is waited for.
 * @throws SutureError FILE_UNWRITABLE when the lock is held for longer than 30 seconds
 */
export async function withLock<T>(path: string, work: () => Promise<T>, clock: Clock = systemClock): Promise<T> {
  const owner = `${process.pid} ${hostname()}\n`;
  const start = clock.now();
  while (!(await createExclusively(path, owner))) {
    const holder = await readFile(path, 'utf8').catch(() => '');
    if (isGone(holder)) await removeStale(path, holder);
    else if (clock.now() - start > PATIENCE_MS) throw held(path, holder);
    else await clock.sleep(WAIT_MS);
  }
  try {
    return await work();
  } finally {
    await unlink(path).catch(() => {});
  }
}

function held(path: string, holder: string): SutureError {
  return new SutureError('FILE_UNWRITABLE', `${path} is held by process ${holder.trim() || 'unknown'}`, {
    fix: `When no other process writes there, remove ${path} and run the command again.`,
  });
}

function isGone(holder: string): boolean {
  const [pid, host] = holder.trim().split(' ');
  if (pid === undefined || host !== hostname() || !/^[1-9][0-9]*$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Two waiters may see the same stale lock; the rename lets one of them have it, and a fresh lock caught by it is put back. */
async function removeStale(path: string, holder: string): Promise<void> {
  const aside = `${path}.stale-${process.pid}`;
  await rename(path, aside).catch(() => {});
  const caught = await readFile(aside, 'utf8').catch(() => undefined);
  if (caught !== undefined && caught !== holder) await createExclusively(path, caught);
  await unlink(aside).catch(() => {});
}
