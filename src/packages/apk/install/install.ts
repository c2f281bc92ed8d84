import type { MutableTree } from '../../../oci/tree/types.ts';
import type { FetchedStep, InstallOptions, InstallOutcome, NotNative } from '../../family.ts';
import { openApk } from '../archive/open.ts';
import type { ApkDatabase } from '../read-database.ts';
import type { IndexEntry } from '../repository/index-entry.ts';
import { applyPackage, type IncomingApk } from './apply-package.ts';
import { runCommitHooks } from './commit-hooks.ts';
import { PackageProblem } from './package-problem.ts';
import type { PackageState } from './packages.ts';
import { updateDirectoryPermissions } from './permissions.ts';
import { type ScriptRunner, scriptRunner } from './run-script.ts';
import { ApkState } from './state.ts';
import { runTriggers } from './triggers.ts';

/** The signed index entry of a step's package: the database records what the index says. */
export type EntryOf = (step: FetchedStep['step']) => IndexEntry;

/**
 * Applies packages to the tree of an image as the image's own apk would: one after the other, then directory permissions,
 * triggers and the database. Everything happens in a fork that is merged only when every script was evaluated natively and
 * no package would end broken; otherwise what stands in the way is listed and the tree stays as it was. The list of what
 * was asked for, /etc/apk/world, is not touched.
 * @throws SutureError PACKAGE_INVALID, PACKAGE_HASH_MISMATCH
 */
export function installApks(
  tree: MutableTree,
  database: ApkDatabase,
  steps: readonly FetchedStep[],
  entryOf: EntryOf,
  options: Pick<InstallOptions, 'sourceDate' | 'progress'>,
): InstallOutcome {
  const blockers: NotNative[] = [];
  const fork = tree.fork();
  const state = new ApkState(fork, database, options.sourceDate);
  const names = steps.map(({ step }) => step.name);
  runCommitHooks(state, 'pre-commit', names, blockers);
  const run = scriptRunner(state, blockers);
  for (const { step, file } of steps) {
    const entry = entryOf(step);
    const problem = attempt(state, { entry, archive: openApk(file, { identity: entry.identity }) }, run);
    if (problem === undefined) continue;
    blockers.push({ package: step.name, script: 'files', reason: problem });
    return { kind: 'not-native', blockers };
  }
  updateDirectoryPermissions(state);
  const changed = names.flatMap((name): PackageState[] => state.packages.filter((one) => one.name === name));
  runTriggers(state, changed, blockers);
  state.save();
  runCommitHooks(state, 'post-commit', names, blockers);
  if (blockers.length > 0) return { kind: 'not-native', blockers };
  fork.commit();
  return { kind: 'installed', report: { notes: keptFiles(state, changed) } };
}

/** Why apk would leave the package broken, or undefined when it was applied. */
function attempt(state: ApkState, incoming: IncomingApk, run: ScriptRunner): string | undefined {
  try {
    applyPackage(state, incoming, run);
    return undefined;
  } catch (error) {
    if (error instanceof PackageProblem) return error.message;
    throw error;
  }
}

/** For the person: where what the administrator changed was kept. */
function keptFiles({ tree }: ApkState, changed: readonly PackageState[]) {
  return changed.flatMap(({ name, directories }) =>
    [...directories].flatMap(([path, { files }]) =>
      [...files].flatMap((file) => {
        const kept = `${path === '' ? '' : `/${path}`}/${file.name}`;
        if (tree.lstat(`${kept}.apk-new`)?.origin !== 'pending') return [];
        return [{ package: name, message: `${kept} was changed and is kept; the new version is ${kept}.apk-new` }];
      }),
    ),
  );
}
