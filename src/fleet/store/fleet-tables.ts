import { type Kysely, sql } from 'kysely';

/** What the views of a fleet read: plans of results, counts that are kept while findings are written, standings by day. */
export interface FleetTables {
  result_steps: ResultStepRow;
  image_repositories: ImageRepositoryRow;
  finding_counts: FindingCountRow;
  vulnerabilities: VulnerabilityRow;
  packages: PackageRow;
  sla_days: SlaDayRow;
}

/** A package that the plan of a result changed. */
export interface ResultStepRow {
  result_id: string;
  position: number;
  /** `linux/arm64`; null unless the result is an image index. */
  platform: string | null;
  package: string;
  architecture: string;
  /** `upgrade`, `install`. */
  action: string;
  from_version: string | null;
  to_version: string;
  source: string;
  repository: string;
  /** Bytes of the package file. */
  size: number;
  reason: string;
  /** JSON: ids that the change fixes. */
  vulnerabilities: string;
}

/** The repositories of an image as its last result saw them. */
export interface ImageRepositoryRow {
  reference: string;
  repository: string;
  /** Of the signed index. */
  digest: string;
  date: string;
}

/** Open findings of an image by tier and standing: written with them, so that a fleet is counted without reading millions. */
export interface FindingCountRow {
  reference: string;
  tier_rank: number;
  standing: string;
  findings: number;
}

/** A vulnerability that some image has or had, and how many images; written with the findings. */
export interface VulnerabilityRow {
  id: string;
  /** The worst that was said of it. */
  severity: string;
  tier_rank: number;
  title: string | null;
  url: string | null;
  /** Since when it is known here that it is exploited. */
  exploited_since: string | null;
  first_detected_at: string;
  open_images: number;
  /** Of them, those whose repositories have a fix. */
  fixable_images: number;
  resolved_images: number;
}

/** Names of packages that some image had a finding in, or a patch of: for searching. */
export interface PackageRow {
  name: string;
}

/** Open findings at the end of a day, as of its last run; the empty team is that of images without one. */
export interface SlaDayRow {
  day: string;
  team: string;
  tier_rank: number;
  late: number;
  due: number;
  waived: number;
  unmeasured: number;
  pending_upstream: number;
  unfixable: number;
  eol: number;
}

/** Columns of older tables, new tables, and what both are found by. */
export async function createFleetTables(database: Kysely<unknown>): Promise<void> {
  await addColumns(database);
  await createResults(database);
  await createCounts(database);
  await createIndexes(database);
  await fillFromOlder(database);
}

async function addColumns(database: Kysely<unknown>): Promise<void> {
  const add = async (table: string, names: readonly string[]) => {
    for (const name of names) await database.schema.alterTable(table).addColumn(name, 'text').execute();
  };
  await add('images', ['image_set', 'levels', 'compared_at', 'source', 'left_at']);
  await add('results', ['base_digest', 'base_reference', 'layers']);
  await add('runs', ['report']);
  await database.schema.alterTable('runs').addColumn('images', 'integer').execute();
  await database.schema
    .alterTable('results')
    .addColumn('fixed', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await add('findings', ['exploited_since', 'started_at', 'due_at', 'waiver_id', 'waived_until']);
  await database.schema
    .alterTable('findings')
    .addColumn('tier_rank', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await database.schema
    .alterTable('findings')
    .addColumn('standing', 'text', (column) => column.notNull().defaultTo('resolved'))
    .execute();
}

async function createResults(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('result_steps')
    .addColumn('result_id', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('platform', 'text')
    .addColumn('package', 'text', (column) => column.notNull())
    .addColumn('architecture', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('from_version', 'text')
    .addColumn('to_version', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('repository', 'text', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('vulnerabilities', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('result_steps_key', ['result_id', 'position'])
    .execute();
  await database.schema
    .createTable('image_repositories')
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('repository', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('date', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('image_repositories_key', ['reference', 'repository'])
    .execute();
}

async function createCounts(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('finding_counts')
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('tier_rank', 'integer', (column) => column.notNull())
    .addColumn('standing', 'text', (column) => column.notNull())
    .addColumn('findings', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('finding_counts_key', ['reference', 'tier_rank', 'standing'])
    .execute();
  await database.schema
    .createTable('vulnerabilities')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('severity', 'text', (column) => column.notNull())
    .addColumn('tier_rank', 'integer', (column) => column.notNull())
    .addColumn('title', 'text')
    .addColumn('url', 'text')
    .addColumn('exploited_since', 'text')
    .addColumn('first_detected_at', 'text', (column) => column.notNull())
    .addColumn('open_images', 'integer', (column) => column.notNull())
    .addColumn('fixable_images', 'integer', (column) => column.notNull())
    .addColumn('resolved_images', 'integer', (column) => column.notNull())
    .execute();
  await database.schema
    .createTable('packages')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .execute();
  let table = database.schema
    .createTable('sla_days')
    .addColumn('day', 'text', (column) => column.notNull())
    .addColumn('team', 'text', (column) => column.notNull())
    .addColumn('tier_rank', 'integer', (column) => column.notNull());
  for (const name of ['late', 'due', 'waived', 'unmeasured', 'pending_upstream', 'unfixable', 'eol'])
    table = table.addColumn(name, 'integer', (column) => column.notNull());
  await table.addPrimaryKeyConstraint('sla_days_key', ['day', 'team', 'tier_rank']).execute();
}

/** Those that hold every column that is asked for answer alone. The partial ones hold the few findings that a clock runs for, among the many that have no fix. */
const INDEXES = [
  'findings_vulnerability on findings (vulnerability, standing)',
  'findings_worst on findings (vulnerability, tier_rank) where resolved_at is null',
  'findings_package on findings (package, resolved_at, reference, vulnerability)',
  'findings_clock on findings (due_at, reference) where resolved_at is null and due_at is not null',
  'findings_clock_image on findings (reference, due_at, waived_until, tier_rank) where resolved_at is null and due_at is not null',
  'findings_clock_vulnerability on findings (vulnerability, due_at, waived_until, reference) where resolved_at is null and due_at is not null',
  'findings_waived on findings (waived_until, reference) where resolved_at is null and waived_until is not null',
  'findings_resolved on findings (resolved_at, due_at, started_at, reference) where resolved_at is not null',
  'vulnerabilities_rank on vulnerabilities (tier_rank, open_images)',
  'finding_counts_standing on finding_counts (standing, tier_rank)',
  'results_run on results (run_id, outcome)',
  'results_base on results (base_digest)',
  'result_steps_package on result_steps (package)',
  'image_repositories_repository on image_repositories (repository)',
  'images_team on images (team)',
  'runs_started on runs (started_at)',
  'events_kind on events (kind, sequence)',
  'events_subject on events (subject, sequence)',
];

async function createIndexes(database: Kysely<unknown>): Promise<void> {
  for (const index of INDEXES) await sql.raw(`create index ${index}`).execute(database);
}

/** Findings of older stores: nobody knows their service levels until the next run, which sets what depends on them. */
async function fillFromOlder(database: Kysely<unknown>): Promise<void> {
  await sql`update findings set
    tier_rank = case severity when 'CRITICAL' then 4 when 'HIGH' then 3 when 'MEDIUM' then 2 when 'LOW' then 1 else 0 end,
    started_at = case when coalesce(fix_available_at, case when blocked_by is null then null else first_detected_at end) is null then null
      when fix_available_at > first_detected_at then fix_available_at else first_detected_at end`.execute(database);
  await sql`update findings set standing = case when started_at is not null then 'unmeasured'
    when status = 'will_not_fix' then 'unfixable' when status = 'end_of_life' then 'eol' else 'pending-upstream' end
    where resolved_at is null`.execute(database);
  await sql`insert into finding_counts (reference, tier_rank, standing, findings)
    select reference, tier_rank, standing, count(*) from findings where resolved_at is null
    group by reference, tier_rank, standing`.execute(database);
  await sql`insert into vulnerabilities
      (id, severity, tier_rank, first_detected_at, open_images, fixable_images, resolved_images)
    select vulnerability,
      case max(tier_rank) when 4 then 'CRITICAL' when 3 then 'HIGH' when 2 then 'MEDIUM' when 1 then 'LOW' else 'UNKNOWN' end,
      max(tier_rank), min(first_detected_at), sum(is_open), sum(is_fixable), sum(1 - is_open)
    from (select vulnerability, reference, max(tier_rank) as tier_rank, min(first_detected_at) as first_detected_at,
        max(case when resolved_at is null then 1 else 0 end) as is_open,
        max(case when resolved_at is null and started_at is not null then 1 else 0 end) as is_fixable
      from findings group by vulnerability, reference) as images
    group by vulnerability`.execute(database);
  await sql`insert into packages (name) select distinct package from findings`.execute(database);
  await sql`update images set compared_at = last_checked_at
    where reference in (select reference from findings)`.execute(database);
}
