import type { Pending, RequestedPackage, UpgradeRequest } from '../../family.ts';
import type { AvailableDeb, DebDatabase, InstalledDeb } from '../types.ts';
import { pendingEntry } from './explain.ts';
import type { Offers } from './offers.ts';
import { architectureOf, type CompareVersions, type Slot, slotOf } from './relations.ts';

/** A package that should change, with the versions that would do, the preferred first. */
export interface Target {
  readonly slot: Slot;
  readonly installed: InstalledDeb;
  readonly choices: readonly AvailableDeb[];
  readonly reason: string;
}

export interface Targets {
  readonly targets: readonly Target[];
  /** What cannot change whatever the relations say. */
  readonly pending: readonly Pending[];
}

type Verdict = Target | Pending | undefined;

/** What a request means for the packages of an image, sorted by name and architecture. */
export function targetsOf(database: DebDatabase, request: UpgradeRequest, offers: Offers): Targets {
  const verdicts =
    request.only === undefined
      ? database.packages.map((installed) => byScope(installed, request.scope, offers))
      : requested(database, request.only, request.scope, offers);
  const targets: Target[] = [];
  const pending: Pending[] = [];
  for (const verdict of verdicts) {
    if (verdict === undefined) continue;
    if ('choices' in verdict) targets.push(verdict);
    else pending.push(verdict);
  }
  targets.sort((a, b) => (a.slot < b.slot ? -1 : a.slot > b.slot ? 1 : 0));
  return { targets, pending };
}

function byScope(installed: InstalledDeb, scope: UpgradeRequest['scope'], offers: Offers): Verdict {
  const architecture = architectureOf(installed, offers.native);
  const choices = offers.choices(installed.name, architecture, installed);
  const security = offers.newestSecurity(installed.name, architecture, installed);
  const first = choices[0];
  if (
    security !== undefined &&
    offers.isPinnedAway(security, offers.candidate(installed.name, architecture, installed))
  ) {
    const { version, file } = security;
    const verdict = pendingEntry(installed, version, 'pinned', `a pin keeps ${version} of ${file.repository} away`);
    if (scope === 'security' || first === undefined) return verdict;
  }
  if (scope === 'security' && security === undefined) return undefined;
  if (first === undefined) return heldBack(installed, offers);
  if (installed.held)
    return pendingEntry(installed, first.version, 'held', `held at ${installed.version} by the image`);
  const reason = scope === 'security' ? 'offered by a security suite' : 'newest version on offer';
  return { slot: slotOf(installed.name, installed.architecture, offers.native), installed, choices, reason };
}

/** A candidate that no choice was made of: a phased update, which all but its own request leaves alone. */
function heldBack(installed: InstalledDeb, offers: Offers): Pending | undefined {
  const candidate = offers.candidate(installed.name, architectureOf(installed, offers.native), installed);
  const why = candidate && offers.heldBack(candidate, installed);
  return candidate && why ? pendingEntry(installed, candidate.version, 'phased', why) : undefined;
}

function requested(
  database: DebDatabase,
  only: readonly RequestedPackage[],
  scope: UpgradeRequest['scope'],
  offers: Offers,
): Verdict[] {
  const demands = new Map<InstalledDeb, RequestedPackage[]>();
  const verdicts: Verdict[] = [];
  for (const request of only) {
    const matches = installedFor(request, database, offers.native);
    if (matches.length === 0) verdicts.push(notInstalled(request));
    for (const match of matches) {
      const demand = demandOn(match, request);
      const list = demands.get(match.package);
      if (list === undefined) demands.set(match.package, [demand]);
      else list.push(demand);
    }
  }
  for (const [installed, list] of demands) verdicts.push(byDemands(installed, list, scope, offers));
  return verdicts;
}

interface Match {
  readonly package: InstalledDeb;
  readonly bySource: boolean;
}

function installedFor(request: RequestedPackage, database: DebDatabase, native: string): Match[] {
  const here = database.packages.filter(
    (installed) =>
      request.architecture === undefined ||
      installed.architecture === request.architecture ||
      architectureOf(installed, native) === request.architecture,
  );
  const named = here.filter((installed) => installed.name === request.name);
  if (named.length > 0) return named.map((found) => ({ package: found, bySource: false }));
  return here
    .filter((installed) => installed.source.name === request.name)
    .map((found) => ({ package: found, bySource: true }));
}

/** A source package that was named gives source versions. */
function demandOn(match: Match, request: RequestedPackage): RequestedPackage {
  return match.bySource ? { ...request, minimumOf: 'source' } : request;
}

function notInstalled({ name, architecture, minimum }: RequestedPackage): Pending {
  return {
    name,
    architecture: architecture ?? '',
    from: '',
    ...(minimum === undefined ? {} : { to: minimum }),
    reason: 'not-installed',
    detail: `${name} was asked for, but the image has no package and no source of that name`,
  };
}

function byDemands(
  installed: InstalledDeb,
  demands: readonly RequestedPackage[],
  scope: UpgradeRequest['scope'],
  offers: Offers,
): Verdict {
  const minimum = highestMinimum(demands, offers.compare);
  if (minimum === undefined || meets(installed, demands, offers.compare)) {
    return demands.some((demand) => demand.minimum === undefined) ? byScope(installed, scope, offers) : undefined;
  }
  const architecture = architectureOf(installed, offers.native);
  const choices = offers
    .choices(installed.name, architecture, installed)
    .filter((offer) => meets(offer, demands, offers.compare));
  const anywhere = offers.at(installed.name, architecture).find((offer) => meets(offer, demands, offers.compare));
  if (anywhere === undefined) return notOffered(installed, minimum, offers);
  if (installed.held) return pendingEntry(installed, minimum, 'held', `held at ${installed.version} by the image`);
  if (choices.length === 0) {
    const { version, file } = anywhere;
    return pendingEntry(installed, minimum, 'pinned', `a pin keeps ${version} of ${file.repository} away`);
  }
  const slot = slotOf(installed.name, installed.architecture, offers.native);
  return { slot, installed, choices, reason: `asked for, at least ${minimum}` };
}

function notOffered(installed: InstalledDeb, minimum: string, offers: Offers): Pending {
  const newest = offers.at(installed.name, architectureOf(installed, offers.native))[0];
  const seen =
    newest === undefined
      ? 'no repository offers the package'
      : `the newest version on offer is ${newest.version} (${newest.file.repository})`;
  return pendingEntry(installed, minimum, 'not-in-repository', `fixed in ${minimum}; ${seen}`);
}

function meets(
  unit: InstalledDeb | AvailableDeb,
  demands: readonly RequestedPackage[],
  compare: CompareVersions,
): boolean {
  return demands.every(({ minimum, minimumOf }) => {
    if (minimum === undefined) return true;
    return compare(minimumOf === 'source' ? unit.source.version : unit.version, minimum) >= 0;
  });
}

function highestMinimum(demands: readonly RequestedPackage[], compare: CompareVersions): string | undefined {
  let highest: string | undefined;
  for (const { minimum } of demands) {
    if (minimum !== undefined && (highest === undefined || compare(minimum, highest) > 0)) highest = minimum;
  }
  return highest;
}
