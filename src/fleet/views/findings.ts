import { type RawBuilder, sql } from 'kysely';
import { SEVERITIES } from '../../core/severity.ts';
import { type SlaState, type Tier, tierOfRank, tierRank } from '../sla.ts';
import type { FindingRow } from '../store/schema.ts';
import type { FleetStore } from '../store/store.ts';
import { all, type Condition, contains, isInState, numberOf, stateOf } from './conditions.ts';
import { type PageRequest, pageOf, placeOf } from './page.ts';

/** What of the findings of an image, of a vulnerability, or of a team. */
export interface FindingFilter {
  readonly reference?: string;
  readonly vulnerability?: string;
  /** Empty: images without one. */
  readonly team?: string;
  readonly q?: string;
  readonly show?: 'open' | 'resolved' | 'all';
  readonly state?: string;
  /** A threshold. */
  readonly severity?: Tier;
  readonly package?: string;
}

export type FindingSort = 'urgency' | 'severity' | 'package' | 'vulnerability' | 'detected' | 'resolved';

export interface FindingQuery extends FindingFilter, PageRequest {
  readonly sort?: FindingSort;
  readonly order?: 'asc' | 'desc';
}

type Row = FindingRow & { state: string; title: string | null; url: string | null; team: string | null };

/** A page of findings, with where each stands now. */
export async function listFindings(store: FleetStore, query: FindingQuery) {
  const now = store.now();
  const which = conditionOf(query, now);
  const { rows } = await sql<Row>`
    select f.*, ${stateOf('f', now)} as state, v.title, v.url, null as team
    from findings as f left join vulnerabilities as v on v.id = f.vulnerability
    where ${which} order by ${sql.join(orderOf(query, now))}
    limit ${query.limit + 1} offset ${placeOf(query)}`.execute(store.database);
  const counted = await sql<{ total: unknown }>`
    select count(*) as total from findings as f left join vulnerabilities as v on v.id = f.vulnerability
    where ${which}`.execute(store.database);
  return pageOf(rows, query, findingOf, numberOf(counted.rows[0]?.total));
}

/** Late and due findings, the longest overdue first. */
export async function urgentFindings(store: FleetStore, limit: number, images: readonly Condition[] = []) {
  const now = store.now();
  const { rows } = await sql<Row>`
    select f.*, ${stateOf('f', now)} as state, v.title, v.url, null as team
    from findings as f join images on images.reference = f.reference
      left join vulnerabilities as v on v.id = f.vulnerability
    where f.resolved_at is null and f.due_at is not null
      and not (f.waived_until is not null and f.waived_until > ${now}) and ${all(images)}
    order by f.due_at, f.reference, f.vulnerability, f.package limit ${limit}`.execute(store.database);
  return rows.map(findingOf);
}

export type FindingView = ReturnType<typeof findingOf>;

/** A finding as the API shows it. */
function findingOf(row: Row) {
  const optional = <K extends string>(name: K, value: string | null) =>
    (value === null ? {} : { [name]: value }) as { readonly [P in K]?: string };
  return {
    reference: row.reference,
    vulnerability: row.vulnerability,
    package: row.package,
    severity: SEVERITIES.find((name) => name === row.severity) ?? 'UNKNOWN',
    tier: tierOfRank(row.tier_rank),
    knownExploited: row.exploited_since !== null,
    status: row.status,
    state: row.state as SlaState,
    installedVersion: row.installed_version,
    ...optional('fixedVersion', row.fixed_version),
    ...optional('blockedBy', row.blocked_by),
    firstDetectedAt: row.first_detected_at,
    ...optional('fixAvailableAt', row.fix_available_at),
    ...optional('startedAt', row.started_at),
    ...optional('dueAt', row.due_at),
    ...optional('resolvedAt', row.resolved_at),
    ...(row.state === 'waived' && row.waiver_id !== null && row.waived_until !== null
      ? { waiver: { id: row.waiver_id, expiresAt: row.waived_until } }
      : {}),
    ...optional('title', row.title),
    ...optional('url', row.url),
  };
}

/** Of findings as `f` and vulnerabilities as `v`. */
export function conditionOf(filter: FindingFilter, now: string): Condition {
  const conditions: Condition[] = [];
  const { reference, vulnerability, team, q, show = 'open', state, severity, package: name } = filter;
  if (reference !== undefined) conditions.push(sql<boolean>`f.reference = ${reference}`);
  if (vulnerability !== undefined) conditions.push(sql<boolean>`f.vulnerability = ${vulnerability}`);
  if (team !== undefined)
    conditions.push(sql<boolean>`f.reference in (select reference from images where coalesce(team, '') = ${team})`);
  if (show === 'open') conditions.push(sql<boolean>`f.resolved_at is null`);
  if (show === 'resolved') conditions.push(sql<boolean>`f.resolved_at is not null`);
  if (state !== undefined) conditions.push(isInState('f', state, now));
  if (severity !== undefined) conditions.push(sql<boolean>`f.tier_rank >= ${tierRank(severity)}`);
  if (name !== undefined && name !== '') conditions.push(sql<boolean>`f.package = ${name}`);
  if (q !== undefined && q !== '') {
    const columns = [sql.ref('f.vulnerability'), sql.ref('f.package'), sql.ref('v.title')];
    conditions.push(
      sql<boolean>`(${sql.join(
        columns.map((column) => contains(column, q)),
        sql` or `,
      )})`,
    );
  }
  return all(conditions);
}

/** What has to be done first: late, due, fixable without a level, and only then what nothing can be done about. */
function urgency(now: string): RawBuilder<number> {
  return sql<number>`case ${stateOf('f', now)}
    when 'late' then 0 when 'due' then 1 when 'unmeasured' then 2 when 'waived' then 3 else 4 end`;
}

function orderOf({ sort = 'urgency', order }: FindingQuery, now: string): RawBuilder<unknown>[] {
  const direction = (normal: 'asc' | 'desc') => sql.raw(order ?? normal);
  const last = [sql`f.reference`, sql`f.vulnerability`, sql`f.package`];
  const worst = sql`f.tier_rank desc`;
  switch (sort) {
    case 'urgency':
      return [sql`${urgency(now)} ${direction('asc')}`, sql`f.due_at nulls last`, worst, ...last];
    case 'severity':
      return [sql`f.tier_rank ${direction('desc')}`, ...last];
    case 'package':
      return [sql`f.package ${direction('asc')}`, worst, ...last];
    case 'vulnerability':
      return [sql`f.vulnerability ${direction('asc')}`, ...last];
    case 'detected':
      return [sql`f.first_detected_at ${direction('desc')}`, worst, ...last];
    case 'resolved':
      return [sql`f.resolved_at ${direction('desc')} nulls last`, worst, ...last];
  }
}
