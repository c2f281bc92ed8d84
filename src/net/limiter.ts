import type { Clock } from '../core/ports.ts';

/** How long a request waits for a free place before it goes ahead anyway. */
const PATIENCE_MS = 20_000;

/**
 * Bounds the requests under way to one origin. It is a courtesy to servers, not a lock: a request that finds no place for
 * PATIENCE_MS goes ahead, because a caller may hold one answer open while it needs another one of the same origin (copy
 * between repositories of one registry), and a hard bound would stop both for ever.
 */
export class OriginLimiter {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #origins = new Map<string, { active: number; waiting: (() => void)[] }>();

  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Resolves to a function that gives the place back; calling it again does nothing. */
  async enter(origin: string, signal?: AbortSignal): Promise<() => void> {
    const state = this.#origins.get(origin) ?? { active: 0, waiting: [] };
    this.#origins.set(origin, state);
    if (state.active >= this.#limit) await this.#wait(state.waiting, signal);
    state.active += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      state.active -= 1;
      if (state.active < this.#limit) state.waiting.shift()?.();
      if (state.active === 0 && state.waiting.length === 0) this.#origins.delete(origin);
    };
  }

  async #wait(waiting: (() => void)[], signal?: AbortSignal): Promise<void> {
    const done = new AbortController();
    let wake = (): void => {};
    const called = new Promise<void>((resolve) => {
      wake = resolve;
    });
    waiting.push(wake);
    const stop = signal === undefined ? done.signal : AbortSignal.any([signal, done.signal]);
    const patience = this.#clock.sleep(PATIENCE_MS, stop).catch(() => {});
    try {
      await Promise.race([called, patience]);
      signal?.throwIfAborted();
    } finally {
      done.abort();
      const at = waiting.indexOf(wake);
      if (at >= 0) waiting.splice(at, 1);
    }
  }
}
