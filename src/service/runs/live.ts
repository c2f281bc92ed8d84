import type { LiveRow } from '../../fleet/store/service-tables.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import type { StreamEvent } from '../api/contract/events.ts';

export interface LiveTimes {
  /** Milliseconds until what other replicas wrote is seen. */
  readonly pollMs: number;
  /** Milliseconds that events are gathered before they are written together. */
  readonly gatherMs: number;
}

export const LIVE_TIMES: LiveTimes = { pollMs: 1_000, gatherMs: 100 };

/** Events kept for those who come back. */
const KEPT = 10_000;
/** Events of one reading; a reader who is further behind reads again. */
const PAGE = 500;

export interface LiveReader {
  /** In order, without a gap. */
  events(rows: readonly LiveRow[]): void;
  /** What came between is not kept any more. */
  missed(): void;
}

/**
 * Live events, by way of the store, so that whoever asks any replica sees what another one does. Their numbers are given out
 * under one row's lock, so that no reader passes over one that is written late.
 */
export class LiveEvents {
  readonly #store: FleetStore;
  readonly #times: LiveTimes;
  readonly #readers = new Map<LiveReader, number>();
  #waiting: StreamEvent[] = [];
  #gathering: NodeJS.Timeout | undefined;
  #polling: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(store: FleetStore, times: LiveTimes = LIVE_TIMES) {
    this.#store = store;
    this.#times = times;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Never throws: an event that cannot be told is missed by those who look, and nothing else. */
  publish(event: StreamEvent): void {
    this.#waiting.push(event);
    this.#gathering ??= setTimeout(() => void this.flush(), this.#times.gatherMs);
  }

  flush(): Promise<void> {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const events = this.#waiting;
    this.#waiting = [];
    return this.#next(async () => {
      if (events.length > 0) await this.#write(events);
      await this.#read();
    });
  }

  /**
   * Begins to tell a reader what comes after `after`; without it, what comes from now on.
   * @returns ends it
   */
  async follow(reader: LiveReader, after?: number): Promise<() => void> {
    const head = await this.#head();
    if (after !== undefined && after !== head && !(await this.#reaches(after, head))) {
      reader.missed();
      this.#readers.set(reader, head);
    } else this.#readers.set(reader, after ?? head);
    this.#polling ??= setInterval(() => void this.#next(() => this.#read()), this.#times.pollMs);
    void this.#next(() => this.#read());
    return () => {
      this.#readers.delete(reader);
      if (this.#readers.size > 0) return;
      clearInterval(this.#polling);
      this.#polling = undefined;
    };
  }

  /** Forgets what nobody comes back for. */
  async prune(): Promise<void> {
    const head = await this.#head();
    await this.#store.database
      .deleteFrom('live')
      .where('sequence', '<=', head - KEPT)
      .execute();
  }

  async close(): Promise<void> {
    await this.flush();
    clearInterval(this.#polling);
    this.#readers.clear();
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch(() => {});
    return this.#work;
  }

  async #head(): Promise<number> {
    const row = await this.#store.database
      .selectFrom('live_head')
      .select('sequence')
      .where('id', '=', 1)
      .executeTakeFirstOrThrow();
    return row.sequence;
  }

  /** Whether everything after a number is still there. */
  async #reaches(after: number, head: number): Promise<boolean> {
    if (after > head) return false;
    const row = await this.#store.database
      .selectFrom('live')
      .select('sequence')
      .where('sequence', '=', after + 1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async #write(events: readonly StreamEvent[]): Promise<void> {
    await this.#store.database.transaction().execute(async (transaction) => {
      const { sequence } = await transaction
        .updateTable('live_head')
        .set((row) => ({ sequence: row('sequence', '+', events.length) }))
        .where('id', '=', 1)
        .returning('sequence')
        .executeTakeFirstOrThrow();
      const first = sequence - events.length + 1;
      const time = this.#store.now();
      for (let at = 0; at < events.length; at += PAGE)
        await transaction
          .insertInto('live')
          .values(
            events.slice(at, at + PAGE).map(({ kind, ...data }, place) => {
              return { sequence: first + at + place, time, kind, data: JSON.stringify(data) };
            }),
          )
          .execute();
    });
  }

  async #read(): Promise<void> {
    while (this.#readers.size > 0) {
      const from = Math.min(...this.#readers.values());
      const rows = await this.#store.database
        .selectFrom('live')
        .selectAll()
        .where('sequence', '>', from)
        .orderBy('sequence')
        .limit(PAGE)
        .execute();
      const last = rows.at(-1)?.sequence;
      if (last === undefined) return;
      for (const [reader, after] of this.#readers) {
        const news = rows.filter(({ sequence }) => sequence > after);
        if (news.length === 0) continue;
        this.#readers.set(reader, last);
        reader.events(news);
      }
      if (rows.length < PAGE) return;
    }
  }
}
