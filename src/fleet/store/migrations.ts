import { type Kysely, type Migration, Migrator, sql } from 'kysely';
import { createFleetTables } from './fleet-tables.ts';
import { GENESIS } from './ledger.ts';
import { createNotificationTables } from './notification-tables.ts';
import type { Tables } from './schema.ts';
import { createServiceTables } from './service-tables.ts';

export type Dialect = 'sqlite' | 'postgres';

/**
 * Brings the tables to the newest shape; several processes may try at once, one does it.
 * @returns whether anything was to be done
 */
export async function migrate(database: Kysely<Tables>, dialect: Dialect): Promise<boolean> {
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => migrations(dialect) } });
  for (let attempt = 1; ; attempt++) {
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error === undefined) return results.length > 0;
    // Two that make one new file at the same moment: the second finds the tables of the first.
    if (attempt === ATTEMPTS) throw error instanceof Error ? error : new Error('the tables cannot be made');
  }
}

const ATTEMPTS = 3;

/** In the order of their names. What a released version has made is never changed here, only added to. */
export function migrations(dialect: Dialect): Record<string, Migration> {
  return {
    '001-first': first(dialect),
    '002-service': { up: createServiceTables },
    '003-notifications': { up: createNotificationTables },
    '004-fleet-views': { up: createFleetTables },
  };
}

function first(dialect: Dialect): Migration {
  return {
    async up(database: Kysely<unknown>): Promise<void> {
      await createImages(database);
      await createRuns(database);
      await createFindings(database);
      await createLedger(database);
      await forbidChanges(database, dialect);
    },
  };
}

async function createImages(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('images')
    .addColumn('reference', 'text', (column) => column.primaryKey())
    .addColumn('team', 'text')
    .addColumn('owner', 'text')
    .addColumn('base_layer', 'text')
    .addColumn('digest', 'text')
    .addColumn('result_id', 'text')
    .addColumn('last_checked_at', 'text', (column) => column.notNull())
    .execute();
  await database.schema.createIndex('images_digest').on('images').column('digest').execute();
}

async function createRuns(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('runs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('started_at', 'text', (column) => column.notNull())
    .addColumn('ended_at', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('shard', 'text', (column) => column.notNull())
    .addColumn('tool_version', 'text', (column) => column.notNull())
    .addColumn('summary', 'text', (column) => column.notNull())
    .execute();
  await database.schema
    .createTable('results')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('digest', 'text')
    .addColumn('decision', 'text')
    .addColumn('published_reference', 'text')
    .addColumn('published_digest', 'text')
    .addColumn('plan_digest', 'text')
    .addColumn('repositories', 'text', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .addColumn('finished_at', 'text', (column) => column.notNull())
    .execute();
  await database.schema.createIndex('results_reference').on('results').columns(['reference', 'finished_at']).execute();
}

async function createFindings(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('findings')
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('vulnerability', 'text', (column) => column.notNull())
    .addColumn('package', 'text', (column) => column.notNull())
    .addColumn('severity', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('installed_version', 'text', (column) => column.notNull())
    .addColumn('fixed_version', 'text')
    .addColumn('blocked_by', 'text')
    .addColumn('first_detected_at', 'text', (column) => column.notNull())
    .addColumn('fix_available_at', 'text')
    .addColumn('resolved_at', 'text')
    .addPrimaryKeyConstraint('findings_key', ['reference', 'vulnerability', 'package'])
    .execute();
  await database.schema
    .createTable('waivers')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('vulnerability', 'text', (column) => column.notNull())
    .addColumn('image', 'text', (column) => column.notNull())
    .addColumn('package', 'text')
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('ticket', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('justification', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'text', (column) => column.notNull())
    .addColumn('removed_at', 'text')
    .execute();
}

async function createLedger(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('events')
    .addColumn('sequence', 'integer', (column) => column.primaryKey())
    .addColumn('time', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('previous_hash', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await database.schema
    .createTable('ledger')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await sql`insert into ledger (id, sequence, hash) values (1, 0, ${GENESIS})`.execute(database);
  await database.schema
    .createTable('locks')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('shard', 'text', (column) => column.notNull())
    .addColumn('heartbeat_at', 'text', (column) => column.notNull())
    .execute();
}

/** The database itself refuses to change or remove an event; whoever removes this guard still breaks the chain of hashes. */
async function forbidChanges(database: Kysely<unknown>, dialect: Dialect): Promise<void> {
  if (dialect === 'sqlite') {
    await sql`create trigger events_no_update before update on events begin select raise(abort, 'events are append-only'); end`.execute(
      database,
    );
    await sql`create trigger events_no_delete before delete on events begin select raise(abort, 'events are append-only'); end`.execute(
      database,
    );
    return;
  }
  await sql`create function events_append_only() returns trigger language plpgsql as $$ begin raise exception 'events are append-only'; end $$`.execute(
    database,
  );
  await sql`create trigger events_append_only before update or delete or truncate on events for each statement execute function events_append_only()`.execute(
    database,
  );
}
