import type { Digest } from '../../../../core/digest.ts';
import { SutureError } from '../../../../core/errors/error.ts';
import { LIMITS } from '../../../../core/limits.ts';
import type { Clock } from '../../../../core/ports.ts';
import { collect } from '../../../../core/streams.ts';
import { type AptSource, repositoryId } from '../configuration/source.ts';
import { describeLocation, type Location } from '../transport/redirects.ts';
import { absentEverywhere, type RepositoryTransport } from '../transport/transport.ts';
import { looksClearSigned, splitClearSigned } from './clear-signed.ts';
import { checkFreshness, type FreshnessRules, iso } from './freshness.ts';
import { parseRelease, type Release } from './release-file.ts';
import { type ReleaseStore, releaseDigest, type SignedRelease } from './release-store.ts';
import { verifySignatures } from './signature.ts';
import type { SourceKeys } from './source-keys.ts';

/** A Release file that was proven, and where it came from: indexes and packages are fetched from the same place. */
export interface OpenedRelease {
  readonly release: Release;
  readonly digest: Digest;
  /** Upper-case fingerprints. */
  readonly signedBy: readonly string[];
  readonly location: Location;
  /** Directory of the Release file relative to the archive root, with a trailing slash. */
  readonly directory: string;
}

export interface ReleaseRequest {
  readonly source: AptSource;
  readonly locations: readonly Location[];
  readonly keys: SourceKeys;
  readonly rules: FreshnessRules;
  readonly honourCheckValidUntilNo: boolean;
  /** ISO 8601: the Release must not be older. */
  readonly minimumDate?: string;
  /** Exactly this Release and no other; then neither its age nor its order matters. */
  readonly lock?: Digest;
  /** Read only what the cache has. */
  readonly offline: boolean;
}

export interface ReleasePorts {
  readonly transport: RepositoryTransport;
  readonly store: ReleaseStore;
  readonly clock: Clock;
}

/** `dists/<suite>/`, or the directory of a flat repository. */
export function releaseDirectory(suite: string): string {
  return suite.endsWith('/') ? suite.replace(/^(?:\.?\/)+/, '') : `dists/${suite}/`;
}

/**
 * Fetches and proves the Release file of a repository: InRelease, else Release with Release.gpg; signed by a key of this
 * very source, neither expired nor from the future, not older than one seen before.
 * @throws SutureError REPOSITORY_UNSIGNED, _UNTRUSTED, _EXPIRED, _ROLLED_BACK, _CHANGED, _INVALID, _UNREACHABLE
 */
export async function openRelease(request: ReleaseRequest, ports: ReleasePorts): Promise<OpenedRelease> {
  const { source, rules } = request;
  const what = `the Release file of ${repositoryId(source)}`;
  const directory = releaseDirectory(source.suite);
  const { file, location } = await obtain(request, ports, directory, what);
  const now = ports.clock.now();
  const proven = await prove(file, request, now + rules.dateMaxFuture * 1000, what);
  const digest = releaseDigest(file);
  const { release } = proven;
  if (request.lock === undefined) {
    checkFreshness(release, rules, now, what, request.honourCheckValidUntilNo);
    checkMinimumDate(release, request.minimumDate, what);
    await checkRollback(release, digest, memoryName(request, location), ports.store, what);
  }
  await ports.store.write(file);
  return { ...proven, digest, location, directory };
}

/** Redirected on purpose to an older snapshot is no rollback, so each place has a memory of its own. */
function memoryName({ source }: ReleaseRequest, location: Location): string {
  return `${repositoryId(source)} from ${describeLocation(location)}`;
}

async function obtain(
  request: ReleaseRequest,
  ports: ReleasePorts,
  directory: string,
  what: string,
): Promise<{ file: SignedRelease; location: Location }> {
  const [first] = request.locations;
  if (first === undefined) throw new SutureError('REPOSITORY_UNREACHABLE', `${what} has no location`);
  if (request.lock !== undefined) {
    const stored = await ports.store.read(request.lock);
    if (stored !== undefined) return { file: stored, location: first };
  } else if (request.offline) {
    for (const location of request.locations) {
      const seen = await ports.store.newest(memoryName(request, location));
      const file = seen === undefined ? undefined : await ports.store.read(seen.digest);
      if (file !== undefined) return { file, location };
    }
  }
  const fetched = await fetchFirst(request.locations, ports.transport, directory, what);
  if (request.lock !== undefined && releaseDigest(fetched.file) !== request.lock) {
    const place = describeLocation(fetched.location);
    throw new SutureError('REPOSITORY_CHANGED', `${what} at ${place} is not the one of the plan (${request.lock})`);
  }
  return fetched;
}

async function fetchFirst(
  locations: readonly Location[],
  transport: RepositoryTransport,
  directory: string,
  what: string,
): Promise<{ file: SignedRelease; location: Location }> {
  const absent: { location: Location; why: string }[] = [];
  let failure: Error | undefined;
  for (const location of locations) {
    try {
      const found = await fetchRelease(location, transport, directory, what);
      if ('file' in found) return { file: found.file, location };
      absent.push({ location, why: found.why });
    } catch (error) {
      if (locations.length === 1) throw error;
      failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }
  throw failure ?? absentEverywhere(what, absent);
}

async function fetchRelease(
  location: Location,
  transport: RepositoryTransport,
  directory: string,
  what: string,
): Promise<{ file: SignedRelease } | { why: string }> {
  const read = async (name: string): Promise<Buffer | string> => {
    const answer = await transport.open(location, directory + name, LIMITS.release);
    return answer.kind === 'absent' ? answer.why : collect(answer.body, LIMITS.release, `${what} (${name})`);
  };
  const inRelease = await read('InRelease');
  if (typeof inRelease !== 'string') return { file: { signed: inRelease } };
  const signed = await read('Release');
  if (typeof signed === 'string') return { why: `InRelease: ${inRelease}; Release: ${signed}` };
  const detached = await read('Release.gpg');
  if (typeof detached === 'string') {
    const place = describeLocation(location);
    throw new SutureError(
      'REPOSITORY_UNSIGNED',
      `${what} at ${place} has neither InRelease nor Release.gpg (${detached})`,
    );
  }
  return { file: { signed, detached } };
}

async function prove(
  file: SignedRelease,
  { keys, source }: ReleaseRequest,
  now: number,
  what: string,
): Promise<Pick<OpenedRelease, 'release' | 'signedBy'>> {
  const common = { what, ...keys, now };
  if (file.detached !== undefined) {
    const content = { kind: 'file', bytes: file.signed } as const;
    const signedBy = await verifySignatures({ ...common, content, signature: file.detached });
    return { release: checkedRelease(Buffer.from(file.signed).toString('latin1'), source, what), signedBy };
  }
  if (!looksClearSigned(file.signed) && !Buffer.from(file.signed).includes('-----BEGIN PGP SIGNED MESSAGE-----')) {
    throw new SutureError('REPOSITORY_UNSIGNED', `${what} (InRelease) is not signed`);
  }
  const { lines, signature } = splitClearSigned(file.signed, what);
  const signedBy = await verifySignatures({ ...common, content: { kind: 'lines', lines }, signature });
  return { release: checkedRelease(`${lines.join('\n')}\n`, source, what), signedBy };
}

function checkedRelease(text: string, { suite }: AptSource, what: string): Release {
  const release = parseRelease(text, what);
  if (!isSuite(release, suite)) {
    const names = [release.suite, release.codename].filter((name) => name !== '').join(' or ');
    throw new SutureError('REPOSITORY_INVALID', `${what} is of ${names}, not of ${suite}`);
  }
  return release;
}

/**
 * Whether a Release is of the suite that was asked for: by Suite or Codename, also without a last `/updates` as Debian's
 * security archive used it. Flat repositories, and those that give neither, say nothing. apt only warns; here another
 * suite's valid file is refused, because a mirror could offer it in place of the right one.
 */
export function isSuite(release: Pick<Release, 'suite' | 'codename'>, asked: string): boolean {
  if (asked.endsWith('/')) return true;
  const names = [release.suite, release.codename].filter((name) => name !== '');
  return names.length === 0 || names.includes(asked) || names.includes(asked.replace(/\/[^/]*$/, ''));
}

function checkMinimumDate(release: Release, minimumDate: string | undefined, what: string): void {
  if (minimumDate === undefined || release.date >= Date.parse(minimumDate)) return;
  throw new SutureError(
    'REPOSITORY_ROLLED_BACK',
    `${what} is of ${iso(release.date)}, older than the one used before, of ${minimumDate}`,
  );
}

async function checkRollback(
  release: Release,
  digest: Digest,
  name: string,
  store: ReleaseStore,
  what: string,
): Promise<void> {
  const seen = await store.newest(name);
  if (seen !== undefined && release.date < seen.date) {
    throw new SutureError(
      'REPOSITORY_ROLLED_BACK',
      `${what} is of ${iso(release.date)}, older than the one seen before, of ${iso(seen.date)}`,
    );
  }
  if (seen?.digest !== digest) await store.remember(name, { date: release.date, digest });
}
