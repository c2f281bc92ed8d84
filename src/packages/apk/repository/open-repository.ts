import type { Digest } from '../../../core/digest.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { TrustedKey } from '../archive/signature.ts';
import type { ConfiguredRepository } from './configuration.ts';
import { INDEX_LIMIT, type VerifiedIndex, verifyIndex } from './index-file.ts';
import type { IndexStore } from './index-store.ts';
import { describeLocation, type Location } from './locations.ts';
import type { RepositoryTransport } from './transport.ts';

/** A repository whose index was proven, and where its packages are fetched from. */
export interface OpenedRepository {
  readonly configured: ConfiguredRepository;
  readonly index: VerifiedIndex;
  readonly location: Location;
}

export interface OpeningPorts {
  readonly transport: RepositoryTransport;
  readonly store: IndexStore;
  readonly keys: readonly TrustedKey[];
  readonly architecture: string;
  readonly offline: boolean;
}

interface FetchedIndex {
  readonly bytes: Uint8Array;
  readonly location: Location;
}

/**
 * Fetches and proves the index of a repository. Its only date is that of the signed archive: an older one than was seen
 * before at the same place is a rollback.
 * @param lock exactly this index and no other; then its order does not matter
 * @throws SutureError REPOSITORY_UNSIGNED, _UNTRUSTED, _ROLLED_BACK, _CHANGED, _INVALID, _UNREACHABLE
 */
export async function openRepository(
  configured: ConfiguredRepository,
  locations: readonly Location[],
  ports: OpeningPorts,
  lock: Digest | undefined,
): Promise<OpenedRepository> {
  const what = `the index of ${configured.id}`;
  const place = `${configured.id}\n${locations.map(describeLocation).join('\n')}`;
  const { bytes, location } = await fetchIndex(what, place, locations, ports, lock);
  const index = verifyIndex(bytes, ports.keys, what);
  if (lock !== undefined && index.digest !== lock) {
    throw new SutureError(
      'REPOSITORY_CHANGED',
      `${what} has the digest ${index.digest}, and the stored plan was made from ${lock}`,
    );
  }
  if (lock === undefined) {
    const seen = await ports.store.newest(place);
    if (seen !== undefined && seen.made > index.made) {
      throw new SutureError(
        'REPOSITORY_ROLLED_BACK',
        `${what} was made on ${isoDate(index.made)}, and one of ${isoDate(seen.made)} was seen before`,
      );
    }
    await ports.store.remember(place, index);
  }
  await ports.store.write(bytes);
  return { configured, index, location };
}

export function isoDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

async function fetchIndex(
  what: string,
  place: string,
  locations: readonly Location[],
  { transport, store, offline, architecture }: OpeningPorts,
  lock: Digest | undefined,
): Promise<FetchedIndex> {
  const [first] = locations;
  if (first === undefined) throw new SutureError('REPOSITORY_UNREACHABLE', `${what} has an address of unknown form`);
  const wanted = lock ?? (offline && first.kind === 'http' ? (await store.newest(place))?.digest : undefined);
  const kept = wanted === undefined ? undefined : await store.read(wanted);
  if (kept !== undefined) return { bytes: kept, location: first };
  return transport.readFirst(locations, `${architecture}/APKINDEX.tar.gz`, INDEX_LIMIT);
}
