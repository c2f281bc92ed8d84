import { sql } from 'kysely';
import type { Digest } from '../../core/digest.ts';
import type { TierCounts } from '../sla.ts';
import type { LayerRecord } from '../store/results.ts';
import type { ResultRow } from '../store/schema.ts';
import type { FleetStore } from '../store/store.ts';
import { listFindings } from './findings.ts';
import { COMPLIANCE, type ImageListRow, imageTables, summaries } from './image-rows.ts';
import { countSameBase, detailOf, imageHistory, layersOf, pendingOf, resultView, stepsOf } from './results.ts';

/** Findings that the page of an image begins with. */
const FINDINGS = 100;
const RESULTS = 20;

/** Everything that is known of one image; undefined when the store has never seen it. */
export async function imageView(store: FleetStore, reference: string) {
  const { rows } = await sql<ImageListRow & { result_id: string | null }>`
    select images.*, results.outcome, results.published_reference, results.published_digest, results.finished_at,
      ${COMPLIANCE} as compliance
    from ${imageTables(store.now())} where images.reference = ${reference}`.execute(store.database);
  const [row] = rows;
  if (row === undefined) return undefined;
  const [summary] = await summaries(store, [row]);
  if (summary === undefined) return undefined;
  const last = row.result_id === null ? undefined : await resultRow(store, row.result_id);
  const history = await imageHistory(store, { reference, limit: RESULTS });
  const page = { reference, limit: FINDINGS };
  return {
    ...summary,
    ...(await ofLastResult(store, reference, last)),
    findings: await listFindings(store, { ...page, show: 'open', sort: 'urgency' }),
    resolved: await listFindings(store, { ...page, show: 'resolved', sort: 'resolved' }),
    repositories: await repositoriesOf(store, reference),
    lineage: { ...(await baseOf(store, last)), results: history.items },
  };
}

export type ImageView = NonNullable<Awaited<ReturnType<typeof imageView>>>;

async function resultRow(store: FleetStore, id: string): Promise<ResultRow | undefined> {
  return store.database.selectFrom('results').selectAll().where('id', '=', id).executeTakeFirst();
}

interface LastResult {
  readonly os?: { readonly family: string; readonly name: string };
  readonly platforms: string[];
  readonly database?: Digest;
  readonly before?: TierCounts;
  readonly after?: TierCounts;
  readonly result?: ReturnType<typeof resultView>;
  readonly plan: {
    readonly steps: Awaited<ReturnType<typeof stepsOf>>;
    readonly pending: Awaited<ReturnType<typeof pendingOf>>;
    readonly unusable: string[];
  };
  readonly layers: LayerRecord[];
}

async function ofLastResult(store: FleetStore, reference: string, last: ResultRow | undefined): Promise<LastResult> {
  if (last === undefined) return { platforms: [], plan: { steps: [], pending: [], unusable: [] }, layers: [] };
  const detail = detailOf(last);
  return {
    ...(detail.os === undefined ? {} : { os: detail.os }),
    platforms: [...(detail.platforms ?? [])],
    ...(detail.database === undefined ? {} : { database: detail.database }),
    ...(detail.findings === undefined ? {} : detail.findings),
    result: resultView(last),
    plan: {
      steps: await stepsOf(store, last.id),
      pending: await pendingOf(store, reference, detail),
      unusable: [...detail.unusable],
    },
    layers: layersOf(last),
  };
}

async function baseOf(store: FleetStore, last: ResultRow | undefined) {
  if (last === undefined || last.base_digest === null) return { sameBase: 0 };
  const { base_digest: digest, base_reference: reference } = last;
  return {
    base: { digest: digest as Digest, ...(reference === null ? {} : { reference }) },
    sameBase: await countSameBase(store, last),
  };
}

async function repositoriesOf(store: FleetStore, reference: string) {
  const rows = await store.database
    .selectFrom('image_repositories')
    .select(['repository', 'digest', 'date'])
    .where('reference', '=', reference)
    .orderBy('repository')
    .execute();
  return rows.map(({ repository: id, digest, date }) => ({ id, digest: digest as Digest, date }));
}
