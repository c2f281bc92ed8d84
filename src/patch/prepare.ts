import { SutureError } from '../core/errors/error.ts';
import { step } from '../core/progress.ts';
import { allEnded } from '../core/settle.ts';
import type { MutableTree } from '../oci/tree/types.ts';
import type {
  Exclusions,
  FetchedStep,
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
import type { Workspace } from './workspace.ts';

export interface Preparation {
  readonly resolution: Resolution;
  readonly fetched: readonly FetchedStep[];
  readonly report: InstallReport;
  /** Releases the packages that the tree reads from; call it once the layer was written. */
  close(): void;
}

export interface Applying {
  /** Seconds since the epoch for generated files. */
  readonly sourceDate: number;
  /** What must not change from the start. */
  readonly exclusions: Exclusions;
  /** Packages are opened with it as soon as they are there. It stays open; the tree reads from it. */
  readonly shelf?: PackageShelf;
}

type MutableExclusions = Map<string, { reason: PendingReason; detail: string }>;

/**
 * Finds the largest set of upgrades that can really be applied: resolve, fetch, apply to the tree; whatever cannot be fetched
 * or is not native is excluded with its reason, and the rest is resolved again. Ends because every turn excludes at least one
 * more package. On return the tree holds the patched state.
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
  { sourceDate, exclusions: known, shelf }: Applying,
): Promise<Preparation> {
  const exclusions: MutableExclusions = new Map(known);
  for (;;) {
    workspace.signal.throwIfAborted();
    const resolution = await repositories.resolve(request, exclusions);
    const { fetched, failed } = await fetchAll(workspace, repositories, resolution.steps, shelf);
    if (failed.size > 0) {
      addAll(exclusions, failed);
      continue;
    }
    if (fetched.length === 0) return { resolution, fetched, report: { notes: [] }, close: () => shelf?.close() };
    const outcome = await step(
      workspace.progress,
      'apply',
      `applying ${fetched.length} packages`,
      () =>
        database.install(tree, fetched, {
          sourceDate,
          progress: workspace.progress,
          cacheDirectory: workspace.cacheDirectory,
          ...(shelf === undefined ? {} : { shelf }),
        }),
      (result) => (result.kind === 'installed' ? 'native' : `${result.blockers.length} scripts are not native`),
    );
    if (outcome.kind === 'installed') {
      const close = () => {
        outcome.close?.();
        shelf?.close();
      };
      return { resolution, fetched, report: outcome.report, close };
    }
    addAll(exclusions, blocked(outcome.blockers, resolution.steps));
  }
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
