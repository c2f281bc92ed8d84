import type { Transaction } from 'kysely';
import type { Digest } from '../../core/digest.ts';
import type { RepositoryInfo } from '../../packages/family.ts';
import type { TierCounts } from '../sla.ts';
import type { ResultStepRow } from './fleet-tables.ts';
import type { ImageRow, ResultRow, Tables } from './schema.ts';
import type { FleetStore } from './store.ts';
import { rememberPackages } from './write-findings.ts';

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
  /** The system gets no more advisories. */
  readonly endOfLife?: boolean;
  readonly error?: { readonly code: string; readonly message: string; readonly retryable: boolean };
  readonly os?: { readonly family: string; readonly name: string };
  /** `linux/amd64`, of each image that was planned. */
  readonly platforms?: readonly string[];
  /** Findings by tier as the image was found, and those that stay. */
  readonly findings?: { readonly before: TierCounts; readonly after: TierCounts };
}

/** A package that a plan changed. */
export interface StepRecord {
  /** Only of an image index. */
  readonly platform?: string;
  readonly package: string;
  readonly architecture: string;
  readonly action: 'upgrade' | 'install';
  readonly from?: string;
  readonly to: string;
  /** Source package. */
  readonly source: string;
  readonly repository: string;
  /** Bytes of the package file. */
  readonly size: number;
  readonly reason: string;
  /** Ids that the change fixes. */
  readonly vulnerabilities: readonly string[];
}

/** A layer of what may run. */
export interface LayerRecord {
  readonly platform?: string;
  readonly digest?: Digest;
  readonly diffId: Digest;
  /** Bytes, compressed. */
  readonly size?: number;
  readonly createdBy?: string;
  /** ISO 8601. */
  readonly createdAt?: string;
  /** The one that the patch added. */
  readonly ours: boolean;
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
  /** Of the image that the patch began from; of several images of an index there is none. */
  readonly baseDigest?: Digest;
  readonly baseReference?: string;
  /** Vulnerabilities that are gone, where findings are known. */
  readonly fixed?: number;
  /** In the order in which they were applied. Read by the views of one image, not with every result. */
  readonly steps?: readonly StepRecord[];
  /** The lowest first. Read as `steps` are. */
  readonly layers?: readonly LayerRecord[];
}

/** Where an image belongs. */
export interface ImageOwner {
  readonly team?: string;
  readonly owner?: string;
  /** Image set of the configuration. */
  readonly set?: string;
  /** The configuration. */
  readonly source?: string;
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
  { team, owner, set, source }: ImageOwner,
): Promise<void> {
  // The ledger's own number would do as well; this one says what it is.
  const id = `${runId} ${result.reference}`;
  const row = resultRow(id, runId, now, result);
  await transaction
    .insertInto('results')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
  await writePlan(transaction, id, result);
  const image = {
    team: team ?? null,
    owner: owner ?? null,
    image_set: set ?? null,
    source: source ?? null,
    left_at: null,
    result_id: id,
    last_checked_at: now,
  };
  const known = result.digest === undefined ? {} : { digest: result.digest };
  await transaction
    .insertInto('images')
    .values({ reference: result.reference, digest: result.digest ?? null, ...image })
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
    base_digest: result.baseDigest ?? null,
    base_reference: result.baseReference ?? null,
    layers: result.layers === undefined ? null : JSON.stringify(result.layers),
    fixed: result.fixed ?? 0,
  };
}

async function writePlan(transaction: Transaction<Tables>, id: string, result: ImageResult): Promise<void> {
  const { reference, steps = [], repositories } = result;
  await transaction.deleteFrom('result_steps').where('result_id', '=', id).execute();
  const rows = steps.map((step, position) => stepRow(id, position, step));
  for (let at = 0; at < rows.length; at += BATCH)
    await transaction
      .insertInto('result_steps')
      .values(rows.slice(at, at + BATCH))
      .execute();
  await rememberPackages(
    transaction,
    steps.map((step) => step.package),
  );
  // Nothing is said of them by a result without any: one that failed, one that had nothing at or above the threshold.
  if (repositories.length === 0) return;
  await transaction.deleteFrom('image_repositories').where('reference', '=', reference).execute();
  await transaction
    .insertInto('image_repositories')
    .values(repositories.map(({ id: repository, digest, date }) => ({ reference, repository, digest, date })))
    .execute();
}

function stepRow(id: string, position: number, step: StepRecord): ResultStepRow {
  return {
    result_id: id,
    position,
    platform: step.platform ?? null,
    package: step.package,
    architecture: step.architecture,
    action: step.action,
    from_version: step.from ?? null,
    to_version: step.to,
    source: step.source,
    repository: step.repository,
    size: step.size,
    reason: step.reason,
    vulnerabilities: JSON.stringify(step.vulnerabilities),
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
    ...(row.base_digest === null ? {} : { baseDigest: row.base_digest as Digest }),
    ...(row.base_reference === null ? {} : { baseReference: row.base_reference }),
    ...(row.fixed === 0 ? {} : { fixed: row.fixed }),
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
    .values({ reference, digest, base_layer: baseLayer, last_checked_at: now })
    .onConflict((conflict) => conflict.column('reference').doUpdateSet({ digest, base_layer: baseLayer }))
    .execute();
}
