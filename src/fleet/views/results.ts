import { sql } from 'kysely';
import type { Digest } from '../../core/digest.ts';
import type { LayerRecord, Outcome, ResultDetail } from '../store/results.ts';
import type { ResultRow } from '../store/schema.ts';
import type { FleetStore } from '../store/store.ts';
import { type PageRequest, pageOf, placeOf } from './page.ts';

/** A result as the API shows it. */
export function resultView(row: ResultRow) {
  const detail = detailOf(row);
  return {
    run: row.run_id,
    finishedAt: row.finished_at,
    outcome: row.outcome as Outcome,
    ...(row.digest === null ? {} : { digest: row.digest as Digest }),
    ...(row.published_reference === null ? {} : { publishedReference: row.published_reference }),
    ...(row.published_digest === null ? {} : { publishedDigest: row.published_digest as Digest }),
    ...(row.base_digest === null ? {} : { baseDigest: row.base_digest as Digest }),
    ...(row.plan_digest === null ? {} : { planDigest: row.plan_digest as Digest }),
    changed: detail.changed,
    fixed: row.fixed,
    pending: detail.pending.length,
    ...(detail.error === undefined ? {} : { error: detail.error }),
    notes: [...detail.notes],
  };
}

/** Written by `recordResult`. */
export function detailOf({ detail }: Pick<ResultRow, 'detail'>): ResultDetail {
  return JSON.parse(detail) as ResultDetail;
}

/** Results of an image, newest first. */
export async function imageHistory(store: FleetStore, query: PageRequest & { readonly reference: string }) {
  const rows = await store.database
    .selectFrom('results')
    .selectAll()
    .where('reference', '=', query.reference)
    .orderBy('finished_at', 'desc')
    .orderBy('id')
    .limit(query.limit + 1)
    .offset(placeOf(query))
    .execute();
  return pageOf(rows, query, resultView);
}

/** What the plan of a result changed, in its order. */
export async function stepsOf(store: FleetStore, resultId: string) {
  const rows = await store.database
    .selectFrom('result_steps')
    .selectAll()
    .where('result_id', '=', resultId)
    .orderBy('position')
    .execute();
  return rows.map((row) => ({
    ...(row.platform === null ? {} : { platform: row.platform }),
    package: row.package,
    architecture: row.architecture,
    action: row.action === 'install' ? ('install' as const) : ('upgrade' as const),
    ...(row.from_version === null ? {} : { from: row.from_version }),
    to: row.to_version,
    source: row.source,
    repository: row.repository,
    size: Number(row.size),
    reason: row.reason,
    vulnerabilities: JSON.parse(row.vulnerabilities) as string[],
  }));
}

/** Packages that should change but did not, with the findings that stay for it. */
export async function pendingOf(store: FleetStore, reference: string, { pending }: ResultDetail) {
  const blocked = await store.database
    .selectFrom('findings')
    .select(['package', 'vulnerability'])
    .where('reference', '=', reference)
    .where('resolved_at', 'is', null)
    .where('started_at', 'is not', null)
    .orderBy('vulnerability')
    .execute();
  return pending.map(({ name, from, to, reason, detail }) => ({
    package: name,
    ...(from === '' ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    reason,
    detail,
    vulnerabilities: blocked.filter((row) => row.package === name).map(({ vulnerability }) => vulnerability),
  }));
}

/** Written by `recordResult`. */
export function layersOf({ layers }: Pick<ResultRow, 'layers'>): LayerRecord[] {
  return layers === null ? [] : (JSON.parse(layers) as LayerRecord[]);
}

/** Other images whose last result is a patch of the same base. */
export async function countSameBase(store: FleetStore, { reference, base_digest: base }: ResultRow): Promise<number> {
  if (base === null) return 0;
  const { rows } = await sql<{ images: unknown }>`select count(*) as images from images
    join results on results.id = images.result_id
    where results.base_digest = ${base} and images.left_at is null and images.reference <> ${reference}`.execute(
    store.database,
  );
  return Number(rows[0]?.images ?? 0);
}
