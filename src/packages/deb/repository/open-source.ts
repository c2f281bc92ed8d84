import { isSutureError } from '../../../core/errors/error.ts';
import type { RepositoryInfo } from '../../family.ts';
import { type AptSource, architecturesOf, repositoryId } from './configuration/source.ts';
import type { IndexStore } from './index/index-store.ts';
import { indexVariants } from './index/index-store.ts';
import type { PackagesIndex } from './index/packages-index.ts';
import type { OpenedRelease } from './release/open-release.ts';
import type { Release } from './release/release-file.ts';

/** One component of an opened source with the indexes of the wanted architectures. */
export interface OpenedComponent {
  readonly info: RepositoryInfo;
  readonly source: AptSource;
  readonly component: string;
  readonly opened: OpenedRelease;
  readonly indexes: readonly PackagesIndex[];
}

export interface Unusable {
  readonly id: string;
  readonly reason: string;
}

/**
 * Loads the indexes of a source whose Release was proven: only the components it names and the architectures of the image.
 * A component or architecture that the repository does not have is reported; a foreign architecture may be missing.
 */
export async function openComponents(
  source: AptSource,
  opened: OpenedRelease,
  architectures: readonly string[],
  indexes: IndexStore,
): Promise<{ components: OpenedComponent[]; unusable: Unusable[] }> {
  const components: OpenedComponent[] = [];
  const unusable: Unusable[] = [];
  for (const component of source.components.length === 0 ? [''] : source.components) {
    const id = repositoryId(source, component === '' ? undefined : component);
    try {
      const bases = indexBases(source, component, opened.release, architectures);
      if (bases.length === 0) {
        unusable.push({ id, reason: notForArchitecture(architectures) });
        continue;
      }
      const found = bases.filter((base) => indexVariants(opened, base).length > 0);
      if (found.length === 0) {
        unusable.push({ id, reason: `the repository has no Packages index for it (${bases.join(', ')})` });
        continue;
      }
      const loaded: PackagesIndex[] = [];
      for (const base of found) loaded.push(await indexes.load(opened, base, source.byHash, `${base} of ${id}`));
      components.push({ info: repositoryInfo(id, source, opened), source, component, opened, indexes: loaded });
    } catch (error) {
      if (!isSutureError(error, 'REPOSITORY_UNREACHABLE', 'REPOSITORY_INVALID')) throw error;
      unusable.push({ id, reason: error.message });
    }
  }
  return { components, unusable };
}

/** Paths of the indexes, relative to the Release file, without their endings. */
export function indexBases(
  source: AptSource,
  component: string,
  release: Release,
  imageArchitectures: readonly string[],
): readonly string[] {
  if (component === '') return ['Packages'];
  const all = readsArchitectureAll(source, release) ? ['all'] : [];
  return [...architecturesOf(source, imageArchitectures), ...all].map(
    (architecture) => `${component}/binary-${architecture}/Packages`,
  );
}

/** A source that names `all` asks for it whatever the Release says; one that takes it away (`arch-=all`) does not get it. */
function readsArchitectureAll({ architectures: { only = [], add, remove } }: AptSource, release: Release): boolean {
  if (remove.includes('all')) return false;
  return only.includes('all') || add.includes('all') || release.supportsArchitectureAll;
}

/** Whether nothing that a source can give is for an image of these architectures, whatever its Release says. */
export function isForOthers(source: AptSource, architectures: readonly string[]): boolean {
  return architecturesOf(source, architectures).length === 0 && source.architectures.remove.includes('all');
}

export function notForArchitecture(architectures: readonly string[]): string {
  return `it is not for the architecture of the image (${architectures.join(', ')})`;
}

function repositoryInfo(id: string, source: AptSource, { release, digest, signedBy }: OpenedRelease): RepositoryInfo {
  return {
    id,
    origin: release.origin,
    suite: release.suite,
    codename: release.codename,
    isSecurity: isSecurity(source.suite, release),
    date: new Date(release.date).toISOString(),
    digest,
    signedBy,
  };
}

/**
 * Security archives: `bookworm-security`, Ubuntu's `noble-security`, and by label where the suite does not say it
 * (`buster/updates`, Label: Debian-Security).
 */
export function isSecurity(
  configuredSuite: string,
  { suite, codename, label, origin }: Pick<Release, 'suite' | 'codename' | 'label' | 'origin'>,
): boolean {
  return (
    [configuredSuite, suite, codename].some((name) => /-security$/i.test(name)) ||
    [label, origin].some((name) => /(?:^|[\s-])security$/i.test(name))
  );
}
