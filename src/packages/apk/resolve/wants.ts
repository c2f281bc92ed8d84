import type { ByteString } from '../../../core/bytes.ts';
import type { Exclusions, Pending, UpgradeRequest } from '../../family.ts';
import type { InstalledApk } from '../types.ts';
import { compareApkVersions } from '../version/compare.ts';
import { type Candidate, type Offer, offeredCandidate } from './candidate.ts';
import type { Dependency } from './dependency.ts';

/** An installed package that is to be upgraded, with the builds that would do, newest first. */
export interface Want {
  readonly name: ByteString;
  readonly builds: readonly Candidate[];
  readonly reason: string;
}

/** What may be chosen: per name the builds that repositories offer and that tags, order and exclusions allow, newest first. */
export type Offers = ReadonlyMap<ByteString, readonly Candidate[]>;

/**
 * Sorts offers out: a package of a tagged repository only for a name that world, or the record of the installed package,
 * ties to that tag, and then no other; only builds newer than what is installed; nothing for excluded names.
 */
export function allowedOffers(
  installed: readonly InstalledApk[],
  world: readonly Dependency[],
  offers: readonly Offer[],
  exclusions: Exclusions,
): Offers {
  const versions = new Map(installed.map(({ name, version }) => [name, version]));
  const tags = tagsOf(installed, world);
  const excluded = new Set([...exclusions.keys()].map((slot) => slot.split(':')[0] ?? ''));
  const byName = new Map<ByteString, Candidate[]>();
  for (const offer of offers) {
    const { name, version, identity } = offer.entry;
    if (excluded.has(name) || (offer.tag !== undefined && tags.get(name) !== offer.tag)) continue;
    const present = versions.get(name);
    if (present !== undefined && compareApkVersions(version, present) <= 0) continue;
    const known = byName.get(name) ?? [];
    if (known.some((other) => other.identity === identity)) continue;
    known.push(offeredCandidate(offer));
    byName.set(name, known);
  }
  for (const [name, known] of byName) byName.set(name, sorted(known, tags.get(name)));
  return byName;
}

function sorted(known: readonly Candidate[], tag: string | undefined): Candidate[] {
  const tied = tag === undefined ? [] : known.filter(({ offer }) => offer?.tag === tag);
  return [...(tied.length > 0 ? tied : known)].sort((a, b) => compareApkVersions(b.version, a.version));
}

function tagsOf(installed: readonly InstalledApk[], world: readonly Dependency[]): ReadonlyMap<ByteString, string> {
  const recorded = installed.flatMap(({ name, fields }): [ByteString, string][] => {
    const tag = fields.find(({ letter }) => letter === 's')?.value;
    return tag === undefined ? [] : [[name, tag]];
  });
  const asked = world.flatMap(({ name, tag }): [ByteString, string][] => (tag === undefined ? [] : [[name, tag]]));
  return new Map([...recorded, ...asked]);
}

/**
 * What the request asks for, sorted by name. Alpine has no security suite: a release branch carries fixes as ordinary
 * updates, so `security` and `all` ask for the same.
 */
export function wantsOf(
  request: UpgradeRequest,
  installed: readonly InstalledApk[],
  offers: Offers,
): { readonly wants: readonly Want[]; readonly pending: readonly Pending[] } {
  if (request.only === undefined) {
    return {
      wants: installed.flatMap(({ name }) => wantOf(name, offers, 'newest in its branch')).sort(byName),
      pending: [],
    };
  }
  const wants = new Map<ByteString, Want>();
  const pending: Pending[] = [];
  for (const { name, architecture = '', minimum } of request.only) {
    const meant = packagesNamed(name, installed);
    if (meant.length === 0) {
      const detail = 'the image has neither a package nor a source of this name';
      pending.push({
        name,
        architecture,
        from: '',
        ...(minimum === undefined ? {} : { to: minimum }),
        reason: 'not-installed',
        detail,
      });
    }
    for (const present of meant) {
      if (minimum !== undefined && compareApkVersions(present.version, minimum) >= 0) continue;
      const builds = (offers.get(present.name) ?? []).filter(
        ({ version }) => minimum === undefined || compareApkVersions(version, minimum) >= 0,
      );
      if (builds.length > 0) wants.set(present.name, { name: present.name, builds, reason: 'asked for' });
      else if (minimum !== undefined) pending.push(notOffered(present, minimum, offers));
    }
  }
  return { wants: [...wants.values()].sort(byName), pending };
}

function wantOf(name: ByteString, offers: Offers, reason: string): Want[] {
  const builds = offers.get(name) ?? [];
  return builds.length === 0 ? [] : [{ name, builds, reason }];
}

function packagesNamed(name: string, installed: readonly InstalledApk[]): readonly InstalledApk[] {
  const direct = installed.filter((candidate) => candidate.name === name);
  return direct.length > 0 ? direct : installed.filter(({ origin }) => origin === name);
}

function notOffered({ name, arch, version }: InstalledApk, minimum: string, offers: Offers): Pending {
  const newest = offers.get(name)?.[0]?.version;
  const detail =
    newest === undefined
      ? `the repositories offer nothing newer than ${version}`
      : `the newest that the repositories offer is ${newest}`;
  return { name, architecture: arch, from: version, to: minimum, reason: 'not-in-repository', detail };
}

/** Installed packages of the same sources as some others: built together, they are upgraded together. */
export function siblingsOf(
  names: ReadonlySet<ByteString>,
  installed: readonly InstalledApk[],
  offers: Offers,
): readonly Want[] {
  const leaders = new Map<ByteString, ByteString>();
  for (const { name, origin } of installed) if (origin !== '' && names.has(name)) leaders.set(origin, name);
  return installed.flatMap(({ name, origin }) => {
    const leader = leaders.get(origin);
    return leader === undefined || names.has(name) ? [] : wantOf(name, offers, `same source as ${leader}`);
  });
}

function byName(a: Want, b: Want): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
