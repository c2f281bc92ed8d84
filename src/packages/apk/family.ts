import type { VirtualTree } from '../../oci/tree/types.ts';
import type {
  InstalledPackage,
  OpenedDatabase,
  OpenedRepositories,
  PackageFamily,
  RepositoryAccess,
} from '../family.ts';
import { decideSteps } from './decide.ts';
import { type EntryOf, installApks } from './install/install.ts';
import { type ApkDatabase, hasApkDatabase, readApkDatabase } from './read-database.ts';
import { openApkRepositories } from './repository/open-repositories.ts';
import { compareApkVersions } from './version/compare.ts';

/** Alpine, Wolfi and what derives from them; images need no apk of their own. */
export const apkFamily: PackageFamily = {
  id: 'apk',
  detect: hasApkDatabase,
  compareVersions: compareApkVersions,
  open(tree): OpenedDatabase {
    const database = readApkDatabase(tree);
    // The database records what the index says of a package, so applying needs the repositories that were opened.
    let entryOf: EntryOf = (step) => {
      throw new Error(`no repository was opened for ${step.name}`);
    };
    return {
      packages: installedPackages(database),
      architecture: database.architecture,
      async openRepositories(access) {
        const opened = await openRepositories(tree, database, access);
        entryOf = opened.entryOf;
        return opened.repositories;
      },
      install: async (target, steps, options) => installApks(target, database, steps, entryOf, options),
    };
  },
};

async function openRepositories(
  tree: VirtualTree,
  database: ApkDatabase,
  access: RepositoryAccess,
): Promise<{ readonly repositories: OpenedRepositories; readonly entryOf: EntryOf }> {
  const opened = await openApkRepositories(tree, database.architecture, access);
  const situation = { installed: database.packages, world: database.world, offers: opened.offers() };
  return {
    entryOf: ({ file }) => opened.entryOf(file),
    repositories: {
      repositories: opened.repositories,
      unusable: opened.unusable,
      fetch: (file) => opened.fetch(file),
      fetchToFile: (file) => opened.fetchToFile(file),
      resolve: (request, exclusions) => decideSteps(situation, opened, request, exclusions),
    },
  };
}

function installedPackages({ packages, world }: ApkDatabase): InstalledPackage[] {
  const pinned = new Set(
    world
      .filter(({ conflict, operator }) => !conflict && operator !== undefined && !operator.greater)
      .map(({ name }) => name),
  );
  return packages.map(({ name, version, arch, origin }) => ({
    name,
    version,
    architecture: arch,
    source: { name: origin === '' ? name : origin, version },
    held: pinned.has(name),
  }));
}
