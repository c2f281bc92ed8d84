import type { Progress } from '../../../core/progress.ts';
import { allEnded } from '../../../core/settle.ts';
import { emptyTree } from '../../../oci/tree/tree.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';
import type { FetchedStep, NotNative } from '../../family.ts';
import { openDeb } from '../archive/open.ts';
import { expandedCache, installDebs } from '../install/index.ts';
import type { OpenedDebRepositories } from '../repository/deb-repositories.ts';
import type { AvailableDeb, DebArchive, DebDatabase } from '../types.ts';
import { dependencyClosure } from './closure.ts';
import { seedRoot } from './seed.ts';

/** Essential packages of Debian with apt, as `mmdebstrap --variant=apt` chooses them; mawk for the virtual awk. */
export const MINIMAL_ROOT = [
  'usr-is-merged',
  'mawk',
  'base-passwd',
  'base-files',
  'libc-bin',
  'dash',
  'bash',
  'bsdutils',
  'coreutils',
  'debianutils',
  'diffutils',
  'dpkg',
  'findutils',
  'grep',
  'gzip',
  'hostname',
  'init-system-helpers',
  'login',
  'ncurses-base',
  'ncurses-bin',
  'perl-base',
  'sed',
  'sysvinit-utils',
  'tar',
  'util-linux',
  'debian-archive-keyring',
  'apt',
] as const;

export interface BootstrapRequest {
  readonly architecture: string;
  readonly packages: readonly string[];
  readonly sourceDate: number;
  readonly cacheDirectory: string;
  readonly progress: Progress;
}

export interface Bootstrapped {
  /** Closing it is up to the caller, after its layer was written. */
  readonly tree: MutableTree;
  readonly packages: readonly AvailableDeb[];
  /** Scripts that could not be evaluated and were passed over; a root made this way is for demonstration and tests. */
  readonly skipped: readonly NotNative[];
  close(): void;
}

/**
 * Builds a Debian root from nothing, with the engine that patches: verified packages are unpacked and configured in the
 * virtual tree. Unlike in a patch, a script that is not native is passed over and listed, because nothing runs here that
 * could need its effect.
 */
export async function bootstrapRoot(
  repositories: OpenedDebRepositories,
  request: BootstrapRequest,
): Promise<Bootstrapped> {
  const { architecture, sourceDate, progress, cacheDirectory } = request;
  const packages = dependencyClosure(repositories, [...MINIMAL_ROOT, ...request.packages], architecture);
  const steps = await allEnded(
    packages.map(async (offer) => ({ step: installStep(offer), file: await repositories.fetchToFile(offer.file) })),
  );
  const tree = emptyTree();
  await seedFromPackages(tree, steps, request);
  const database: DebDatabase = { layout: 'status', packages: [], records: [], architecture, foreignArchitectures: [] };
  const skipped: NotNative[] = [];
  const outcome = await installDebs(tree, database, steps, {
    sourceDate,
    progress,
    cacheDirectory,
    passOver: (blockers) => skipped.push(...blockers),
  });
  return { tree, packages, skipped, close: () => (outcome.kind === 'installed' ? outcome.close?.() : undefined) };
}

async function seedFromPackages(
  tree: MutableTree,
  steps: readonly FetchedStep[],
  request: BootstrapRequest,
): Promise<void> {
  const archives = new Map<string, DebArchive>();
  for (const { step, file } of steps.filter((candidate) => candidate.step.name === 'base-passwd'))
    archives.set(step.name, await openDeb(file, expandedCache(request)));
  try {
    seedRoot(tree, archives, request.sourceDate);
  } finally {
    for (const archive of archives.values()) archive.close();
  }
}

function installStep(offer: AvailableDeb): FetchedStep['step'] {
  const { name, architecture, version, source, file } = offer;
  return { action: 'install', name, architecture, to: version, source, file, reason: 'new root' };
}
