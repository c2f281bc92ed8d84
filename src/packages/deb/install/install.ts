import { step } from '../../../core/progress.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';
import type { FetchedStep, InstallOptions, InstallOutcome, NotNative } from '../../family.ts';
import { combineCommands } from '../../script/commands/table.ts';
import type { CommandTable } from '../../script/types.ts';
import type { DebArchive, DebDatabase, InstalledDeb } from '../types.ts';
import { configureOrder } from './configure-order.ts';
import { configurePackage } from './configure-package.ts';
import { derivedCommands } from './derived-commands.ts';
import { installDistroless } from './distroless.ts';
import { markAutomatic } from './extended-states.ts';
import { Installation, keyOf } from './installation.ts';
import { processTriggers } from './process-triggers.ts';
import { pythonCommands } from './python-commands.ts';
import type { Evaluate } from './scripts.ts';
import { tzdataCommands } from './tzdata-commands.ts';
import { type UnpackedPackage, unpackPackage } from './unpack-package.ts';

/** What the native engine works with, handed in so that it can be tested by itself. */
export interface InstallTools {
  readonly evaluate: Evaluate;
  /** Commands that scripts may call: the shared ones and dpkg's own. */
  readonly commands: CommandTable;
  readonly openDeb: (file: string) => Promise<DebArchive>;
  /**
   * For roots built from nothing, which are never run: blockers are handed over and passed over. A patch never sets it.
   */
  readonly passOver?: (blockers: readonly NotNative[]) => void;
}

/**
 * Applies packages to the tree of an image exactly as `apt-get dist-upgrade` with `--force-confold` would: unpacked in
 * the order of the steps, then configured, then triggers. Everything happens in a fork that is merged only when every
 * script was evaluated natively; otherwise all that stands in the way is listed and the tree stays as it was.
 *
 * Files of the result read their content from the opened packages: `close` of the outcome must be called when the tree
 * was written out.
 * @throws SutureError FILE_CONFLICT, SCRIPT_FAILED, PACKAGE_INVALID
 */
export async function installPackages(
  tree: MutableTree,
  database: DebDatabase,
  steps: readonly FetchedStep[],
  options: InstallOptions & InstallTools,
): Promise<InstallOutcome> {
  const archives = await openAll(steps, options);
  const close = (): void => {
    for (const archive of archives) archive.close();
  };
  try {
    const outcome = applyArchives(tree, database, steps, archives, options);
    if (outcome.kind === 'not-native') close();
    return outcome.kind === 'installed' ? { ...outcome, close } : outcome;
  } catch (error) {
    close();
    throw error;
  }
}

async function openAll(steps: readonly FetchedStep[], options: InstallOptions & InstallTools): Promise<DebArchive[]> {
  const opened: Promise<DebArchive>[] = steps.map(({ file }) => options.openDeb(file));
  return step(options.progress, 'deb-open', `Opening ${steps.length} packages`, async () => {
    const settled = await Promise.allSettled(opened);
    const archives = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = settled.find((result) => result.status === 'rejected');
    if (failed === undefined) return archives;
    for (const archive of archives) archive.close();
    throw failed.reason;
  });
}

function applyArchives(
  tree: MutableTree,
  database: DebDatabase,
  steps: readonly FetchedStep[],
  archives: readonly DebArchive[],
  options: InstallOptions & InstallTools,
): InstallOutcome {
  if (database.layout === 'status.d') return installDistroless(tree, database, archives, options.sourceDate);
  const fork = tree.fork();
  const installation = new Installation(fork, database, {
    evaluate: options.evaluate,
    commands: combineCommands(
      options.commands,
      derivedCommands(database.architecture),
      tzdataCommands(options.commands),
      pythonCommands(),
    ),
    sourceDate: options.sourceDate,
    dpkgVersion: upstreamVersion(database.packages),
  });
  try {
    installAll(installation, steps, archives, options);
  } catch (error) {
    // Behind a script that was passed over the tree is not what later steps expect.
    if (installation.blockers.length === 0 || options.passOver !== undefined) throw error;
  }
  if (options.passOver !== undefined) options.passOver(installation.blockers);
  else if (installation.blockers.length > 0) return { kind: 'not-native', blockers: installation.blockers };
  fork.commit();
  return { kind: 'installed', report: { notes: installation.notes } };
}

function installAll(
  installation: Installation,
  steps: readonly FetchedStep[],
  archives: readonly DebArchive[],
  { progress }: InstallOptions,
): void {
  progress.emit({
    kind: 'start',
    id: 'deb-install',
    title: 'Applying packages',
    total: archives.length,
    unit: 'items',
  });
  const unpacked = archives.map((archive, index) => {
    const result = unpackPackage(installation, archive);
    progress.emit({ kind: 'advance', id: 'deb-install', done: index + 1, total: archives.length });
    return result;
  });
  for (const next of configureOrder([...unpacked, ...stillDeconfigured(installation, unpacked)])) {
    configurePackage(installation, next);
  }
  processTriggers(installation);
  installation.saveStatus();
  const added = steps
    .filter(({ step: { action } }) => action === 'install')
    .map(({ step: { name, architecture } }) => ({
      name,
      architecture: architecture === 'all' ? installation.architecture : architecture,
    }));
  markAutomatic(installation.tree, added, installation.sourceDate);
  progress.emit({ kind: 'end', id: 'deb-install', summary: `${archives.length} packages applied` });
}

/** Packages that were deconfigured and have no new version of their own in this run. */
function stillDeconfigured(
  installation: Installation,
  unpacked: readonly UnpackedPackage[],
): readonly UnpackedPackage[] {
  const renewed = new Set(unpacked.map(({ record }) => keyOf(record)));
  return [...installation.deconfigured].flatMap((key) => {
    const record = renewed.has(key) ? undefined : installation.records.get(key);
    return record === undefined ? [] : [{ record, configuredVersion: record.version }];
  });
}

/** DPKG_RUNNING_VERSION: the version of dpkg without epoch and revision. */
function upstreamVersion(packages: readonly InstalledDeb[]): string {
  const version = packages.find(({ name }) => name === 'dpkg')?.version ?? '';
  return version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
}
