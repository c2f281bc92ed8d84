import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Kysely, type LogEvent, PostgresDialect, SqliteDialect, sql, type Transaction } from 'kysely';
import { SutureError } from '../../core/errors/error.ts';
import type { Clock } from '../../core/ports.ts';
import { appendEvent, type FleetEvent } from './ledger.ts';
import { type Dialect, migrate } from './migrations.ts';
import type { Tables } from './schema.ts';

/** Milliseconds that a writer waits for another one. */
const BUSY_TIMEOUT = 30_000;
const CONNECTIONS = 4;

/** What is known of a fleet, and the ledger of what happened: one schema on SQLite (a file) and PostgreSQL (several replicas). */
export class FleetStore {
  readonly database: Kysely<Tables>;
  readonly dialect: Dialect;
  /** Without a password. */
  readonly name: string;
  readonly clock: Clock;

  private constructor(database: Kysely<Tables>, dialect: Dialect, name: string, clock: Clock) {
    this.database = database;
    this.dialect = dialect;
    this.name = name;
    this.clock = clock;
  }

  /**
   * Opens a store and brings its tables to the newest shape; makes the file when there is none.
   * @param location path of a file, or `postgres://` URL
   * @throws SutureError STORE_UNAVAILABLE
   */
  static async open(location: string, clock: Clock): Promise<FleetStore> {
    const postgres = /^postgres(?:ql)?:\/\//.test(location);
    const name = postgres ? withoutPassword(location) : resolve(location);
    let database: Kysely<Tables> | undefined;
    try {
      database = postgres ? await openPostgres(location) : await openSqlite(resolve(location));
      const store = new FleetStore(database, postgres ? 'postgres' : 'sqlite', name, clock);
      if (await migrate(database, store.dialect)) await store.analyze();
      return store;
    } catch (cause) {
      await database?.destroy().catch(() => {});
      throw new SutureError('STORE_UNAVAILABLE', `the fleet store ${name} cannot be opened`, { cause });
    }
  }

  /** Changes and the event that tells of them are written together or not at all. */
  async record(event: FleetEvent, change: (transaction: Transaction<Tables>) => Promise<void>): Promise<void> {
    await this.database.transaction().execute(async (transaction) => {
      // First, because it is what makes writers wait for each other.
      await appendEvent(transaction, event, this.clock.now());
      await change(transaction);
    });
  }

  now(): string {
    return new Date(this.clock.now()).toISOString();
  }

  /**
   * Lets SQLite count what is in its tables, which decides between indexes: without it some answers take a thousand times as
   * long. PostgreSQL does this by itself.
   */
  async analyze(): Promise<void> {
    if (this.dialect !== 'sqlite') return;
    await sql`pragma analysis_limit = 400`.execute(this.database);
    await sql`analyze`.execute(this.database);
  }

  async close(): Promise<void> {
    await this.database.destroy();
  }
}

async function openSqlite(path: string): Promise<Kysely<Tables>> {
  await mkdir(dirname(path), { recursive: true });
  const { default: Database } = await import('libsql');
  const database = new Database(path);
  database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT}`);
  database.exec('pragma journal_mode = wal');
  // Survives a crash of the process in any case, and of the machine up to the last transaction.
  database.exec('pragma synchronous = full');
  database.exec('pragma foreign_keys = on');
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database }), log: quiet });
}

async function openPostgres(url: string): Promise<Kysely<Tables>> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS, connectionTimeoutMillis: 10_000 });
  // A connection that is lost while idle; the next query says so where somebody listens.
  pool.on('error', () => {});
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), log: quiet });
}

/** Errors are thrown as well; kysely would print them a second time. */
function quiet(_: LogEvent): void {}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    parsed.password = '';
    return parsed.toString();
  } catch {
    return 'postgres://…';
  }
}
