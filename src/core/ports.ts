/** What the program takes from the machine, handed in as arguments so that tests never patch globals. */

export interface Clock {
  /** Milliseconds since the epoch. Never part of a result: only ages, waits and expiry are judged by it. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          reject(signal.reason as Error);
        },
        { once: true },
      );
    }),
};
