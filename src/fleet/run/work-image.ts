import type { Digest } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { labelled } from '../../core/progress.ts';
import { compareSeverity } from '../../core/severity.ts';
import type { VulnerabilityDatabase } from '../../knowledge/trivy-db/database.ts';
import { requireFresh } from '../../knowledge/trivy-db/store/freshness.ts';
import type { ScannedImage } from '../../packages/inventory/types.ts';
import type { Workspace } from '../../patch/workspace.ts';
import type { Policy } from '../config/fleet.ts';
import type { FixState } from '../store/findings.ts';
import type { InventoryRole } from '../store/inventories.ts';
import type { ImageResult } from '../store/results.ts';
import { type Patching, resultOf } from './outcome.ts';
import { type PatchedTarget, type PatchLayers, patchOne, shareResult } from './patch-target.ts';
import { type FleetFinding, type ImageScan, scanImage } from './scan.ts';
import { TagChoice } from './tag-choice.ts';
import { decisionOf, type FleetTarget, pinned } from './target.ts';

export interface ImageFindings {
  readonly before: readonly FleetFinding[];
  readonly remaining: readonly FleetFinding[];
  readonly endOfLife: boolean;
  /** Of the image as it was found, and of what may run. */
  readonly inventories: Readonly<Record<InventoryRole, readonly ScannedImage[]>>;
  fixOf(finding: FleetFinding): FixState;
}

export interface WorkedImage {
  readonly result: ImageResult;
  /** Undefined where no vulnerability database is at hand. */
  readonly findings: ImageFindings | undefined;
  /** Whether a manifest was written; not when the tag named this very result already. */
  readonly pushed: boolean;
  readonly patchLayers: PatchLayers;
}

/** Scan → plan → patch → re-check → publish, for one image after the other; equal images are worked on once. */
export class ImageWorker {
  readonly #workspace: Workspace;
  readonly #database: VulnerabilityDatabase | undefined;
  readonly #dryRun: boolean;
  readonly #made = new Map<string, Promise<Made>>();
  readonly #tags: TagChoice;

  constructor(workspace: Workspace, database: VulnerabilityDatabase | undefined, dryRun: boolean) {
    this.#workspace = workspace;
    this.#database = database;
    this.#dryRun = dryRun;
    this.#tags = new TagChoice(workspace);
  }

  decision(target: FleetTarget): Digest {
    return decisionOf(target, this.#workspace.toolVersion, this.#database?.identity.digest);
  }

  /** @throws SutureError DATABASE_MISSING, DATABASE_STALE where the policy of the image needs a (newer) database */
  checkDatabase({ severity, maxDatabaseAge, endOfLife }: Policy): void {
    if (this.#database === undefined) {
      if (severity === undefined && maxDatabaseAge === undefined && endOfLife !== 'refuse') return;
      throw new SutureError('DATABASE_MISSING', 'the policy of the image needs a vulnerability database');
    }
    if (maxDatabaseAge !== undefined) requireFresh(this.#database.identity, maxDatabaseAge, this.#workspace.clock);
  }

  async work(target: FleetTarget, digest: Digest): Promise<WorkedImage> {
    const { scope, severity, endOfLife, platform } = target.policy;
    const key = JSON.stringify([digest, scope, severity, endOfLife, platform]);
    const known = this.#made.get(key);
    const making = known ?? this.#make(target, digest);
    this.#made.set(key, making);
    const made = await making;
    const { patching, findings } = made;
    if (patching === undefined) {
      const result = cleanByThreshold(this.#identity(target, digest), made);
      return { result, findings, pushed: false, patchLayers: { made: 0, shared: 0 } };
    }
    // The first of equal images was published where its own policy says.
    const isFirst = known === undefined;
    const published = isFirst ? patching.published : await shareResult(this.#workspace, target, patching, this.#tags);
    const { made: layersMade, shared } = patching.patchLayers;
    return {
      result: resultOf(this.#identity(target, digest), patching, published),
      findings,
      pushed: published?.outcome === 'written',
      patchLayers: isFirst ? patching.patchLayers : { made: 0, shared: layersMade + shared },
    };
  }

  #identity(target: FleetTarget, digest: Digest) {
    return { reference: target.reference, digest, decision: this.decision(target) };
  }

  async #make(target: FleetTarget, digest: Digest): Promise<Made> {
    const workspace = { ...this.#workspace, progress: labelled(this.#workspace.progress, target.reference) };
    const before = await this.#scan(workspace, pinned(target, digest), target.policy);
    if (before !== undefined) refuseByPolicy(target, before);
    const wanted = before && target.policy.severity && packagesAbove(before, target.policy.severity);
    if (before !== undefined && wanted !== undefined && wanted.length === 0)
      return { patching: undefined, findings: findingsOf(before, before, undefined) };
    const only = wanted === undefined ? {} : { onlyPackages: wanted };
    const patching = await patchOne(workspace, { target, digest, dryRun: this.#dryRun, ...only }, this.#tags);
    if (before === undefined) return { patching, findings: undefined };
    const after =
      patching.published === undefined
        ? before
        : await this.#scan(workspace, patching.published.reference, target.policy);
    return { patching, findings: findingsOf(before, after ?? before, patching) };
  }

  async #scan(workspace: Workspace, reference: string, { platform }: Policy): Promise<ImageScan | undefined> {
    if (this.#database === undefined) return undefined;
    return scanImage(workspace, this.#database, reference, platform);
  }
}

interface Made {
  /** Undefined when nothing at or above the threshold has a fix: nothing is planned then. */
  readonly patching: PatchedTarget | undefined;
  readonly findings: ImageFindings | undefined;
}

/** @throws SutureError OS_UNKNOWN where findings decide but nothing is known; END_OF_LIFE */
function refuseByPolicy({ reference, policy }: FleetTarget, { unknown, endOfLife }: ImageScan): void {
  const [why] = unknown;
  if (policy.severity !== undefined && why !== undefined)
    throw new SutureError('OS_UNKNOWN', `${reference}: no severity is known, which is not the same as clean: ${why}`);
  if (policy.endOfLife === 'refuse' && endOfLife)
    throw new SutureError('END_OF_LIFE', `the system of ${reference} gets no more security updates`);
}

/** Packages with a fix for something at least this severe; a threshold, not a set. */
function packagesAbove({ findings }: ImageScan, threshold: NonNullable<Policy['severity']>): string[] {
  const names = findings
    .filter(({ severity, fixedVersion }) => fixedVersion !== undefined && compareSeverity(severity, threshold) >= 0)
    .map((finding) => finding.package);
  return [...new Set(names)].sort();
}

function cleanByThreshold(
  identity: Pick<ImageResult, 'reference'> & { digest: Digest; decision: Digest },
  _: Made,
): ImageResult {
  return {
    ...identity,
    outcome: 'clean',
    publishedReference: identity.reference,
    publishedDigest: identity.digest,
    repositories: [],
    detail: { changed: 0, pending: [], unusable: [], notes: ['nothing at or above the threshold has a fix'] },
  };
}

/** Since when a fix could be had is the date of the index that offers it, which is our mirror's where there is one. */
function findingsOf(before: ImageScan, after: ImageScan, patching: Patching | undefined): ImageFindings {
  const available = new Map<string, string>();
  const blocked = new Map<string, string>();
  for (const plan of patching?.plans ?? []) {
    const dates = new Map(plan.repositories.map(({ id, date }) => [id, date]));
    for (const { name, file } of plan.steps) {
      const date = dates.get(file.repository);
      if (date !== undefined) available.set(name, date);
    }
    for (const { name, reason, detail } of plan.pending) blocked.set(name, `${reason}: ${detail}`);
  }
  return {
    before: before.findings,
    remaining: after.findings,
    endOfLife: after.endOfLife,
    inventories: { before: before.inventories, after: after.inventories },
    fixOf: ({ package: name }) => {
      const [availableAt, blockedBy] = [available.get(name), blocked.get(name)];
      return {
        ...(availableAt === undefined ? {} : { availableAt }),
        ...(blockedBy === undefined ? {} : { blockedBy }),
      };
    },
  };
}
