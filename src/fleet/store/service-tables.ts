import { type Kysely, sql } from 'kysely';

/** What the service keeps besides the fleet: who may do what, what is to be done next, and who of several replicas does it. */
export interface ServiceTables {
  tokens: TokenRow;
  sessions: SessionRow;
  leases: LeaseRow;
  run_requests: RunRequestRow;
  run_logs: RunLogRow;
  schedules: ScheduleRow;
  live: LiveRow;
  live_head: LiveHeadRow;
  inventories: InventoryRow;
  image_inventories: ImageInventoryRow;
}

export interface TokenRow {
  id: string;
  name: string;
  /** `viewer`, `operator`, `admin`. */
  role: string;
  /** Hex SHA-256 of the token, which has 256 random bits and is not kept. */
  hash: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
}

/** A dashboard that is logged in. */
export interface SessionRow {
  /** Hex SHA-256 of the cookie's value. */
  hash: string;
  /** Of the token it was opened with; null for OIDC. */
  token_id: string | null;
  subject: string;
  role: string;
  created_at: string;
  expires_at: string;
}

/** Who of several replicas has an office. Time is not in it: whoever waits watches `beat` by a clock of its own. */
export interface LeaseRow {
  name: string;
  holder: string;
  beat: number;
}

/** A run that was asked for; its id is that of the run it becomes. */
export interface RunRequestRow {
  id: string;
  /** `queued`, `running`, `done`, `failed`, `cancelled`. */
  state: string;
  /** `manual`, `schedule`, `catch-up`, `webhook`, `database`. */
  trigger: string;
  /** Who asked. */
  requested_by: string;
  requested_at: string;
  /** JSON: RunScope. */
  scope: string;
  /** What must happen once: a time of a schedule. */
  slot: string | null;
  cancelled_by: string | null;
  ended_at: string | null;
  /** JSON: code and message of why the run as a whole did not come about. */
  error: string | null;
}

export interface RunLogRow {
  run_id: string;
  sequence: number;
  time: string;
  /** Image; empty for the run as a whole. */
  reference: string;
  /** `info`, `warning`, `error`. */
  level: string;
  message: string;
}

/** Up to when the times of an image set's schedule were seen to. */
export interface ScheduleRow {
  name: string;
  last_slot: string;
}

/** Live events for all replicas, for an hour at most; what has to last is in the ledger. */
export interface LiveRow {
  sequence: number;
  time: string;
  kind: string;
  /** JSON. */
  data: string;
}

export interface LiveHeadRow {
  id: number;
  sequence: number;
}

/** What is installed, by the digest of its JSON: images of one base share it. */
export interface InventoryRow {
  digest: string;
  /** JSON of a ScannedImage, deflated, base64. */
  document: string;
}

export interface ImageInventoryRow {
  reference: string;
  /** `before`: of the image as found; `after`: of what may run. */
  role: string;
  /** Of an index each image has one. */
  position: number;
  digest: string;
}

export async function createServiceTables(database: Kysely<unknown>): Promise<void> {
  await createAccess(database);
  await createQueue(database);
  await createLive(database);
  await createInventories(database);
}

async function createAccess(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('tokens')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'text')
    .addColumn('revoked_at', 'text')
    .execute();
  await database.schema
    .createTable('sessions')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('token_id', 'text')
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'text', (column) => column.notNull())
    .execute();
}

async function createQueue(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('leases')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('beat', 'integer', (column) => column.notNull())
    .execute();
  await database.schema
    .createTable('run_requests')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('trigger', 'text', (column) => column.notNull())
    .addColumn('requested_by', 'text', (column) => column.notNull())
    .addColumn('requested_at', 'text', (column) => column.notNull())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('slot', 'text', (column) => column.unique())
    .addColumn('cancelled_by', 'text')
    .addColumn('ended_at', 'text')
    .addColumn('error', 'text')
    .execute();
  await database.schema
    .createTable('run_logs')
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('time', 'text', (column) => column.notNull())
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('level', 'text', (column) => column.notNull())
    .addColumn('message', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('run_logs_key', ['run_id', 'sequence'])
    .execute();
  await database.schema
    .createTable('schedules')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('last_slot', 'text', (column) => column.notNull())
    .execute();
}

async function createLive(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('live')
    .addColumn('sequence', 'integer', (column) => column.primaryKey())
    .addColumn('time', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .execute();
  await database.schema
    .createTable('live_head')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .execute();
  await sql`insert into live_head (id, sequence) values (1, 0)`.execute(database);
}

async function createInventories(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('inventories')
    .addColumn('digest', 'text', (column) => column.primaryKey())
    .addColumn('document', 'text', (column) => column.notNull())
    .execute();
  await database.schema
    .createTable('image_inventories')
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('image_inventories_key', ['reference', 'role', 'position'])
    .execute();
  await database.schema.createIndex('image_inventories_digest').on('image_inventories').column('digest').execute();
}
