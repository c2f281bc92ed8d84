import type { Progress, ProgressEvent } from '../../core/progress.ts';
import type { RunLogRow } from '../../fleet/store/service-tables.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import type { RunLogLine } from '../api/contract/runs.ts';

/** Lines kept of one image and of one run, and characters of a line: more tells nobody anything. */
const LINES_PER_IMAGE = 300;
const LINES_PER_RUN = 50_000;
const LINE_LENGTH = 4_000;
const FLUSH_MS = 250;
/** Rows of one statement; each has six parameters. */
const BATCH = 500;

type Level = RunLogLine['level'];

/** What a run does, line by line: kept in the store, and told as it happens. */
export class RunLog {
  readonly #store: FleetStore;
  readonly #run: string;
  readonly #tell: (lines: readonly RunLogLine[]) => void;
  readonly #perImage = new Map<string, number>();
  #sequence: number;
  #waiting: RunLogRow[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(store: FleetStore, run: string, sequence: number, tell: (lines: readonly RunLogLine[]) => void) {
    this.#store = store;
    this.#run = run;
    this.#sequence = sequence;
    this.#tell = tell;
  }

  /** Goes on after what is there: a run may have been cut off before. */
  static async open(store: FleetStore, run: string, tell: (lines: readonly RunLogLine[]) => void): Promise<RunLog> {
    const { last } = await store.database
      .selectFrom('run_logs')
      .select((row) => row.fn.max('sequence').as('last'))
      .where('run_id', '=', run)
      .executeTakeFirstOrThrow();
    return new RunLog(store, run, Number(last ?? 0), tell);
  }

  /** @param reference image; empty for the run as a whole */
  add(level: Level, message: string, reference = ''): void {
    const count = (this.#perImage.get(reference) ?? 0) + 1;
    this.#perImage.set(reference, count);
    if (this.#sequence >= LINES_PER_RUN) return;
    if (reference !== '' && count > LINES_PER_IMAGE) return;
    const full = reference !== '' && count === LINES_PER_IMAGE;
    this.#waiting.push({
      run_id: this.#run,
      sequence: ++this.#sequence,
      time: this.#store.now(),
      reference,
      level: full ? 'warning' : level,
      message: full ? 'more is not kept' : message.slice(0, LINE_LENGTH),
    });
    this.#timer ??= setTimeout(() => void this.#flush(), FLUSH_MS);
  }

  /** Progress of the run, with that of each image apart. */
  progress(): Progress {
    return { ...this.#lines(''), about: (reference) => this.#lines(reference) };
  }

  #lines(reference: string): Progress {
    const titles = new Map<string, string>();
    return {
      emit: (event: ProgressEvent) => {
        if (event.kind === 'start') titles.set(event.id, event.title);
        else if (event.kind === 'note') this.add(event.level, event.message, reference);
        else if (event.kind === 'end') {
          const title = titles.get(event.id) ?? event.id;
          titles.delete(event.id);
          this.add('info', event.summary === undefined ? title : `${title}: ${event.summary}`, reference);
        }
      },
    };
  }

  /** Writes what waits. A log that cannot be written stops nothing. */
  async close(): Promise<void> {
    await this.#flush();
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rows = this.#waiting;
    this.#waiting = [];
    if (rows.length > 0) this.#writing = this.#writing.then(() => this.#write(rows)).catch(() => {});
    return this.#writing;
  }

  async #write(rows: readonly RunLogRow[]): Promise<void> {
    for (let at = 0; at < rows.length; at += BATCH)
      await this.#store.database
        .insertInto('run_logs')
        .values(rows.slice(at, at + BATCH))
        .execute();
    this.#tell(rows.map(logLine));
  }
}

export function logLine({ sequence, time, level, reference, message }: RunLogRow): RunLogLine {
  return {
    sequence,
    time,
    level: level === 'warning' || level === 'error' ? level : 'info',
    message,
    ...(reference === '' ? {} : { reference }),
  };
}
