import { setMaxListeners } from 'node:events';
import type { Digest } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { openScanDatabase } from '../../knowledge/scan/open-database.ts';
import type { VulnerabilityDatabase } from '../../knowledge/trivy-db/database.ts';
import { openLocation } from '../../oci/location.ts';
import type { Workspace } from '../../patch/workspace.ts';
import type { Fleet } from '../config/fleet.ts';
import { recordFindings } from '../store/findings.ts';
import { recordInventories } from '../store/inventories.ts';
import { formatShard, lockRun, type Shard } from '../store/lock.ts';
import { pruneStore } from '../store/maintenance.ts';
import {
  type ImageResult,
  type KnownImage,
  knownImages,
  markChecked,
  recordResult,
  rememberBaseLayer,
} from '../store/results.ts';
import { finishRun, type RunNotes, startRun } from '../store/runs.ts';
import { recordSlaDay } from '../store/sla-days.ts';
import type { FleetStore } from '../store/store.ts';
import { alignStore, ownerOf, readExploited } from './align.ts';
import { discover } from './discover.ts';
import { asFailure, failureOf, isSettled, withFixed } from './outcome.ts';
import { digestOf } from './registry-digest.ts';
import { countOutcomes, type RunEntry, type RunReport, sumOfLayers } from './report.ts';
import { RepositoryStates } from './repository-state.ts';
import { scheduled } from './schedule.ts';
import { inScope, narrowed, type RunScope } from './scope.ts';
import { isOfShard, lowestLayer } from './shard.ts';
import { slaReport } from './sla-report.ts';
import { type FleetTarget, makeTargets, pinned } from './target.ts';
import { type ImageFindings, ImageWorker } from './work-image.ts';

export interface RunOptions {
  readonly shard: Shard;
  readonly dryRun: boolean;
  /** Of a run that was asked for beforehand. */
  readonly id?: string;
  readonly scope?: RunScope;
  readonly observer?: RunObserver;
}

/** Who wants to know how a run goes while it goes. */
export interface RunObserver {
  /** @param images that the run is about */
  started(images: number): void;
  finished(entry: RunEntry): void;
}

/** A target and what its reference names now, or why that is not known. */
type Resolved =
  | { readonly target: FleetTarget; readonly digest: Digest; readonly error: undefined }
  | { readonly target: FleetTarget; readonly digest: undefined; readonly error: SutureError };

/** What an image took. */
type Effort = Pick<RunEntry, 'pushed' | 'layersMade' | 'layersShared'>;

const NOTHING: Effort = { pushed: false, layersMade: 0, layersShared: 0 };

/** References resolved at once; requests to one host are bounded below as well. */
const RESOLVING = 16;

/**
 * One pass over a fleet: every image is patched, published and recorded, or the reason why not. What is recorded is never done
 * again while nothing changed, so a run that was stopped or killed goes on where it was.
 * @throws SutureError STORE_LOCKED; INTERRUPTED after the images in hand were given back
 */
export async function runFleet(
  workspace: Workspace,
  store: FleetStore,
  fleet: Fleet,
  options: RunOptions,
): Promise<RunReport> {
  // Every request under way listens to it, which with many images is no leak.
  setMaxListeners(0, workspace.signal);
  const lock = options.dryRun ? undefined : await lockRun(store, options.shard);
  const database = await openScanDatabase(workspace).catch((error: unknown) => {
    if (error instanceof SutureError && error.code === 'DATABASE_MISSING') return undefined;
    throw error;
  });
  try {
    const exploited = await readExploited(fleet);
    return await new FleetRun(workspace, store, { fleet, database, exploited }, options).pass();
  } finally {
    database?.close();
    await lock?.release();
  }
}

/** What a run works on, and what it knows. */
interface Subject {
  readonly fleet: Fleet;
  readonly database: VulnerabilityDatabase | undefined;
  /** Ids that are known to be exploited. */
  readonly exploited: ReadonlySet<string> | undefined;
}

class FleetRun {
  readonly #workspace: Workspace;
  readonly #store: FleetStore;
  readonly #options: RunOptions;
  readonly #worker: ImageWorker;
  readonly #states: RepositoryStates;
  readonly #fleet: Fleet;
  readonly #database: VulnerabilityDatabase | undefined;
  readonly #exploited: ReadonlySet<string> | undefined;
  readonly #entries: RunEntry[] = [];

  constructor(workspace: Workspace, store: FleetStore, { fleet, database, exploited }: Subject, options: RunOptions) {
    this.#fleet = fleet;
    this.#exploited = exploited;
    this.#workspace = workspace;
    this.#store = store;
    this.#options = options;
    this.#database = database;
    this.#worker = new ImageWorker(workspace, database, options.dryRun);
    this.#states = new RepositoryStates(workspace);
  }

  async pass(): Promise<RunReport> {
    const { shard, dryRun } = this.#options;
    const fleet = this.#fleet;
    const { found, failures, notes } = await discover(this.#workspace, narrowed(fleet, this.#options.scope));
    const made = inScope(makeTargets(found), this.#options.scope);
    const known = await knownImages(
      this.#store,
      made.targets.map(({ reference }) => reference),
    );
    const resolved = await this.#resolve(made.targets, known);
    const isWhole = this.#options.scope === undefined && failures.length === 0;
    if (!dryRun) await alignStore(this.#store, fleet, made.targets, { exploited: this.#exploited, isWhole });
    const run = dryRun ? undefined : await this.#start(resolved.length);
    this.#options.observer?.started(resolved.length);
    try {
      await scheduled(
        resolved,
        { total: fleet.concurrency.images, perGroup: fleet.concurrency.perRegistry },
        ({ target }) => target.parsed.host,
        (item) => this.#image(run, item, known.get(item.target.reference)),
      );
      this.#workspace.signal.throwIfAborted();
    } catch (error) {
      if (run !== undefined) await finishRun(this.#store, run, 'interrupted', countOutcomes(this.#entries));
      throw error;
    }
    const images = this.#entries.sort((a, b) => (a.result.reference < b.result.reference ? -1 : 1));
    const counts = countOutcomes(images);
    const undiscovered = failures.map(({ subject, error }) => ({ subject, code: error.code, message: error.message }));
    const told = { undiscovered, notes: [...notes, ...made.notes] };
    if (run !== undefined) await this.#finish(run, counts, told);
    const references = resolved.map(({ target }) => target.reference);
    const sla = dryRun ? undefined : await slaReport(this.#store, references);
    return {
      kind: 'RunResult',
      run,
      shard: formatShard(shard),
      dryRun,
      images,
      counts,
      ...sumOfLayers(images),
      sla,
      ...told,
    };
  }

  #start(images: number): Promise<string> {
    const { shard, id } = this.#options;
    const { toolVersion } = this.#workspace;
    return startRun(this.#store, {
      shard: formatShard(shard),
      toolVersion,
      images,
      ...(id === undefined ? {} : { id }),
    });
  }

  async #finish(run: string, counts: RunReport['counts'], told: RunNotes): Promise<void> {
    const { retention } = this.#fleet;
    await finishRun(this.#store, run, 'done', counts, told);
    await recordSlaDay(this.#store);
    if (retention === undefined) return;
    await pruneStore(this.#store, new Date(this.#workspace.clock.now() - retention).toISOString());
  }

  /** By HEAD; of the whole fleet when there is one shard, else what is this shard's. */
  async #resolve(targets: readonly FleetTarget[], known: ReadonlyMap<string, KnownImage>): Promise<Resolved[]> {
    const resolved: Resolved[] = [];
    const limits = { total: RESOLVING, perGroup: RESOLVING };
    await scheduled(
      targets,
      limits,
      () => '',
      async (target) => {
        this.#workspace.signal.throwIfAborted();
        const { source, target: wanted, close } = await openLocation(target.reference, this.#workspace.locations);
        try {
          const { digest } = await source.resolve(wanted);
          if (await this.#isMine(target, digest, known.get(target.reference)))
            resolved.push({ target, digest, error: undefined });
        } catch (error) {
          this.#workspace.signal.throwIfAborted();
          if (!(error instanceof SutureError)) throw error;
          // Exactly one shard tells of it.
          if (isOfShard(target.reference, this.#options.shard)) resolved.push({ target, digest: undefined, error });
        } finally {
          await close();
        }
      },
    );
    return resolved.sort((a, b) => (a.target.reference < b.target.reference ? -1 : 1));
  }

  async #isMine(target: FleetTarget, digest: Digest, known: KnownImage | undefined): Promise<boolean> {
    const { shard, dryRun } = this.#options;
    if (shard.count === 1) return true;
    const stored = known?.image.digest === digest ? known.image.base_layer : null;
    if (stored !== null) return isOfShard(stored, shard);
    const { source, close } = await openLocation(pinned(target, digest), this.#workspace.locations);
    try {
      const layer = await lowestLayer(source, digest);
      if (!dryRun) await rememberBaseLayer(this.#store, target.reference, digest, layer);
      return isOfShard(layer, shard);
    } finally {
      await close();
    }
  }

  /** One image: nothing that goes wrong with it reaches another one. An interruption leaves it as if it had not begun. */
  async #image(run: string | undefined, item: Resolved, known: KnownImage | undefined): Promise<void> {
    const { signal } = this.#workspace;
    if (signal.aborted) return;
    try {
      await this.#work(run, item, known);
    } catch (error) {
      if (signal.aborted) return;
      const { target, digest } = item;
      const identity = { reference: target.reference, ...(digest === undefined ? {} : { digest }) };
      await this.#record(run, target, failureOf(identity, asFailure(error)), NOTHING);
    }
  }

  async #work(run: string | undefined, item: Resolved, known: KnownImage | undefined): Promise<void> {
    const { target, digest } = item;
    if (digest === undefined) throw item.error;
    this.#worker.checkDatabase(target.policy);
    const before = known?.result;
    if (before !== undefined && (await this.#isUnchanged(target, digest, before))) {
      if (run !== undefined) await markChecked(this.#store, target.reference);
      this.#add(target, before, { unchanged: true, ...NOTHING });
      return;
    }
    const { result, findings, pushed, patchLayers } = await this.#worker.work(target, digest);
    const database = this.#database?.identity.digest;
    const seen = {
      ...(database === undefined ? {} : { database }),
      ...(findings?.endOfLife ? { endOfLife: true } : {}),
    };
    const complete = { ...result, detail: { ...result.detail, ...seen } };
    if (findings !== undefined && run !== undefined) await this.#recordFindings(target, findings);
    const told = findings === undefined ? complete : withFixed(complete, findings, this.#exploited);
    const { made: layersMade, shared: layersShared } = patchLayers;
    await this.#record(run, target, told, { pushed, layersMade, layersShared });
  }

  /** Same image, same policy, same repositories, same knowledge, and the result is still there. */
  async #isUnchanged(target: FleetTarget, digest: Digest, before: ImageResult): Promise<boolean> {
    if (!isSettled(before) || before.digest !== digest || before.decision !== this.#worker.decision(target))
      return false;
    if (before.detail.database !== this.#database?.identity.digest) return false;
    const byThreshold = before.outcome === 'clean' && before.repositories.length === 0;
    if (!byThreshold && !(await this.#states.unchanged(before.repositories))) return false;
    const { publishedReference, publishedDigest } = before;
    if (publishedReference === undefined || publishedReference === target.reference) return true;
    return (await digestOf(this.#workspace, publishedReference)) === publishedDigest;
  }

  async #record(run: string | undefined, target: FleetTarget, result: ImageResult, effort: Effort): Promise<void> {
    if (run !== undefined) await recordResult(this.#store, run, result, ownerOf(target, this.#fleet));
    this.#add(target, result, { unchanged: false, ...effort });
  }

  async #recordFindings({ reference, policy }: FleetTarget, findings: ImageFindings): Promise<void> {
    const { before, remaining, inventories, fixOf } = findings;
    await recordInventories(this.#store, reference, 'before', inventories.before);
    await recordInventories(this.#store, reference, 'after', inventories.after);
    const exploited = this.#exploited;
    const context = { levels: policy.sla, ...(exploited === undefined ? {} : { exploited }) };
    await recordFindings(this.#store, reference, before, remaining, fixOf, context);
  }

  #add({ set, policy }: FleetTarget, result: ImageResult, more: Pick<RunEntry, 'unchanged'> & Effort): void {
    const entry = { result, set, ...(policy.team === undefined ? {} : { team: policy.team }), ...more };
    this.#entries.push(entry);
    this.#options.observer?.finished(entry);
  }
}
