import type { Transaction } from 'kysely';
import type { Digest } from '../../core/digest.ts';
import type { RepositoryInfo } from '../../packages/family.ts';
import type { ImageRow, ResultRow, Tables } from './schema.ts';
import type { FleetStore } from './store.ts';

/**
 * What became of an image: `patched`: published; `clean`: nothing can be fixed, it is approved as it is; `partial`: published,
 * but something stays pending; `pending`: nothing could be done about what is pending; `refused`: by policy, it cannot or must
 * not be judged; `failed`: it went wrong and may go right next time.
 */
export const OUTCOMES = ['patched', 'clean', 'partial', 'pending', 'refused', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type RepositoryState = Pick<RepositoryInfo, 'id' | 'digest' | 'date'>;

export interface PendingPackage {
  readonly name: string;
  readonly from: string;
  readonly to?: string;
  readonly reason: string;
  readonly detail: string;
}

export interface ResultDetail {
  readonly changed: number;
  readonly pending: readonly PendingPackage[];
  /** Repositories that could not be used. */
  readonly unusable: readonly string[];
  readonly notes: readonly string[];
  /** Vulnerability database that the image was compared with. */
  readonly database?: Digest;
  readonly error?: { readonly code: string; readonly message: string; readonly retryable: boolean };
}

export interface ImageResult {
  readonly reference: string;
  readonly outcome: Outcome;
  /** What the reference named. Undefined when not even that could be found. */
  readonly digest?: Digest;
  readonly decision?: Digest;
  readonly publishedReference?: string;
  /** What may run: of the published image, or of the image itself when it is clean. */
  readonly publishedDigest?: Digest;
  readonly planDigest?: Digest;
  readonly repositories: readonly RepositoryState[];
  readonly detail: ResultDetail;
}

export interface ImageOwner {
  readonly team?: string;
  readonly owner?: string;
}

/** The last result of an image as it stands in the store. */
export interface KnownImage {
  readonly image: ImageRow;
  readonly result: ImageResult | undefined;
}

/** Records a result, the image's new state and the event in one transaction. */
export async function recordResult(
  store: FleetStore,
  runId: string,
  result: ImageResult,
  owner: ImageOwner = {},
): Promise<void> {
  const { reference, outcome, digest, publishedReference, publishedDigest, planDigest, detail } = result;
  const event = {
    kind: 'image-result' as const,
    subject: reference,
    data: { run: runId, outcome, digest, publishedReference, publishedDigest, planDigest, error: detail.error },
  };
  await store.record(event, (transaction) => writeResult(transaction, store.now(), runId, result, owner));
}

/** The rows of a result, inside a transaction of the caller's. */
export async function writeResult(
  transaction: Transaction<Tables>,
  now: string,
  runId: string,
  result: ImageResult,
  { team, owner }: ImageOwner,
): Promise<void> {
  // The ledger's own number would do as well; this one says what it is.
  const id = `${runId} ${result.reference}`;
  const row = resultRow(id, runId, now, result);
  await transaction
    .insertInto('results')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
  const image = { team: team ?? null, owner: owner ?? null, result_id: id, last_checked_at: now };
  const known = result.digest === undefined ? {} : { digest: result.digest };
  await transaction
    .insertInto('images')
    .values({ reference: result.reference, base_layer: null, digest: result.digest ?? null, ...image })
    .onConflict((conflict) => conflict.column('reference').doUpdateSet({ ...image, ...known }))
    .execute();
}

function resultRow(id: string, runId: string, now: string, result: ImageResult): ResultRow {
  return {
    id,
    run_id: runId,
    reference: result.reference,
    outcome: result.outcome,
    digest: result.digest ?? null,
    decision: result.decision ?? null,
    published_reference: result.publishedReference ?? null,
    published_digest: result.publishedDigest ?? null,
    plan_digest: result.planDigest ?? null,
    repositories: JSON.stringify(result.repositories),
    detail: JSON.stringify(result.detail),
    finished_at: now,
  };
}

/** What the store knows of these references; those it has never seen are missing. */
export async function knownImages(
  store: FleetStore,
  references: readonly string[],
): Promise<ReadonlyMap<string, KnownImage>> {
  const known = new Map<string, KnownImage>();
  for (let at = 0; at < references.length; at += BATCH) {
    const batch = references.slice(at, at + BATCH);
    const images = await store.database.selectFrom('images').selectAll().where('reference', 'in', batch).execute();
    const ids = images.flatMap(({ result_id: id }) => (id === null ? [] : [id]));
    const results =
      ids.length === 0 ? [] : await store.database.selectFrom('results').selectAll().where('id', 'in', ids).execute();
    const byId = new Map(results.map((row) => [row.id, row]));
    for (const image of images) {
      const row = image.result_id === null ? undefined : byId.get(image.result_id);
      known.set(image.reference, { image, result: row && readResult(row) });
    }
  }
  return known;
}

/** Parameters of one statement; SQLite takes at most 32766. */
const BATCH = 500;

/** Rows were written by `resultRow`; what only looks like a digest does no harm, as every use compares it. */
export function readResult(row: ResultRow): ImageResult {
  return {
    reference: row.reference,
    outcome: row.outcome as Outcome,
    ...(row.digest === null ? {} : { digest: row.digest as Digest }),
    ...(row.decision === null ? {} : { decision: row.decision as Digest }),
    ...(row.published_reference === null ? {} : { publishedReference: row.published_reference }),
    ...(row.published_digest === null ? {} : { publishedDigest: row.published_digest as Digest }),
    ...(row.plan_digest === null ? {} : { planDigest: row.plan_digest as Digest }),
    repositories: JSON.parse(row.repositories) as readonly RepositoryState[],
    detail: JSON.parse(row.detail) as ResultDetail,
  };
}

/** Remembers that an image was looked at and nothing had changed. */
export async function markChecked(store: FleetStore, reference: string): Promise<void> {
  await store.database
    .updateTable('images')
    .set({ last_checked_at: store.now() })
    .where('reference', '=', reference)
    .execute();
}

/** Lowest layers by the digest that they were found in: images never change, so neither does this. */
export async function rememberBaseLayer(
  store: FleetStore,
  reference: string,
  digest: Digest,
  baseLayer: string,
): Promise<void> {
  const now = store.now();
  await store.database
    .insertInto('images')
    .values({
      reference,
      digest,
      base_layer: baseLayer,
      team: null,
      owner: null,
      result_id: null,
      last_checked_at: now,
    })
    .onConflict((conflict) => conflict.column('reference').doUpdateSet({ digest, base_layer: baseLayer }))
    .execute();
}
