import type { MutableTree, VirtualTree } from '../../oci/tree/types.ts';
import type {
  Exclusions,
  OpenedDatabase,
  OpenedRepositories,
  PackageFamily,
  Pending,
  RepositoryAccess,
  Resolution,
  UpgradeRequest,
} from '../family.ts';
import { hasDebDatabase, readDebDatabase } from './database/read.ts';
import { installDebs } from './install/index.ts';
import { readSourcesFiles } from './repository/configuration/sources-files.ts';
import type { OpenedDebRepositories } from './repository/deb-repositories.ts';
import { openDebRepositories } from './repository/open-repositories.ts';
import { readAuthFiles } from './repository/transport/machine-auth.ts';
import { resolveDebs } from './resolve/resolve.ts';
import type { AvailableDeb, DebDatabase } from './types.ts';
import { compareDebVersions } from './version/compare.ts';

/** Debian, Ubuntu and what derives from them. */
export const debFamily: PackageFamily = {
  id: 'deb',
  detect: hasDebDatabase,
  compareVersions: compareDebVersions,
  open(tree): OpenedDatabase {
    const database = readDebDatabase(tree);
    return {
      packages: database.packages,
      architecture: database.architecture,
      openRepositories: (access) => openRepositories(tree, database, access),
      install: (target: MutableTree, steps, options) => installDebs(target, database, steps, options),
    };
  },
};

async function openRepositories(
  tree: VirtualTree,
  database: DebDatabase,
  access: RepositoryAccess,
): Promise<OpenedRepositories> {
  const { keyrings, authFiles = [], sourcesFiles = [], ...rest } = access;
  const opened = await openDebRepositories(tree, database, {
    ...rest,
    keyrings: keyrings.map((path) => ({ path })),
    credentials: readAuthFiles(authFiles),
    defaultSources: readSourcesFiles(sourcesFiles),
  });
  return {
    repositories: opened.repositories,
    unusable: opened.unusable,
    fetch: (file) => opened.fetch(file),
    fetchToFile: (file) => opened.fetchToFile(file),
    resolve: (request, exclusions) => resolve(database, opened, request, exclusions),
  };
}

/** Excluded packages are offered with a priority that forbids them; what was wanted of them is pending with the given reason. */
function resolve(
  database: DebDatabase,
  opened: OpenedDebRepositories,
  request: UpgradeRequest,
  exclusions: Exclusions,
): Resolution {
  const excluded = (offer: AvailableDeb) => exclusions.get(`${offer.name}:${offer.architecture}`);
  const { steps, pending } = resolveDebs(database, opened, request, {
    priority: (offer, repository) => (excluded(offer) ? -1 : opened.priority(offer, repository)),
    heldBack: (offer) => opened.heldBack(offer),
  });
  const explained = pending.filter(({ name, architecture }) => !exclusions.has(`${name}:${architecture}`));
  return { steps, pending: [...explained, ...exclusionsAsPending(database, opened, exclusions)].sort(byName) };
}

function exclusionsAsPending(database: DebDatabase, opened: OpenedDebRepositories, exclusions: Exclusions): Pending[] {
  return [...exclusions].map(([slot, { reason, detail }]) => {
    const [name = '', architecture = ''] = slot.split(':');
    const installed = database.packages.find(
      (candidate) => candidate.name === name && (candidate.architecture === architecture || architecture === 'all'),
    );
    const newest = opened.available(name).find((offer) => offer.architecture === architecture);
    return {
      name,
      architecture,
      from: installed?.version ?? '',
      ...(newest ? { to: newest.version } : {}),
      reason,
      detail,
    };
  });
}

function byName(a: Pending, b: Pending): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.architecture < b.architecture ? -1 : 1;
}
