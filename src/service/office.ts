import type { FastifyBaseLogger } from 'fastify';
import type { FleetStore } from '../fleet/store/store.ts';
import type { FleetSource } from './fleet-source.ts';
import type { RunExecutor } from './runs/executor.ts';
import type { LiveEvents } from './runs/live.ts';
import { askForDueRuns } from './schedule/scheduler.ts';

export interface OfficeWork {
  readonly store: FleetStore;
  readonly fleet: FleetSource;
  readonly live: LiveEvents;
  readonly executor: RunExecutor;
  readonly log: FastifyBaseLogger;
  /** Tells people what came up. */
  tell(signal: AbortSignal): Promise<void>;
}

/** Milliseconds between two looks at the schedule. */
const SCHEDULE_MS = 5_000;
const PRUNE_MS = 60_000;
/** Milliseconds between two looks at what people are to be told of; after a run they are told at once. */
const TELL_MS = 60_000;

/** What the one replica does that has the office: it begins runs when their time has come, and works through the queue. */
export function workInOffice(work: OfficeWork): (signal: AbortSignal) => Promise<void> {
  const { store, fleet, live, executor, log } = work;
  const askForRuns = async (): Promise<void> => {
    await askForDueRuns(store, await fleet.current(), (run, trigger) => {
      log.info({ run, trigger }, 'a run is due');
      live.publish({ kind: 'run-queued', run, trigger, at: store.now() });
      executor.wake();
    });
  };
  return async (signal) => {
    log.info('this replica schedules');
    await Promise.all([
      executor.work(signal),
      repeated(signal, SCHEDULE_MS, askForRuns, log),
      repeated(signal, PRUNE_MS, () => live.prune(), log),
      repeated(signal, TELL_MS, () => work.tell(signal), log),
    ]);
    log.info('this replica does not schedule any more');
  };
}

/** Again and again until the signal; what fails is tried again. */
async function repeated(
  signal: AbortSignal,
  everyMs: number,
  work: () => Promise<void>,
  log: FastifyBaseLogger,
): Promise<void> {
  while (!signal.aborted) {
    await work().catch((error: unknown) => log.error({ err: error }, 'what the scheduler does failed; it tries again'));
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, everyMs);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }
}
