import type { Kysely } from 'kysely';

/** What was told to whom, and what is still to be told; and how long findings took, which outlasts the findings. */
export interface NotificationTables {
  notices: NoticeRow;
  deliveries: DeliveryRow;
  remediation_times: RemediationRow;
}

/** Something that people are told of once, until it is over and comes again. */
export interface NoticeRow {
  key: string;
  /** How often it has come, from 1. */
  occurrence: number;
  event: string;
  opened_at: string;
  /** Null while it lasts. */
  resolved_at: string | null;
}

/** One message to one channel: the outbox. */
export interface DeliveryRow {
  /** Idempotency key that every attempt carries. */
  id: string;
  channel: string;
  /** JSON: Notice[]. */
  notices: string;
  created_at: string;
  /** Not before. */
  due_at: string;
  attempts: number;
  /** Who is sending it, and until when others leave it alone. */
  claimed_by: string | null;
  claimed_until: string | null;
  delivered_at: string | null;
  /** Given up. */
  failed_at: string | null;
  /** Without secrets. */
  last_error: string | null;
}

/** A histogram that only grows: findings of a stage by the smallest bucket that holds them. */
export interface RemediationRow {
  stage: string;
  /** Seconds, upper bound; 0 for what is above all bounds. */
  bucket: number;
  findings: number;
  /** Sum of the times. */
  seconds: number;
}

export async function createNotificationTables(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('notices')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('occurrence', 'integer', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('opened_at', 'text', (column) => column.notNull())
    .addColumn('resolved_at', 'text')
    .execute();
  await database.schema
    .createTable('deliveries')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('notices', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('due_at', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('claimed_by', 'text')
    .addColumn('claimed_until', 'text')
    .addColumn('delivered_at', 'text')
    .addColumn('failed_at', 'text')
    .addColumn('last_error', 'text')
    .execute();
  await database.schema.createIndex('deliveries_due').on('deliveries').columns(['delivered_at', 'due_at']).execute();
  await database.schema
    .createTable('remediation_times')
    .addColumn('stage', 'text', (column) => column.notNull())
    .addColumn('bucket', 'integer', (column) => column.notNull())
    .addColumn('findings', 'integer', (column) => column.notNull())
    .addColumn('seconds', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('remediation_times_key', ['stage', 'bucket'])
    .execute();
}
