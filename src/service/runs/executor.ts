import { isSutureError, SutureError } from '../../core/errors/error.ts';
import type { Progress } from '../../core/progress.ts';
import type { Fleet } from '../../fleet/config/fleet.ts';
import { countOutcomes, type RunEntry, type RunReport } from '../../fleet/run/report.ts';
import { type RunObserver, runFleet } from '../../fleet/run/run.ts';
import { WHOLE_FLEET } from '../../fleet/store/lock.ts';
import type { RunRequestRow } from '../../fleet/store/service-tables.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import type { Workspace } from '../../patch/workspace.ts';
import type { RunTrigger } from '../api/contract/runs.ts';
import type { LiveEvents } from './live.ts';
import { findRequest, nextRequest, readScope, requeueAbandoned, setState } from './queue.ts';
import { RunLog } from './run-log.ts';

export interface ExecutorPorts {
  readonly store: FleetStore;
  readonly live: LiveEvents;
  /** The configuration as it is now. */
  readFleet(): Promise<Fleet>;
  /** A workspace for one run, closed after `work`. */
  withWorkspace<T>(
    fleet: Fleet,
    signal: AbortSignal,
    progress: Progress,
    work: (workspace: Workspace) => Promise<T>,
  ): Promise<T>;
  /** Called again and again while no run is under way. */
  idle(): Promise<void>;
  /** Called after each run that came to its end. */
  ended(report: RunReport): Promise<void>;
  log(level: 'info' | 'warn' | 'error', message: string, more: Readonly<Record<string, unknown>>): void;
}

export interface ExecutorTimes {
  /** Milliseconds between two looks at the queue, and at whether somebody cancels. */
  readonly pollMs: number;
  /** Milliseconds until a store that another run works with is asked again. */
  readonly lockedMs: number;
  /** Milliseconds between two tellings of how far a run is. */
  readonly progressMs: number;
}

export const EXECUTOR_TIMES: ExecutorTimes = { pollMs: 1_000, lockedMs: 10_000, progressMs: 500 };

/** Works through the queue, one run after the other, as long as this replica has the office. */
export class RunExecutor {
  readonly #ports: ExecutorPorts;
  readonly #times: ExecutorTimes;
  #wake: () => void = () => {};

  constructor(ports: ExecutorPorts, times: ExecutorTimes = EXECUTOR_TIMES) {
    this.#ports = ports;
    this.#times = times;
  }

  /** Something was put into the queue by this process. */
  wake(): void {
    this.#wake();
  }

  /** Until the signal; the run in hand is given back then. */
  async work(signal: AbortSignal): Promise<void> {
    const { store, log } = this.#ports;
    let prepared = false;
    while (!signal.aborted) {
      try {
        if (!prepared) {
          const count = await requeueAbandoned(store);
          if (count > 0) log('info', 'runs that were cut off go on', { count });
          prepared = true;
        }
        await this.#ports
          .idle()
          .catch((error: unknown) => log('error', 'the database cannot be applied', { err: error }));
        const request = await nextRequest(store);
        if (request === undefined) await this.#pause(this.#times.pollMs, signal);
        else if ((await this.#run(request, signal)) === 'locked') await this.#pause(this.#times.lockedMs, signal);
      } catch (error) {
        // The store does not answer: it may again.
        log('error', 'the queue of runs cannot be worked on', { err: error });
        await this.#pause(this.#times.lockedMs, signal);
      }
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = () => {};
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }

  async #run(request: RunRequestRow, office: AbortSignal): Promise<'done' | 'locked'> {
    const { store, live } = this.#ports;
    const { id } = request;
    const stop = new AbortController();
    const giveBack = () => stop.abort(new SutureError('INTERRUPTED', 'the service stops'));
    office.addEventListener('abort', giveBack, { once: true });
    if (office.aborted) giveBack();
    const cancelled = setInterval(() => void this.#watchForCancel(id, stop), this.#times.pollMs);
    const log = await RunLog.open(store, id, (lines) => live.publish({ kind: 'run-log', run: id, lines: [...lines] }));
    const observer = new LiveObserver(store, live, log, request, this.#times.progressMs);
    try {
      await setState(store, id, 'running');
      const report = await this.#work(request, stop.signal, log, observer);
      await setState(store, id, 'done');
      log.add('info', 'the run is done');
      observer.ended('done');
      await this.#ports.ended(report);
      return 'done';
    } catch (error) {
      return await this.#failed(id, error, stop.signal, log, observer);
    } finally {
      clearInterval(cancelled);
      office.removeEventListener('abort', giveBack);
      observer.close();
      await log.close();
    }
  }

  async #work(request: RunRequestRow, signal: AbortSignal, log: RunLog, observer: RunObserver): Promise<RunReport> {
    const { store, readFleet, withWorkspace } = this.#ports;
    signal.throwIfAborted();
    const fleet = await readFleet();
    const scope = readScope(request);
    const isWhole = scope.sets === undefined && scope.references === undefined;
    const options = { shard: WHOLE_FLEET, dryRun: false, id: request.id, observer, ...(isWhole ? {} : { scope }) };
    const report = await withWorkspace(fleet, signal, log.progress(), (workspace) =>
      runFleet(workspace, store, fleet, options),
    );
    for (const note of report.notes) log.add('warning', note);
    for (const { subject, message } of report.undiscovered) log.add('error', `${subject}: ${message}`);
    return report;
  }

  async #failed(
    id: string,
    error: unknown,
    signal: AbortSignal,
    log: RunLog,
    observer: LiveObserver,
  ): Promise<'done' | 'locked'> {
    const { store } = this.#ports;
    if (isSutureError(signal.aborted ? signal.reason : error, 'RUN_CANCELLED')) {
      await setState(store, id, 'cancelled');
      log.add('warning', 'the run was cancelled; images in hand were given back');
      observer.ended('cancelled');
      return 'done';
    }
    if (signal.aborted) {
      await setState(store, id, 'queued');
      log.add('warning', 'the service stops; the run goes on when it is back');
      observer.ended('interrupted');
      return 'done';
    }
    if (isSutureError(error, 'STORE_LOCKED')) {
      await setState(store, id, 'queued');
      log.add('warning', `${error.message}; this run waits`);
      return 'locked';
    }
    const { code, message } = isSutureError(error) ? error : { code: 'INTERNAL', message: String(error) };
    this.#ports.log('error', 'a run failed', { run: id, err: error });
    await setState(store, id, 'failed', { code, message });
    log.add('error', message);
    observer.ended('failed');
    return 'done';
  }

  /** Whoever cancels may talk to another replica. */
  async #watchForCancel(id: string, stop: AbortController): Promise<void> {
    const row = await findRequest(this.#ports.store, id).catch(() => undefined);
    if (row === undefined || row.cancelled_by === null || stop.signal.aborted) return;
    stop.abort(new SutureError('RUN_CANCELLED', `cancelled by ${row.cancelled_by}`));
  }
}

/** Tells how a run goes, to those who look on and in its log. */
class LiveObserver implements RunObserver {
  readonly #store: FleetStore;
  readonly #live: LiveEvents;
  readonly #log: RunLog;
  readonly #request: RunRequestRow;
  readonly #progressMs: number;
  readonly #entries: RunEntry[] = [];
  #images = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: FleetStore, live: LiveEvents, log: RunLog, request: RunRequestRow, progressMs: number) {
    this.#store = store;
    this.#live = live;
    this.#log = log;
    this.#request = request;
    this.#progressMs = progressMs;
  }

  started(images: number): void {
    this.#images = images;
    this.#log.add('info', `the run begins, over ${images} images`);
    const { id: run, trigger } = this.#request;
    // Written by `requestRun`.
    const known = trigger as RunTrigger;
    this.#live.publish({ kind: 'run-started', run, trigger: known, shard: '1/1', images, at: this.#store.now() });
  }

  finished(entry: RunEntry): void {
    this.#entries.push(entry);
    const { result, unchanged } = entry;
    const { reference, outcome, publishedReference, detail } = result;
    const level = detail.error === undefined ? 'info' : 'error';
    const text = detail.error?.message ?? (unchanged ? `${outcome}, as before` : outcome);
    this.#log.add(level, text, reference);
    const published = publishedReference === undefined ? {} : { publishedReference };
    const { id: run } = this.#request;
    const at = this.#store.now();
    this.#live.publish({ kind: 'image-finished', run, reference, outcome, ...published, unchanged, at });
    this.#timer ??= setTimeout(() => this.#tellProgress(), this.#progressMs);
  }

  ended(status: 'done' | 'failed' | 'interrupted' | 'cancelled'): void {
    this.close();
    const counts = countOutcomes(this.#entries);
    this.#live.publish({ kind: 'run-finished', run: this.#request.id, status, counts, at: this.#store.now() });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tellProgress(): void {
    this.#timer = undefined;
    const counts = countOutcomes(this.#entries);
    const { id: run } = this.#request;
    const [finished, images, at] = [this.#entries.length, this.#images, this.#store.now()];
    this.#live.publish({ kind: 'run-progress', run, finished, images, counts, at });
  }
}
