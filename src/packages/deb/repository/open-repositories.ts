import { textToByteString } from '../../../core/bytes.ts';
import type { Digest } from '../../../core/digest.ts';
import { isSutureError } from '../../../core/errors/error.ts';
import { step } from '../../../core/progress.ts';
import { allEnded } from '../../../core/settle.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { phasingOf } from '../phasing/phasing.ts';
import type { DebDatabase } from '../types.ts';
import type { RepositoryAccess } from './access.ts';
import { type AptConfiguration, readAptConfiguration } from './configuration/apt-conf.ts';
import { readPreferences } from './configuration/preferences.ts';
import { parseAptSources, readAptSources } from './configuration/read-sources.ts';
import { type AptSource, repositoryId } from './configuration/source.ts';
import { type OpenedDebRepositories, VerifiedDebRepositories } from './deb-repositories.ts';
import { IndexStore } from './index/index-store.ts';
import { isForOthers, notForArchitecture, type OpenedComponent, openComponents, type Unusable } from './open-source.ts';
import { PackageCache } from './package-cache.ts';
import { freshnessRules } from './release/freshness.ts';
import { openRelease } from './release/open-release.ts';
import { ReleaseStore } from './release/release-store.ts';
import { SourceKeyrings } from './release/source-keys.ts';
import { imageAuthFiles } from './transport/credentials.ts';
import { locate } from './transport/locations.ts';
import { RepositoryTransport } from './transport/transport.ts';

interface Opening {
  readonly access: RepositoryAccess;
  readonly tree: VirtualTree;
  readonly configuration: AptConfiguration;
  readonly architectures: readonly string[];
  readonly transport: RepositoryTransport;
  readonly store: ReleaseStore;
  readonly indexes: IndexStore;
  readonly keyrings: SourceKeyrings;
}

interface Outcome {
  readonly components: readonly OpenedComponent[];
  readonly unusable: readonly Unusable[];
}

/**
 * Opens every apt repository that the image configures and proves its Release and indexes. What cannot be reached or
 * understood is listed in `unusable` with the reason; what looks like an attack or a broken mirror ends it.
 * @throws SutureError REPOSITORY_UNSIGNED, REPOSITORY_UNTRUSTED, REPOSITORY_EXPIRED, REPOSITORY_ROLLED_BACK,
 * REPOSITORY_CHANGED, INDEX_HASH_MISMATCH; CONFIGURATION and FILE_UNREADABLE for what the caller handed in
 */
export async function openDebRepositories(
  tree: VirtualTree,
  database: Pick<DebDatabase, 'architecture' | 'foreignArchitectures'>,
  access: RepositoryAccess,
): Promise<OpenedDebRepositories> {
  const configuration = readAptConfiguration(tree);
  const native = configuration.get('apt::architecture') ?? database.architecture;
  const architectures = [...new Set([native, database.architecture, ...database.foreignArchitectures])];
  const auth = [...(access.credentials ?? []), ...imageAuthFiles(tree)];
  const transport = new RepositoryTransport(access.offline === true ? undefined : access.http, tree, auth);
  const opening: Opening = {
    access,
    tree,
    configuration,
    architectures,
    transport,
    store: new ReleaseStore(access.cacheDirectory),
    indexes: new IndexStore(access.cacheDirectory, transport),
    keyrings: new SourceKeyrings(tree, access.keyrings ?? []),
  };
  const outcomes = await allEnded(sourcesOf(tree, native, access).map((source) => openSource(source, opening)));
  const defaultRelease = configuration.get('apt::default-release');
  const preferences = readPreferences(tree, {
    architecture: native,
    ...(defaultRelease === undefined ? {} : { defaultRelease }),
  });
  for (const note of preferences.notes) {
    access.progress.emit({ kind: 'note', level: 'warning', message: `apt preferences of the image, ${note}` });
  }
  return new VerifiedDebRepositories(
    {
      components: withoutDuplicates(outcomes.flatMap(({ components }) => components)),
      architectures: new Set([...architectures, 'all']),
      preferences,
      phasing: phasingOf(tree, configuration),
      packages: new PackageCache(access.cacheDirectory, transport),
      progress: access.progress,
    },
    outcomes.flatMap(({ unusable }) => unusable),
  );
}

function sourcesOf(tree: VirtualTree, architecture: string, { defaultSources = [] }: RepositoryAccess): AptSource[] {
  const configured = readAptSources(tree, architecture);
  if (configured.length > 0) return configured;
  return defaultSources.flatMap(({ name, text }) =>
    parseAptSources(textToByteString(text), name, architecture).map((source) => ({
      ...source,
      ofCaller: true as const,
    })),
  );
}

async function openSource(source: AptSource, opening: Opening): Promise<Outcome> {
  const { access } = opening;
  const unusable = (reason: string): Outcome => ({
    components: [],
    unusable: idsOf(source).map((id) => ({ id, reason })),
  });
  const located = locate(source, access.redirects ?? [], opening.tree);
  if (located.kind === 'unusable') return unusable(located.reason);
  if (isForOthers(source, opening.architectures)) return unusable(notForArchitecture(opening.architectures));
  const lock = lockOf(source, access.lock);
  if (access.lock !== undefined && lock === undefined) return unusable('the stored plan does not use it');
  const minimumDate = latest(idsOf(source).flatMap((id) => access.minimumDates?.get(id) ?? []));
  const title = `Repository ${repositoryId(source)}`;
  try {
    return await step(access.progress, `repository:${repositoryId(source)}`, title, async () => {
      const request = {
        source,
        locations: located.locations,
        keys: await opening.keyrings.keysOf(source),
        rules: freshnessRules(source, opening.configuration),
        honourCheckValidUntilNo: access.honourCheckValidUntilNo === true,
        offline: access.offline === true,
        ...(minimumDate === undefined ? {} : { minimumDate }),
        ...(lock === undefined ? {} : { lock }),
      };
      const opened = await openRelease(request, {
        transport: opening.transport,
        store: opening.store,
        clock: access.clock,
      });
      return openComponents(source, opened, opening.architectures, opening.indexes);
    });
  } catch (error) {
    if (isSutureError(error, 'REPOSITORY_UNREACHABLE', 'REPOSITORY_INVALID')) return unusable(error.message);
    if (source.trusted && isSutureError(error, 'REPOSITORY_UNSIGNED', 'REPOSITORY_UNTRUSTED')) {
      return unusable(`${error.message}; "trusted=yes" is not honoured: pin a key for it`);
    }
    throw error;
  }
}

function idsOf(source: AptSource): string[] {
  if (source.components.length === 0) return [repositoryId(source)];
  return source.components.map((component) => repositoryId(source, component));
}

function lockOf(source: AptSource, lock: RepositoryAccess['lock']): Digest | undefined {
  for (const id of idsOf(source)) {
    const digest = lock?.get(id);
    if (digest !== undefined) return digest;
  }
  return undefined;
}

/** The latest of some ISO 8601 dates in UTC. */
function latest(dates: readonly string[]): string | undefined {
  return dates.toSorted((a, b) => Date.parse(a) - Date.parse(b)).at(-1);
}

/** The same component configured twice counts once, as apt does with a warning. */
function withoutDuplicates(components: readonly OpenedComponent[]): OpenedComponent[] {
  const seen = new Set<string>();
  return components.filter(({ info }) => !seen.has(info.id) && seen.add(info.id));
}
