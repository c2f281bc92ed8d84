import { sql } from 'kysely';
import { OUTCOMES, type Outcome } from '../store/results.ts';
import type { RunNotes } from '../store/runs.ts';
import type { ResultRow } from '../store/schema.ts';
import type { FleetStore } from '../store/store.ts';
import { all, type Condition, contains, numberOf } from './conditions.ts';
import { type PageRequest, pageOf, placeOf } from './page.ts';
import { detailOf } from './results.ts';

export const RUN_STATUSES = ['queued', 'running', 'cancelling', 'done', 'failed', 'interrupted', 'cancelled'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export const RUN_TRIGGERS = ['command', 'manual', 'schedule', 'catch-up', 'webhook', 'database'] as const;
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

/** What of a run and of the request it came from is shown; a run of the command line has no request, a queued one no run. */
interface Row {
  readonly id: string;
  readonly status: RunStatus;
  readonly trigger: string | null;
  readonly requested_by: string | null;
  readonly scope: string | null;
  readonly requested_at: string;
  readonly error: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly shard: string | null;
  readonly tool_version: string | null;
  readonly images: number | null;
  readonly summary: string | null;
  readonly report: string | null;
}

/** All runs and requests, as `r`. */
const RUNS = sql`(
  select r.id, case
      when r.status = 'running' and q.cancelled_by is not null then 'cancelling'
      when r.status = 'interrupted' and q.cancelled_by is not null then 'cancelled'
      when r.status = 'interrupted' and q.state in ('queued', 'running') then 'queued'
      when r.status = 'interrupted' and q.state = 'failed' then 'failed'
      else r.status end as status,
    q.trigger, q.requested_by, q.scope, coalesce(q.requested_at, r.started_at) as requested_at, q.error,
    r.started_at, r.ended_at, r.shard, r.tool_version, r.images, r.summary, r.report
  from runs as r left join run_requests as q on q.id = r.id
  union all
  select q.id, case when q.state in ('queued', 'running') and q.cancelled_by is not null then 'cancelled'
      when q.state = 'running' then 'queued' else q.state end as status,
    q.trigger, q.requested_by, q.scope, q.requested_at, q.error,
    null, q.ended_at, null, null, null, null, null
  from run_requests as q where not exists (select 1 from runs where runs.id = q.id)
) as r`;

/** Runs and what was asked for, newest first. */
export async function listRuns(store: FleetStore, query: PageRequest & { readonly status?: RunStatus }) {
  const which = all(query.status === undefined ? [] : [sql<boolean>`r.status = ${query.status}`]);
  const { rows } = await sql<Row>`select * from ${RUNS} where ${which}
    order by r.requested_at desc, r.id limit ${query.limit + 1} offset ${placeOf(query)}`.execute(store.database);
  const page = pageOf(rows, query, (row) => row);
  return { ...page, items: await Promise.all(page.items.map((row) => summaryOf(store, row))) };
}

/** Results of a run that its page begins with. */
const RESULTS = 100;

export async function runSummary(store: FleetStore, id: string) {
  const { rows } = await sql<Row>`select * from ${RUNS} where r.id = ${id}`.execute(store.database);
  return rows[0] === undefined ? undefined : summaryOf(store, rows[0]);
}

/** Undefined when there is no such run. */
export async function runView(store: FleetStore, id: string) {
  const { rows } = await sql<Row>`select * from ${RUNS} where r.id = ${id}`.execute(store.database);
  const [row] = rows;
  if (row === undefined) return undefined;
  // Written by `finishRun`.
  const report = row.report === null ? undefined : (JSON.parse(row.report) as RunNotes);
  return {
    ...(await summaryOf(store, row)),
    results: await listRunImages(store, { id, limit: RESULTS }),
    undiscovered: [...(report?.undiscovered ?? [])],
    notes: [...(report?.notes ?? [])],
  };
}

async function summaryOf(store: FleetStore, row: Row) {
  const counts = await countsOf(store, row);
  const ended = row.ended_at === null ? undefined : Date.parse(row.ended_at);
  const started = row.started_at === null ? undefined : Date.parse(row.started_at);
  const lasted = started === undefined ? undefined : (ended ?? store.clock.now()) - started;
  return {
    id: row.id,
    status: row.status,
    trigger: RUN_TRIGGERS.find((name) => name === row.trigger) ?? 'command',
    ...(row.requested_by === null ? {} : { requestedBy: row.requested_by }),
    ...scopeOf(row.scope),
    requestedAt: row.requested_at,
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(lasted === undefined ? {} : { durationSeconds: Math.max(0, Math.floor(lasted / 1000)) }),
    shard: row.shard ?? '1/1',
    ...(row.tool_version === null ? {} : { toolVersion: row.tool_version }),
    ...(row.images === null ? {} : { images: row.images }),
    finished: OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0),
    counts,
    ...errorOf(row.error),
  };
}

/** JSON of the service's queue; what is empty means everything. */
function scopeOf(text: string | null) {
  if (text === null) return {};
  const { sets, references } = JSON.parse(text) as { sets?: string[]; references?: string[] };
  if (sets === undefined && references === undefined) return {};
  return { scope: { ...(sets === undefined ? {} : { sets }), ...(references === undefined ? {} : { references }) } };
}

function errorOf(text: string | null) {
  if (text === null) return {};
  const { code, message } = JSON.parse(text) as { code: string; message: string };
  return { error: { code, message } };
}

type Counts = Record<Outcome | 'unchanged', number>;

/** What a run wrote when it ended; while it goes on, what it has recorded so far. */
async function countsOf(store: FleetStore, row: Row): Promise<Counts> {
  const none: Counts = { patched: 0, clean: 0, partial: 0, pending: 0, refused: 0, failed: 0, unchanged: 0 };
  if (row.started_at === null) return none;
  if (row.ended_at !== null && row.summary !== null)
    return { ...none, ...(JSON.parse(row.summary) as Partial<Counts>) };
  const rows = await store.database
    .selectFrom('results')
    .select(['outcome', (select) => select.fn.countAll<number | string>().as('images')])
    .where('run_id', '=', row.id)
    .groupBy('outcome')
    .execute();
  for (const { outcome, images } of rows) {
    const name = OUTCOMES.find((known) => known === outcome);
    if (name !== undefined) none[name] = numberOf(images);
  }
  return none;
}

/** What a run worked on, failed and refused first. */
export async function listRunImages(
  store: FleetStore,
  query: PageRequest & { readonly id: string; readonly q?: string; readonly outcome?: Outcome },
) {
  const conditions: Condition[] = [sql<boolean>`results.run_id = ${query.id}`];
  if (query.q !== undefined && query.q !== '') conditions.push(contains(sql.ref('results.reference'), query.q));
  if (query.outcome !== undefined) conditions.push(sql<boolean>`results.outcome = ${query.outcome}`);
  const { rows } = await sql<ResultRow & { team: string | null }>`
    select results.*, images.team from results left join images on images.reference = results.reference
    where ${all(conditions)} order by case results.outcome when 'failed' then 0 when 'refused' then 1
      when 'pending' then 2 when 'partial' then 3 when 'patched' then 4 else 5 end, results.reference
    limit ${query.limit + 1} offset ${placeOf(query)}`.execute(store.database);
  return pageOf(rows, query, (row) => {
    const detail = detailOf(row);
    return {
      reference: row.reference,
      ...(row.team === null ? {} : { team: row.team }),
      outcome: row.outcome as Outcome,
      ...(row.published_reference === null ? {} : { publishedReference: row.published_reference }),
      changed: detail.changed,
      fixed: row.fixed,
      pending: detail.pending.length,
      finishedAt: row.finished_at,
      ...(detail.error === undefined ? {} : { error: detail.error }),
    };
  });
}

/** Lines of a run in order; `next` goes on where they end, also when there are none yet. */
export async function runLog(
  store: FleetStore,
  query: PageRequest & { readonly id: string; readonly reference?: string; readonly isOver: boolean },
) {
  const after = placeOf(query);
  const rows = await store.database
    .selectFrom('run_logs')
    .selectAll()
    .where('run_id', '=', query.id)
    .where('sequence', '>', after)
    .$if(query.reference !== undefined, (select) => select.where('reference', '=', query.reference ?? ''))
    .orderBy('sequence')
    .limit(query.limit + 1)
    .execute();
  const items = rows.slice(0, query.limit).map((row) => ({
    sequence: Number(row.sequence),
    time: row.time,
    level: LEVELS.find((level) => level === row.level) ?? 'info',
    ...(row.reference === '' ? {} : { reference: row.reference }),
    message: row.message,
  }));
  const last = items.at(-1)?.sequence ?? after;
  const isDone = rows.length <= query.limit && query.isOver;
  return { items, ...(isDone ? {} : { next: String(last) }) };
}

const LEVELS = ['info', 'warning', 'error'] as const;
