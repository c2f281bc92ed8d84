import { createReadStream } from 'node:fs';
import type { ByteString } from '../../../core/bytes.ts';
import { isSutureError, SutureError } from '../../../core/errors/error.ts';
import type { Progress } from '../../../core/progress.ts';
import type { PackageFile, RepositoryInfo } from '../../family.ts';
import type { Phasing } from '../phasing/phasing.ts';
import type { AvailableDeb, DebRepositories } from '../types.ts';
import { compareDebVersions } from '../version/compare.ts';
import type { PinnableRelease, Preferences } from './configuration/preferences.ts';
import { readAvailableDeb } from './index/available-deb.ts';
import type { PackagesIndex } from './index/packages-index.ts';
import type { OpenedComponent, Unusable } from './open-source.ts';
import type { PackageCache } from './package-cache.ts';

/** The repositories of an image, opened and proven, with the priorities that its apt preferences give. */
export interface OpenedDebRepositories extends DebRepositories {
  /** Path of the verified package file in the cache; several may be fetched in parallel. @throws SutureError PACKAGE_HASH_MISMATCH, REPOSITORY_UNREACHABLE */
  fetchToFile(file: PackageFile): Promise<string>;
  /** apt's priority of an offer; negative: it must not be installed. Fits the resolver's CandidatePolicy. */
  priority(offer: AvailableDeb, repository: RepositoryInfo): number;
  /** Why an installed package is not to be upgraded to this version yet; undefined when it may be. */
  heldBack(offer: AvailableDeb): string | undefined;
}

interface Offers {
  readonly components: readonly OpenedComponent[];
  readonly architectures: ReadonlySet<string>;
  readonly preferences: Preferences;
  readonly phasing: Phasing;
  readonly packages: PackageCache;
  readonly progress: Progress;
}

export class VerifiedDebRepositories implements OpenedDebRepositories {
  readonly repositories: readonly RepositoryInfo[];
  readonly unusable: readonly Unusable[];
  readonly #offers: Offers;
  readonly #byName = new Map<string, readonly AvailableDeb[]>();
  readonly #byProvided = new Map<string, readonly AvailableDeb[]>();

  constructor(offers: Offers, unusable: readonly Unusable[]) {
    this.#offers = offers;
    this.unusable = unusable;
    this.repositories = offers.components.map(({ info }) => info);
  }

  available(name: string): readonly AvailableDeb[] {
    return this.#remembered(this.#byName, name, (index) => index.paragraphsOf(name));
  }

  providers(name: string): readonly AvailableDeb[] {
    return this.#remembered(this.#byProvided, name, (index) => index.paragraphsProviding(name));
  }

  priority(offer: AvailableDeb, repository: RepositoryInfo): number {
    const component = this.#component(repository.id);
    const priority = this.#offers.preferences.priorityOf(offer, offer.version, pinnable(component));
    const { phasing } = this.#offers;
    return phasing.mode === 'pin' && phasing.withheld(offer) !== undefined ? Math.min(priority, 1) : priority;
  }

  heldBack(offer: AvailableDeb): string | undefined {
    const { phasing } = this.#offers;
    return phasing.mode === 'hold-back' ? phasing.withheld(offer) : undefined;
  }

  fetchToFile(file: PackageFile): Promise<string> {
    const { opened } = this.#component(file.repository);
    return this.#offers.packages.fetchToFile(file, opened.location);
  }

  async *fetch(file: PackageFile): AsyncGenerator<Uint8Array> {
    yield* createReadStream(await this.fetchToFile(file));
  }

  #component(id: string): OpenedComponent {
    const found = this.#offers.components.find(({ info }) => info.id === id);
    if (found !== undefined) return found;
    throw new SutureError('REPOSITORY_UNREACHABLE', `the repository "${id}" is not open`);
  }

  #remembered(
    memory: Map<string, readonly AvailableDeb[]>,
    name: string,
    paragraphs: (index: PackagesIndex) => readonly ByteString[],
  ): readonly AvailableDeb[] {
    const known = memory.get(name);
    if (known !== undefined) return known;
    const found = this.#offers.components.flatMap(({ info, indexes }) =>
      indexes.flatMap(paragraphs).flatMap((paragraph) => this.#read(paragraph, info.id)),
    );
    // Sorting is stable: of equal versions the repository that the image names first comes first.
    const sorted = found.toSorted((a, b) => compareDebVersions(b.version, a.version));
    memory.set(name, sorted);
    return sorted;
  }

  /** None when the package is of another architecture, or when it is malformed: that one is reported and cannot be chosen. */
  #read(paragraph: ByteString, repository: string): AvailableDeb[] {
    try {
      const offer = readAvailableDeb(paragraph, repository);
      return this.#offers.architectures.has(offer.architecture) ? [offer] : [];
    } catch (error) {
      if (!isSutureError(error, 'PACKAGE_INVALID')) throw error;
      this.#offers.progress.emit({ kind: 'note', level: 'warning', message: `not offered: ${error.message}` });
      return [];
    }
  }
}

function pinnable({ opened: { release }, source, component }: OpenedComponent): PinnableRelease {
  const host = /^[a-z][a-z0-9+.-]*:\/\/([^/:]*)/i.exec(source.uri)?.[1] ?? '';
  return { ...release, component, host };
}
