import { type RawBuilder, sql } from 'kysely';
import type { Digest } from '../../core/digest.ts';
import { noTiers, type Tier, tierRank } from '../sla.ts';
import type { Outcome } from '../store/results.ts';
import type { FleetStore } from '../store/store.ts';
import { all, type Condition, contains, isInState, isTicking, numberOf } from './conditions.ts';
import { noStates, type Standing, standings } from './standings.ts';

export interface ImageFilter {
  readonly q?: string;
  /** Empty: images without one. */
  readonly team?: string;
  readonly outcome?: Outcome | 'unchecked';
  readonly compliance?: Compliance;
  /** With an open finding in this state. */
  readonly state?: string;
  /** With an open finding of this tier or worse. */
  readonly severity?: Tier;
  readonly vulnerability?: string;
  readonly package?: string;
}

/** `unknown` is never the same as clean: it was not compared with a database, or could not be worked on. */
export type Compliance = 'compliant' | 'late' | 'unknown';

export interface ImageListRow {
  readonly reference: string;
  readonly team: string | null;
  readonly owner: string | null;
  readonly image_set: string | null;
  readonly digest: string | null;
  readonly last_checked_at: string;
  readonly outcome: string | null;
  readonly published_reference: string | null;
  readonly published_digest: string | null;
  readonly finished_at: string | null;
  readonly compliance: Compliance;
}

export type ImageSort = 'risk' | 'reference' | 'team' | 'outcome' | 'due' | 'findings' | 'checked';

/** Images that a configuration names; those that it names no more are not of the fleet. */
export const PRESENT: Condition = sql<boolean>`images.left_at is null`;

/** Late findings of each image, and what is due next. */
function clocks(now: string): RawBuilder<unknown> {
  return sql`(select f.reference, sum(case when f.due_at < ${now} then 1 else 0 end) as late, min(f.due_at) as due_at
    from findings as f where ${isTicking('f', now)} group by f.reference)`;
}

/** `images`, the last result as `results`, clocks as `clocks`. */
export function imageTables(now: string): RawBuilder<unknown> {
  return sql`images left join results on results.id = images.result_id
    left join ${clocks(now)} as clocks on clocks.reference = images.reference`;
}

export const COMPLIANCE: RawBuilder<Compliance> = sql<Compliance>`case
  when coalesce(clocks.late, 0) > 0 then 'late'
  when images.compared_at is null or results.outcome is null or results.outcome in ('failed', 'refused') then 'unknown'
  else 'compliant' end`;

export function imageConditions(filter: ImageFilter, now: string): Condition[] {
  const conditions: Condition[] = [PRESENT];
  const { q, team, outcome, compliance, state, severity, vulnerability, package: name } = filter;
  if (q !== undefined && q !== '') {
    const columns = ['images.reference', 'images.digest', 'images.team', 'results.published_reference'];
    const digest = sql`results.published_digest`;
    const found = [...columns.map((column) => contains(sql.ref(column), q)), contains(digest, q)];
    conditions.push(sql<boolean>`(${sql.join(found, sql` or `)})`);
  }
  if (team !== undefined) conditions.push(sql<boolean>`coalesce(images.team, '') = ${team}`);
  if (outcome === 'unchecked') conditions.push(sql<boolean>`results.outcome is null`);
  else if (outcome !== undefined) conditions.push(sql<boolean>`results.outcome = ${outcome}`);
  if (compliance !== undefined) conditions.push(sql<boolean>`${COMPLIANCE} = ${compliance}`);
  if (state !== undefined) conditions.push(withState(state, now));
  if (severity !== undefined)
    conditions.push(
      sql<boolean>`images.reference in (select reference from finding_counts where tier_rank >= ${tierRank(severity)})`,
    );
  if (vulnerability !== undefined && vulnerability !== '')
    conditions.push(
      sql<boolean>`images.reference in (select reference from findings where vulnerability = ${vulnerability} and resolved_at is null)`,
    );
  if (name !== undefined && name !== '')
    conditions.push(
      sql<boolean>`images.reference in (select reference from findings where package = ${name} and resolved_at is null)`,
    );
  return conditions;
}

/** Those that a clock runs for or that are waived have an index; of the others the counts name the images to look at. */
function withState(state: string, now: string): Condition {
  if (state === 'late' || state === 'due' || state === 'waived')
    return sql<boolean>`images.reference in (select f.reference from findings as f where ${isInState('f', state, now)})`;
  return sql<boolean>`(images.reference in (select reference from finding_counts where standing = ${state})
    and exists (select 1 from findings as f where f.reference = images.reference and ${isInState('f', state, now)}))`;
}

/** Images that a filter lets through, in order. */
export async function imageRows(
  store: FleetStore,
  filter: ImageFilter,
  { sort, order, limit, offset }: { sort: ImageSort; order?: 'asc' | 'desc'; limit: number; offset: number },
): Promise<readonly ImageListRow[]> {
  const now = store.now();
  const { rows } = await sql<ImageListRow>`
    select images.reference, images.team, images.owner, images.image_set, images.digest, images.last_checked_at,
      results.outcome, results.published_reference, results.published_digest, results.finished_at,
      ${COMPLIANCE} as compliance
    from ${imageTables(now)} where ${all(imageConditions(filter, now))}
    order by ${sql.join(orderOf(sort, order))} limit ${limit} offset ${offset}`.execute(store.database);
  return rows;
}

export async function countImages(store: FleetStore, filter: ImageFilter): Promise<number> {
  const now = store.now();
  const { rows } = await sql<{ total: unknown }>`select count(*) as total
    from ${imageTables(now)} where ${all(imageConditions(filter, now))}`.execute(store.database);
  return numberOf(rows[0]?.total);
}

/** Worst first, where nothing else is asked for. */
const OUTCOME_ORDER = sql`case results.outcome when 'failed' then 0 when 'refused' then 1 when 'pending' then 2
  when 'partial' then 3 when 'patched' then 4 when 'clean' then 5 else 6 end`;
const OPEN = sql`(select coalesce(sum(findings), 0) from finding_counts where finding_counts.reference = images.reference)`;
/** Something exploited outweighs any number of others. */
const WORST = sql`(select coalesce(max(tier_rank), -1) from finding_counts where finding_counts.reference = images.reference
  and standing in ('clock', 'unmeasured'))`;

function orderOf(sort: ImageSort, order: 'asc' | 'desc' | undefined): RawBuilder<unknown>[] {
  const by = (column: RawBuilder<unknown>, normal: 'asc' | 'desc') => sql`${column} ${sql.raw(order ?? normal)}`;
  const last = sql`images.reference`;
  switch (sort) {
    case 'risk':
      return [
        by(sql`coalesce(clocks.late, 0)`, 'desc'),
        sql`clocks.due_at nulls last`,
        by(WORST, 'desc'),
        OUTCOME_ORDER,
        last,
      ];
    case 'reference':
      return [by(last, 'asc')];
    case 'team':
      return [by(sql`coalesce(images.team, '')`, 'asc'), last];
    case 'outcome':
      return [by(OUTCOME_ORDER, 'asc'), last];
    case 'due':
      return [sql`clocks.due_at ${sql.raw(order ?? 'asc')} nulls last`, last];
    case 'findings':
      return [by(OPEN, 'desc'), last];
    case 'checked':
      return [by(sql`images.last_checked_at`, 'desc'), last];
  }
}

/** Rows with what is open in each, as the API shows them. */
export async function summaries(store: FleetStore, rows: readonly ImageListRow[]) {
  const references = rows.map(({ reference }) => reference);
  const byImage =
    references.length === 0
      ? new Map<string, Standing>()
      : await standings(store, 'image', [sql<boolean>`images.reference in (${sql.join(references)})`]);
  return rows.map((row) => summaryOf(row, byImage.get(row.reference)));
}

export type ImageSummaryView = ReturnType<typeof summaryOf>;

function summaryOf(row: ImageListRow, open: Standing | undefined) {
  const next = [...(open?.nextDueAt.values() ?? [])].sort()[0];
  return {
    reference: row.reference,
    ...(row.team === null ? {} : { team: row.team }),
    ...(row.owner === null ? {} : { owner: row.owner }),
    ...(row.image_set === null ? {} : { set: row.image_set }),
    ...(row.outcome === null ? {} : { outcome: row.outcome as Outcome }),
    compliance: row.compliance,
    ...(row.digest === null ? {} : { digest: row.digest as Digest }),
    ...(row.published_reference === null ? {} : { publishedReference: row.published_reference }),
    ...(row.published_digest === null ? {} : { publishedDigest: row.published_digest as Digest }),
    states: open?.states ?? noStates(),
    tiers: open?.tiers ?? noTiers(),
    ...(open?.worst === undefined ? {} : { worst: open.worst }),
    ...(next === undefined ? {} : { nextDueAt: next }),
    lastCheckedAt: row.last_checked_at,
    ...(row.finished_at === null ? {} : { lastResultAt: row.finished_at }),
  };
}
