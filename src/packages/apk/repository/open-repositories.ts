import { createReadStream } from 'node:fs';
import { isSutureError, SutureError } from '../../../core/errors/error.ts';
import { step } from '../../../core/progress.ts';
import { allEnded } from '../../../core/settle.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import type { PackageFile, RepositoryAccess, RepositoryInfo, RepositorySet } from '../../family.ts';
import type { Offer } from '../resolve/candidate.ts';
import { branchOf, type ConfiguredRepository, readConfiguredRepositories } from './configuration.ts';
import type { IndexEntry } from './index-entry.ts';
import { IndexStore } from './index-store.ts';
import { trustedKeys } from './keys.ts';
import { locate } from './locations.ts';
import { isoDate, type OpenedRepository, openRepository } from './open-repository.ts';
import { type CachedPackage, fileName, PackageCache } from './package-cache.ts';
import { RepositoryTransport } from './transport.ts';

type Unusable = RepositorySet['unusable'][number];

/**
 * Opens every repository that the image configures for an architecture. What cannot be reached or understood is listed in
 * `unusable`; a wrong signature or a rollback ends it.
 * @throws SutureError REPOSITORY_UNSIGNED, REPOSITORY_UNTRUSTED, REPOSITORY_ROLLED_BACK, REPOSITORY_CHANGED; CONFIGURATION and
 * FILE_UNREADABLE for what the caller handed in
 */
export async function openApkRepositories(
  tree: VirtualTree,
  architecture: string,
  access: RepositoryAccess,
): Promise<ApkRepositories> {
  const transport = new RepositoryTransport(access.offline ? undefined : access.http, tree);
  const ports = {
    transport,
    store: new IndexStore(access.cacheDirectory),
    keys: trustedKeys(tree, access.keyrings),
    architecture,
    offline: access.offline,
  };
  const outcomes = await allEnded(
    readConfiguredRepositories(tree, architecture).map(async (configured): Promise<OpenedRepository | Unusable> => {
      const { id } = configured;
      const lock = access.lock?.get(id);
      if (access.lock !== undefined && lock === undefined) return { id, reason: 'the stored plan does not use it' };
      const locations = locate(configured, access.redirects);
      try {
        return await step(access.progress, `repository:${id}`, `Repository ${id}`, () =>
          openRepository(configured, locations, ports, lock),
        );
      } catch (error) {
        if (isSutureError(error, 'REPOSITORY_UNREACHABLE', 'REPOSITORY_INVALID')) return { id, reason: error.message };
        throw error;
      }
    }),
  );
  return new ApkRepositories(
    outcomes.filter((outcome) => 'index' in outcome),
    outcomes.filter((outcome) => 'reason' in outcome),
    new PackageCache(access.cacheDirectory, transport),
    architecture,
  );
}

/** The proven indexes of an image's repositories, and their packages. */
export class ApkRepositories implements RepositorySet {
  readonly repositories: readonly RepositoryInfo[];
  readonly unusable: readonly Unusable[];
  readonly #opened: readonly OpenedRepository[];
  readonly #packages: PackageCache;
  readonly #architecture: string;

  constructor(
    opened: readonly OpenedRepository[],
    unusable: readonly Unusable[],
    packages: PackageCache,
    architecture: string,
  ) {
    this.#opened = opened;
    this.unusable = unusable;
    this.#packages = packages;
    this.#architecture = architecture;
    this.repositories = opened.map(repositoryInfo);
  }

  /** Every package of every index, in the order in which the image names the repositories. */
  offers(): readonly Offer[] {
    return this.#opened.flatMap(({ configured: { id, tag }, index }) =>
      index.entries
        .filter(({ architecture }) => this.#isOurs(architecture))
        .map((entry) => ({ entry, repository: id, ...(tag === undefined ? {} : { tag }) })),
    );
  }

  /** Downloads a package, unless the cache has it, and proves it: only then is its digest known. */
  async describe({ entry, repository }: Offer): Promise<PackageFile> {
    const { digest } = await this.#obtain(entry, repository);
    return { path: this.#pathOf(entry), repository, size: entry.size, digest };
  }

  async fetchToFile(file: PackageFile): Promise<string> {
    const entry = this.#find(file);
    const { path, digest } = await this.#obtain(entry, file.repository);
    if (digest === file.digest) return path;
    throw new SutureError('PACKAGE_HASH_MISMATCH', `${file.path} has the digest ${digest}, not ${file.digest}`);
  }

  async *fetch(file: PackageFile): AsyncGenerator<Uint8Array> {
    yield* createReadStream(await this.fetchToFile(file));
  }

  /** The index entry of a package of a plan. @throws SutureError REPOSITORY_UNREACHABLE */
  entryOf(file: Pick<PackageFile, 'path' | 'repository'>): IndexEntry {
    return this.#find(file);
  }

  #obtain(entry: IndexEntry, repository: string): Promise<CachedPackage> {
    return this.#packages.obtain(entry, this.#repository(repository).location, this.#directoryOf(entry));
  }

  #find({ path, repository }: Pick<PackageFile, 'path' | 'repository'>): IndexEntry {
    const found = this.#repository(repository).index.entries.find((entry) => this.#pathOf(entry) === path);
    if (found !== undefined) return found;
    throw new SutureError('REPOSITORY_UNREACHABLE', `the index of ${repository} has no ${path}`);
  }

  #repository(id: string): OpenedRepository {
    const found = this.#opened.find(({ configured }) => configured.id === id);
    if (found !== undefined) return found;
    throw new SutureError('REPOSITORY_UNREACHABLE', `the repository "${id}" is not open`);
  }

  #pathOf(entry: IndexEntry): string {
    return `${this.#directoryOf(entry)}/${fileName(entry)}`;
  }

  /** Packages without architecture lie with those of the index. */
  #directoryOf({ architecture }: IndexEntry): string {
    return architecture === '' || architecture === 'noarch' ? this.#architecture : architecture;
  }

  #isOurs(architecture: string): boolean {
    return architecture === '' || architecture === 'noarch' || architecture === this.#architecture;
  }
}

function repositoryInfo({ configured, index }: OpenedRepository): RepositoryInfo {
  return {
    id: configured.id,
    origin: index.description,
    ...branchOf(configured.url),
    isSecurity: isSecurityBranch(configured),
    date: isoDate(index.newestBuild === 0 ? index.made : index.newestBuild),
    digest: index.digest,
    signedBy: [index.signedBy],
  };
}

/** Alpine has no security suite: its release branches carry the fixes, and a release branch is named `v3.19`. */
function isSecurityBranch({ url }: ConfiguredRepository): boolean {
  return /^v\d+\.\d+$/.test(branchOf(url).suite);
}
