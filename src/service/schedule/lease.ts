import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { FleetStore } from '../../fleet/store/store.ts';

export interface LeaseTimes {
  /** Milliseconds between two signs of life. */
  readonly beatMs: number;
  /** A holder without a sign of life for this long is dead. */
  readonly expiryMs: number;
}

export const LEASE_TIMES: LeaseTimes = { beatMs: 5_000, expiryMs: 15_000 };

/** What a holder does with its office. */
export interface Office {
  /** Called once it is held, and again only when what it returned has ended. The signal ends with the office. */
  taken(signal: AbortSignal): Promise<void>;
}

/**
 * One office that one of several replicas has. Each sign of life counts `beat` up; whoever waits takes the office when the
 * number stood still for the whole expiry by its own monotonic clock, so that clocks need not agree and may be set. The holder
 * gives up by itself well before, when it cannot write.
 */
export class Lease {
  readonly holder = `${hostname()}:${process.pid}:${randomBytes(6).toString('hex')}`;
  readonly #store: FleetStore;
  readonly #name: string;
  readonly #office: Office;
  readonly #times: LeaseTimes;
  readonly #now: () => number;
  #held: AbortController | undefined;
  #beat = 0;
  /** When the last sign of life of the holder, whoever it is, was seen. */
  #seen: { readonly holder: string; readonly beat: number; readonly at: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #turning: Promise<void> = Promise.resolve();
  #stopped = false;
  #duty: Promise<void> = Promise.resolve();

  constructor(
    store: FleetStore,
    name: string,
    office: Office,
    times: LeaseTimes = LEASE_TIMES,
    now: () => number = () => performance.now(),
  ) {
    this.#store = store;
    this.#name = name;
    this.#office = office;
    this.#times = times;
    this.#now = now;
  }

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /** Tries at once and then goes on until `stop`. */
  async start(): Promise<void> {
    await this.turn();
    this.#timer = setInterval(() => void this.turn(), this.#times.beatMs);
  }

  /** One sign of life, or one look at that of the holder. Never throws: what cannot be written now may be next time. */
  turn(): Promise<void> {
    this.#turning = this.#turning.then(() => (this.#stopped ? undefined : this.#turn().catch(() => {})));
    return this.#turning;
  }

  /** Gives the office back once what is done in it has ended, so that another replica need not wait for it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#turning;
    const held = this.isHeld;
    this.#lose('the service stops');
    await this.#duty;
    if (held)
      await this.#store.database
        .deleteFrom('leases')
        .where('name', '=', this.#name)
        .where('holder', '=', this.holder)
        .execute()
        .catch(() => {});
  }

  async #turn(): Promise<void> {
    if (this.#held === undefined) await this.#take();
    else await this.#renew();
  }

  async #renew(): Promise<void> {
    const began = this.#now();
    const lasts = this.#times.expiryMs - this.#times.beatMs;
    // A database that does not answer must not make it believe for ever.
    const doubt = setTimeout(
      () => this.#lose('the store did not answer'),
      Math.max(0, (this.#seen?.at ?? 0) + lasts - began),
    );
    try {
      const { numUpdatedRows } = await this.#store.database
        .updateTable('leases')
        .set((row) => ({ beat: row('beat', '+', 1) }))
        .where('name', '=', this.#name)
        .where('holder', '=', this.holder)
        .executeTakeFirst();
      if (Number(numUpdatedRows) === 0) this.#lose('another replica has taken over');
      else this.#seen = { holder: this.holder, beat: ++this.#beat, at: began };
    } catch {
      if (this.#now() - (this.#seen?.at ?? 0) >= lasts) this.#lose('the store did not answer');
    } finally {
      clearTimeout(doubt);
    }
  }

  async #take(): Promise<void> {
    const began = this.#now();
    const row = await this.#store.database
      .selectFrom('leases')
      .selectAll()
      .where('name', '=', this.#name)
      .executeTakeFirst();
    if (row === undefined) {
      const { numInsertedOrUpdatedRows } = await this.#store.database
        .insertInto('leases')
        .values({ name: this.#name, holder: this.holder, beat: 0 })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .executeTakeFirst();
      if (Number(numInsertedOrUpdatedRows) === 1) this.#taken(began, 0);
      return;
    }
    if (this.#seen?.holder !== row.holder || this.#seen.beat !== row.beat) {
      this.#seen = { holder: row.holder, beat: row.beat, at: this.#now() };
      return;
    }
    if (began - this.#seen.at < this.#times.expiryMs) return;
    const { numUpdatedRows } = await this.#store.database
      .updateTable('leases')
      .set({ holder: this.holder, beat: row.beat + 1 })
      .where('name', '=', this.#name)
      .where('holder', '=', row.holder)
      .where('beat', '=', row.beat)
      .executeTakeFirst();
    if (Number(numUpdatedRows) === 1) this.#taken(began, row.beat + 1);
  }

  #taken(at: number, beat: number): void {
    this.#beat = beat;
    this.#seen = { holder: this.holder, beat, at };
    this.#held = new AbortController();
    const { signal } = this.#held;
    this.#duty = this.#duty.then(() => this.#office.taken(signal)).catch(() => {});
  }

  #lose(reason: string): void {
    const held = this.#held;
    this.#held = undefined;
    this.#seen = undefined;
    held?.abort(new Error(reason));
  }
}
