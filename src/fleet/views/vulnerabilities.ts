import { type RawBuilder, sql } from 'kysely';
import { SEVERITIES } from '../../core/severity.ts';
import { type Tier, tierOfRank, tierRank } from '../sla.ts';
import type { VulnerabilityRow } from '../store/fleet-tables.ts';
import type { FleetStore } from '../store/store.ts';
import { all, type Condition, contains, isInState, isTicking, numberOf } from './conditions.ts';
import { type PageRequest, pageOf, placeOf } from './page.ts';

export interface VulnerabilityQuery extends PageRequest {
  readonly q?: string;
  /** A threshold. */
  readonly severity?: Tier;
  /** Of an open finding; or `open`, `resolved`: gone from every image that had it. */
  readonly state?: string;
  readonly package?: string;
  /** Empty: images without one. */
  readonly team?: string;
  readonly sort?: 'severity' | 'images' | 'id' | 'detected' | 'due';
  readonly order?: 'asc' | 'desc';
}

type Row = VulnerabilityRow & { readonly late: unknown; readonly due_at: string | null };

/** A page of vulnerabilities with how many images have them. */
export async function listVulnerabilities(store: FleetStore, query: VulnerabilityQuery) {
  const now = store.now();
  const which = all(conditionsOf(query, now));
  const { rows } = await sql<Row>`select v.*, coalesce(clocks.late, 0) as late, clocks.due_at
    from ${tables(now)} where ${which}
    order by ${sql.join(orderOf(query))} limit ${query.limit + 1} offset ${placeOf(query)}`.execute(store.database);
  const counted = await sql<{ total: unknown }>`select count(*) as total
    from vulnerabilities as v where ${which}`.execute(store.database);
  return pageOf(rows, query, summaryOf, numberOf(counted.rows[0]?.total));
}

/** One of them; undefined when no image has or had it. */
export async function vulnerabilitySummary(store: FleetStore, id: string) {
  const { rows } = await sql<Row>`select v.*, coalesce(clocks.late, 0) as late, clocks.due_at
    from ${tables(store.now())} where v.id = ${id}`.execute(store.database);
  return rows[0] === undefined ? undefined : summaryOf(rows[0]);
}

/** Vulnerabilities as `v`, their clocks as `clocks`. */
function tables(now: string): RawBuilder<unknown> {
  return sql`vulnerabilities as v left join (
      select f.vulnerability, count(distinct case when f.due_at < ${now} then f.reference end) as late,
        min(case when f.due_at >= ${now} then f.due_at end) as due_at
      from findings as f where ${isTicking('f', now)} group by f.vulnerability
    ) as clocks on clocks.vulnerability = v.id`;
}

function summaryOf(row: Row) {
  return {
    id: row.id,
    ...(row.title === null ? {} : { title: row.title }),
    ...(row.url === null ? {} : { url: row.url }),
    severity: SEVERITIES.find((name) => name === row.severity) ?? 'UNKNOWN',
    tier: tierOfRank(row.tier_rank),
    knownExploited: row.exploited_since !== null,
    images: {
      open: row.open_images,
      fixable: row.fixable_images,
      late: numberOf(row.late),
      resolved: row.resolved_images,
    },
    firstDetectedAt: row.first_detected_at,
    ...(row.due_at === null ? {} : { nextDueAt: row.due_at }),
  };
}

function conditionsOf({ q, severity, state = 'open', package: name, team }: VulnerabilityQuery, now: string) {
  const conditions: Condition[] = [inState(state, now)];
  if (q !== undefined && q !== '')
    conditions.push(sql<boolean>`(${contains(sql.ref('v.id'), q)} or ${contains(sql.ref('v.title'), q)})`);
  if (severity !== undefined) conditions.push(sql<boolean>`v.tier_rank >= ${tierRank(severity)}`);
  if (name !== undefined && name !== '')
    conditions.push(sql<boolean>`v.id in (select vulnerability from findings where package = ${name})`);
  if (team !== undefined)
    conditions.push(sql<boolean>`v.id in (select f.vulnerability from images
      join findings as f on f.reference = images.reference
      where coalesce(images.team, '') = ${team} and f.resolved_at is null)`);
  return conditions;
}

/** What a clock runs for or is waived is found by its index; of the others each vulnerability is asked for a first one. */
function inState(state: string, now: string): Condition {
  if (state === 'open') return sql<boolean>`v.open_images > 0`;
  if (state === 'resolved') return sql<boolean>`(v.open_images = 0 and v.resolved_images > 0)`;
  if (state === 'late' || state === 'due' || state === 'waived')
    return sql<boolean>`v.id in (select f.vulnerability from findings as f where ${isInState('f', state, now)})`;
  return sql<boolean>`exists (select 1 from findings as f where f.vulnerability = v.id and ${isInState('f', state, now)})`;
}

function orderOf({ sort = 'severity', order }: VulnerabilityQuery): RawBuilder<unknown>[] {
  const by = (column: RawBuilder<unknown>, normal: 'asc' | 'desc') => sql`${column} ${sql.raw(order ?? normal)}`;
  const [rank, images, id] = [sql.ref('v.tier_rank'), sql.ref('v.open_images'), sql.ref('v.id')];
  switch (sort) {
    case 'severity':
      return [by(rank, 'desc'), sql`${images} desc`, sql`${id} desc`];
    case 'images':
      return [by(images, 'desc'), sql`${rank} desc`, sql`${id} desc`];
    case 'id':
      return [by(id, 'asc')];
    case 'detected':
      return [by(sql.ref('v.first_detected_at'), 'desc'), sql`${rank} desc`, sql`${id} desc`];
    case 'due':
      return [sql`clocks.due_at ${sql.raw(order ?? 'asc')} nulls last`, sql`${rank} desc`, sql`${id} desc`];
  }
}
