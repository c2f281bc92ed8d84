import { SutureError } from '../core/errors/error.ts';
import { step } from '../core/progress.ts';
import { allEnded } from '../core/settle.ts';
import type { MutableTree } from '../oci/tree/types.ts';
import type {
  Exclusions,
  FetchedStep,
  InstallOutcome,
  InstallReport,
  NotNative,
  OpenedDatabase,
  OpenedRepositories,
  PackageShelf,
  PendingReason,
  PlanStep,
  Resolution,
  UpgradeRequest,
} from '../packages/family.ts';
import type { CachedOutcome } from './shared/cached-outcome.ts';
import type { LayerSlot } from './shared/shared-layers.ts';
import type { Workspace } from './workspace.ts';

export interface Preparation {
  readonly resolution: Resolution;
  readonly fetched: readonly FetchedStep[];
  readonly report: InstallReport;
  /** What another image got, and what this one is to get: nothing was fetched then, and the tree is as it was. */
  readonly shared: SharedOutcome | undefined;
  /** Where the layer goes that is made of the tree; undefined when nothing is shared. */
  readonly slot: LayerSlot | undefined;
  /** Releases the packages that the tree reads from; call it once the layer was written. */
  close(): void;
}

type SharedOutcome = Extract<CachedOutcome, { kind: 'layer' }>;

export interface Applying {
  /** Seconds since the epoch for generated files. */
  readonly sourceDate: number;
  /** What must not change from the start. */
  readonly exclusions: Exclusions;
  /** Packages are opened with it as soon as they are there. It stays open; the tree reads from it. */
  readonly shelf?: PackageShelf;
  /** Looks for what the same steps gave for another image. */
  readonly share?: (steps: readonly PlanStep[]) => Promise<LayerSlot> | undefined;
}

type MutableExclusions = Map<string, { reason: PendingReason; detail: string }>;

/**
 * Finds the largest set of upgrades that can really be applied: resolve, fetch, apply to the tree; whatever cannot be fetched
 * or is not native is excluded with its reason, and the rest is resolved again. Ends because every turn excludes at least one
 * more package. On return the tree holds the patched state, or another image got the same patch.
 */
export async function prepareChanges(
  workspace: Workspace,
  tree: MutableTree,
  database: OpenedDatabase,
  repositories: OpenedRepositories,
  request: UpgradeRequest,
  applying: Applying,
): Promise<Preparation> {
  try {
    return await settle(workspace, tree, database, repositories, request, applying);
  } catch (error) {
    applying.shelf?.close();
    throw error;
  }
}

async function settle(
  workspace: Workspace,
  tree: MutableTree,
  database: OpenedDatabase,
  repositories: OpenedRepositories,
  request: UpgradeRequest,
  applying: Applying,
): Promise<Preparation> {
  const exclusions: MutableExclusions = new Map(applying.exclusions);
  const { shelf } = applying;
  for (;;) {
    workspace.signal.throwIfAborted();
    const resolution = await repositories.resolve(request, exclusions);
    const nothing = { resolution, fetched: [], report: { notes: [] }, shared: undefined, slot: undefined };
    if (resolution.steps.length === 0) return { ...nothing, close: () => shelf?.close() };
    const slot = await applying.share?.(resolution.steps);
    try {
      const tried = await attempt(workspace, tree, database, repositories, resolution, applying, slot);
      if ('close' in tried) return tried;
      addAll(exclusions, tried);
    } catch (error) {
      slot?.release();
      throw error;
    }
    slot?.release();
  }
}

/** Applies what was resolved, or finds it applied; what cannot be is to be excluded. */
async function attempt(
  workspace: Workspace,
  tree: MutableTree,
  database: OpenedDatabase,
  repositories: OpenedRepositories,
  resolution: Resolution,
  applying: Applying,
  slot: LayerSlot | undefined,
): Promise<Preparation | Exclusions> {
  const { shelf } = applying;
  if (slot?.found?.kind === 'not-native') return blocked(slot.found.blockers, resolution.steps);
  if (slot?.found?.kind === 'layer') {
    const { progress } = workspace;
    await step(
      progress,
      'apply',
      `${resolution.steps.length} packages`,
      async () => {},
      () => 'as applied to another image',
    );
    const close = () => shelf?.close();
    return { resolution, fetched: [], report: { notes: slot.found.notes }, shared: slot.found, slot, close };
  }
  const { fetched, failed } = await fetchAll(workspace, repositories, resolution.steps, shelf);
  if (failed.size > 0) return failed;
  const outcome = await install(workspace, tree, database, fetched, applying);
  if (outcome.kind === 'not-native') {
    await slot?.keep(outcome);
    return blocked(outcome.blockers, resolution.steps);
  }
  const close = () => {
    outcome.close?.();
    shelf?.close();
    slot?.release();
  };
  return { resolution, fetched, report: outcome.report, shared: undefined, slot, close };
}

function install(
  workspace: Workspace,
  tree: MutableTree,
  database: OpenedDatabase,
  fetched: readonly FetchedStep[],
  { sourceDate, shelf }: Applying,
): Promise<InstallOutcome> {
  const { progress, cacheDirectory } = workspace;
  return step(
    progress,
    'apply',
    `applying ${fetched.length} packages`,
    () => database.install(tree, fetched, { sourceDate, progress, cacheDirectory, ...(shelf && { shelf }) }),
    (result) => (result.kind === 'installed' ? 'native' : `${result.blockers.length} scripts are not native`),
  );
}

async function fetchAll(
  workspace: Workspace,
  repositories: OpenedRepositories,
  steps: readonly PlanStep[],
  shelf: PackageShelf | undefined,
) {
  const failed: MutableExclusions = new Map();
  if (steps.length === 0) return { fetched: [], failed };
  const total = steps.reduce((sum, { file }) => sum + file.size, 0);
  const fetched = await step(
    workspace.progress,
    'fetch',
    `fetching ${steps.length} packages, ${Math.ceil(total / 1e6)} MB`,
    async () => {
      // All of them end before a failure is told: none is still writing then.
      const results = await allEnded(
        steps.map(async (planned): Promise<FetchedStep | undefined> => {
          try {
            const file = await repositories.fetchToFile(planned.file);
            // Decompressing overlaps with the other downloads; what fails here fails again where it is needed.
            shelf?.open(file).catch(() => {});
            return { step: planned, file };
          } catch (error) {
            // Tampering is never "pending": it ends the run.
            if (!(error instanceof SutureError) || !(error.retryable || FETCH_FAILURES.has(error.code))) throw error;
            failed.set(slot(planned), { reason: 'fetch-failed', detail: error.message });
            return undefined;
          }
        }),
      );
      return results.filter((result) => result !== undefined);
    },
  );
  return { fetched, failed };
}

const FETCH_FAILURES: ReadonlySet<string> = new Set(['REPOSITORY_UNREACHABLE', 'HTTP_STATUS']);

function blocked(blockers: readonly NotNative[], steps: readonly PlanStep[]): MutableExclusions {
  const found: MutableExclusions = new Map();
  for (const { package: name, script, reason } of blockers) {
    // A trigger handler that is not native stops the packages that activate it, which the blocker names.
    for (const planned of steps.filter((candidate) => candidate.name === name || slot(candidate) === name)) {
      const known = found.get(slot(planned));
      const detail = `${script}: ${reason}`;
      found.set(slot(planned), { reason: 'script-not-native', detail: known ? `${known.detail}; ${detail}` : detail });
    }
  }
  if (found.size > 0) return found;
  const all = blockers.map(({ package: name, script, reason }) => `${name} ${script}: ${reason}`).join('; ');
  throw new SutureError('ENGINE_NEEDED', `no package of the plan can be applied natively: ${all}`);
}

function addAll(exclusions: MutableExclusions, more: Exclusions): void {
  const before = exclusions.size;
  for (const [key, value] of more) exclusions.set(key, value);
  if (exclusions.size === before) {
    throw new SutureError(
      'ENGINE_NEEDED',
      `the plan does not settle: ${[...more.keys()].join(', ')} stay in it although excluded`,
    );
  }
}

function slot(planned: PlanStep): string {
  return `${planned.name}:${planned.architecture}`;
}
