import type { Digest } from '../../core/digest.ts';
import { isSutureError } from '../../core/errors/error.ts';
import { compareSeverity } from '../../core/severity.ts';
import type { Fleet, Policy } from '../../fleet/config/fleet.ts';
import { mayContain } from '../../fleet/config/membership.ts';
import { type FleetFinding, fleetFinding } from '../../fleet/run/scan.ts';
import { decisionOf, type FleetTarget, makeTargets } from '../../fleet/run/target.ts';
import { findingsOf, recordFindings } from '../../fleet/store/findings.ts';
import { storedInventories } from '../../fleet/store/inventories.ts';
import { type ImageResult, knownImages } from '../../fleet/store/results.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { DatabaseChanges } from '../../knowledge/scan/changes.ts';
import { FleetEvaluator } from '../../knowledge/scan/re-evaluate.ts';
import type { VulnerabilityDatabase } from '../../knowledge/trivy-db/database.ts';
import type { ScannedImage } from '../../packages/inventory/types.ts';

export interface AppliedDatabase {
  /** Images that were compared with another database before. */
  readonly images: number;
  /** Of them, those that the new one says something else about, compared anew. */
  readonly touched: readonly string[];
  /** References for which a run may now do something. */
  readonly toRun: readonly string[];
}

export interface DatabaseAtHand {
  readonly database: VulnerabilityDatabase;
  /** Path of a database that is still kept; undefined when it is not. */
  pathOf(digest: Digest): Promise<{ readonly path: string; readonly updatedAt: string } | undefined>;
}

interface Candidate {
  readonly target: FleetTarget;
  readonly result: ImageResult;
  readonly before: Digest | undefined;
}

/**
 * Brings what is known of the fleet up to a new vulnerability database from inventories that were kept: nothing is pulled. Only
 * images that have a package about which the database says something else are compared anew; for the rest it is noted that
 * the new one says the same.
 * @throws SutureError DATABASE_INVALID
 */
export async function applyDatabase(
  store: FleetStore,
  fleet: Fleet,
  toolVersion: string,
  { database, pathOf }: DatabaseAtHand,
): Promise<AppliedDatabase> {
  const { digest } = database.identity;
  const candidates = await behind(store, fleet, digest);
  const touched: string[] = [];
  const toRun: string[] = [];
  const now = store.clock.now();
  // One for all: images share most of their packages, and so their findings.
  const evaluator = new FleetEvaluator(database, now);
  for (const [before, group] of byDatabase(candidates)) {
    const kept = before === undefined ? undefined : await pathOf(before);
    const changes =
      before === undefined || kept === undefined
        ? undefined
        : new DatabaseChanges(kept.path, { digest: before, updatedAt: kept.updatedAt }, database, now);
    try {
      for (const candidate of group) {
        const images = await inventoriesOf(store, candidate.target.reference);
        if (images.before.length === 0) {
          toRun.push(candidate.target.reference);
          continue;
        }
        if (changes !== undefined && !isTouched(changes, [...images.before, ...images.after])) {
          await noteDatabase(store, candidate, toolVersion, digest);
          continue;
        }
        touched.push(candidate.target.reference);
        if (await compareAnew(store, evaluator, candidate, images)) toRun.push(candidate.target.reference);
        else await noteDatabase(store, candidate, toolVersion, digest);
      }
    } finally {
      changes?.close();
    }
  }
  if (candidates.length > 0)
    await store.record(
      {
        kind: 'findings-re-evaluated',
        subject: digest,
        data: { images: candidates.length, touched: touched.length, toRun: toRun.length },
      },
      async () => {},
    );
  return { images: candidates.length, touched, toRun };
}

/** Images of the fleet whose last result was compared with another database, or with none. */
async function behind(store: FleetStore, fleet: Fleet, digest: Digest): Promise<readonly Candidate[]> {
  const rows = await store.database.selectFrom('images').select('reference').orderBy('reference').execute();
  const found = rows.flatMap(({ reference }) => {
    const set = fleet.sets.find((candidate) => mayContain(candidate, reference));
    return set === undefined ? [] : [{ reference, set }];
  });
  const known = await knownImages(
    store,
    found.map(({ reference }) => reference),
  );
  return makeTargets(found).targets.flatMap((target) => {
    const result = known.get(target.reference)?.result;
    // What failed or was refused is tried again by the next run anyway.
    if (result === undefined || result.outcome === 'failed' || result.outcome === 'refused') return [];
    const before = result.detail.database;
    return before === digest ? [] : [{ target, result, before }];
  });
}

function byDatabase(candidates: readonly Candidate[]): ReadonlyMap<Digest | undefined, readonly Candidate[]> {
  const groups = new Map<Digest | undefined, Candidate[]>();
  for (const candidate of candidates)
    groups.set(candidate.before, [...(groups.get(candidate.before) ?? []), candidate]);
  return groups;
}

type Inventories = Readonly<Record<'before' | 'after', readonly ScannedImage[]>>;

async function inventoriesOf(store: FleetStore, reference: string): Promise<Inventories> {
  const images = { before: [] as ScannedImage[], after: [] as ScannedImage[] };
  for await (const { role, image } of storedInventories(store, [reference])) images[role].push(image);
  return images;
}

function isTouched(changes: DatabaseChanges, images: readonly ScannedImage[]): boolean {
  try {
    return images.some((image) => changes.touches(image));
  } catch (error) {
    if (isSutureError(error, 'SCAN_FAILED')) return true;
    throw error;
  }
}

/** Compares an image with the new database. @returns whether a run may now do something about it */
async function compareAnew(
  store: FleetStore,
  evaluator: FleetEvaluator,
  { target, result }: Candidate,
  inventories: Inventories,
): Promise<boolean> {
  const { reference, policy } = target;
  const before = evaluate(evaluator, inventories.before);
  const after = evaluate(evaluator, inventories.after);
  // A run says what is unknown, and refuses what the policy refuses.
  if (before === undefined || after === undefined) return true;
  const known = await findingsOf(store, [reference]);
  const open = new Set(
    known.filter((row) => row.resolved_at === null).map((row) => `${row.vulnerability} ${row.package}`),
  );
  const blocked = new Map(known.flatMap((row) => (row.blocked_by === null ? [] : [[row.package, row.blocked_by]])));
  const fixOf = ({ package: name }: FleetFinding) => {
    const blockedBy = blocked.get(name);
    return blockedBy === undefined ? {} : { blockedBy };
  };
  await recordFindings(store, reference, before, after, fixOf, { levels: policy.sla });
  if (policy.endOfLife === 'refuse') return true;
  const pending = new Set(result.detail.pending.map(({ name }) => name));
  return after.some(
    (finding) =>
      isWanted(finding, policy) &&
      !pending.has(finding.package) &&
      !open.has(`${finding.vulnerability} ${finding.package}`),
  );
}

function isWanted({ severity, fixedVersion }: FleetFinding, policy: Policy): boolean {
  if (fixedVersion === undefined) return false;
  return policy.severity === undefined || compareSeverity(severity, policy.severity) >= 0;
}

/** Undefined when something about one of the images is not known. */
function evaluate(evaluator: FleetEvaluator, images: readonly ScannedImage[]): readonly FleetFinding[] | undefined {
  const findings = new Map<string, FleetFinding>();
  try {
    for (const image of images) {
      const evaluation = evaluator.evaluate(image);
      if (evaluation.unknowns.some(({ scope }) => scope === 'image')) return undefined;
      for (const found of evaluation.findings.map(fleetFinding))
        findings.set(`${found.vulnerability} ${found.package}`, found);
    }
  } catch (error) {
    // Where Trivy fails the scan too.
    if (isSutureError(error, 'SCAN_FAILED')) return undefined;
    throw error;
  }
  return [...findings.values()];
}

/** The result of the image holds for the new database as well, so that the next run finds nothing changed. */
async function noteDatabase(
  store: FleetStore,
  { target, result, before }: Candidate,
  toolVersion: string,
  digest: Digest,
): Promise<void> {
  if (result.decision !== decisionOf(target, toolVersion, before)) return;
  const detail = JSON.stringify({ ...result.detail, database: digest });
  await store.database
    .updateTable('results')
    .set({ detail, decision: decisionOf(target, toolVersion, digest) })
    .where('id', '=', (query) =>
      query
        .selectFrom('images')
        .select('result_id')
        .where('reference', '=', target.reference)
        .$castTo<{ result_id: string }>(),
    )
    .execute();
}
