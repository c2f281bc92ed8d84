/** Failures an address may have at once, and how long until one of them is forgotten. */
const BURST = 10;
const FORGET_MS = 6_000;
/** Addresses remembered; beyond it those that failed longest ago are forgotten. */
const MOST = 10_000;

interface Bucket {
  failures: number;
  /** Monotonic milliseconds. */
  since: number;
}

/** Slows down guessing: an address that failed to log in ten times waits six seconds for each further try. */
export class FailedLogins {
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Seconds until an address may try again; 0 when it may now. */
  wait(address: string): number {
    const left = this.#left(address);
    return left <= BURST - 1 ? 0 : Math.ceil(((left - BURST + 1) * FORGET_MS) / 1000);
  }

  failed(address: string): void {
    const failures = Math.min(this.#left(address) + 1, BURST);
    this.#buckets.delete(address);
    this.#buckets.set(address, { failures, since: this.#now() });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MOST && oldest !== undefined) this.#buckets.delete(oldest);
  }

  #left(address: string): number {
    const bucket = this.#buckets.get(address);
    if (bucket === undefined) return 0;
    return Math.max(0, bucket.failures - (this.#now() - bucket.since) / FORGET_MS);
  }
}
