import type { ByteString } from '../../../core/bytes.ts';
import type { Exclusions, Pending, UpgradeRequest } from '../../family.ts';
import type { InstalledApk } from '../types.ts';
import { type Candidate, installedCandidate, type Offer } from './candidate.ts';
import { type Dependency, matches } from './dependency.ts';
import { triggeredInstalls } from './install-if.ts';
import { applyOrder } from './order.ts';
import { Search } from './search.ts';
import { Universe } from './universe.ts';
import { describeViolation, type Selection, type Violation } from './violations.ts';
import { allowedOffers, type Offers, siblingsOf, type Want, wantsOf } from './wants.ts';

/** What the image has and what its repositories offer. */
export interface Situation {
  readonly installed: readonly InstalledApk[];
  readonly world: readonly Dependency[];
  readonly offers: readonly Offer[];
}

/** A build that replaces an installed one, or comes in addition. */
export interface Change {
  readonly to: Candidate;
  readonly offer: Offer;
  readonly from?: InstalledApk;
  readonly reason: string;
}

/** Decided changes in the order in which apk would apply them. */
export interface Decision {
  readonly changes: readonly Change[];
  readonly pending: readonly Pending[];
}

interface Solution {
  readonly selection: Selection;
  /** By name, what stood in the way of a newer build. */
  readonly obstacles: ReadonlyMap<ByteString, Violation>;
}

/**
 * Upgrades and never removes or downgrades: all wanted packages at their newest, if that is consistent; otherwise one after
 * the other in the order of their names, each at the newest build that those before leave possible. Packages of one source
 * follow each other; new dependencies and newly triggered `install_if` packages come in addition.
 */
export function resolveApks(situation: Situation, request: UpgradeRequest, exclusions: Exclusions): Decision {
  const { installed, world } = situation;
  const offers = allowedOffers(installed, world, situation.offers, exclusions);
  const present = installed.map(installedCandidate);
  const base: Selection = new Map(present.map((candidate) => [candidate.name, candidate]));
  const universe = new Universe([...present, ...[...offers.values()].flat()], world);
  const search = new Search(universe, base);
  const asked = wantsOf(request, installed, offers);
  const { wants, solution } = solveWithSiblings(asked.wants, installed, offers, base, search);
  const selection = triggeredInstalls(
    universe,
    search,
    base,
    solution.selection,
    new Set(wants.map(({ name }) => name)),
  );
  const changes = changesOf(selection, installed, universe, wants);
  const forbidden = allowedOffers(installed, world, situation.offers, new Map());
  return {
    changes,
    pending: [
      ...asked.pending,
      ...wants.flatMap((want) => notReached(want, selection, base, world, solution.obstacles)),
      ...excludedPending(exclusions, installed, forbidden, request),
    ].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
  };
}

/** Siblings of what changes are wanted, too; what they bring along may have siblings in turn. */
function solveWithSiblings(
  asked: readonly Want[],
  installed: readonly InstalledApk[],
  offers: Offers,
  base: Selection,
  search: Search,
): { readonly wants: readonly Want[]; readonly solution: Solution } {
  let wants = asked;
  for (;;) {
    const solution = solve(wants, base, search);
    const changed = [...solution.selection.values()].filter((candidate) => base.get(candidate.name) !== candidate);
    const names = new Set([...wants.map(({ name }) => name), ...changed.map(({ name }) => name)]);
    const more = siblingsOf(names, installed, offers);
    if (more.length === 0) return { wants, solution };
    wants = [...wants, ...more];
  }
}

function solve(wants: readonly Want[], base: Selection, search: Search): Solution {
  const all = search.near(
    withChoices(
      base,
      wants.map(({ builds }) => builds[0]),
    ),
    new Set(wants.map(({ name }) => name)),
  );
  if (all.selection !== undefined) return { selection: all.selection, obstacles: new Map() };
  const chosen = new Map<ByteString, Candidate>();
  const obstacles = new Map<ByteString, Violation>();
  let selection = base;
  for (const { name, builds } of wants) {
    for (const build of builds) {
      // From the image as it is: what an earlier search added by the way may not be needed any more.
      const start = withChoices(base, [...chosen.values(), build]);
      const result = search.near(start, new Set([...chosen.keys(), name]));
      if (result.selection !== undefined) {
        chosen.set(name, build);
        selection = result.selection;
        break;
      }
      if (result.obstacle !== undefined && !obstacles.has(name)) obstacles.set(name, result.obstacle);
    }
  }
  return { selection, obstacles };
}

function withChoices(base: Selection, choices: readonly (Candidate | undefined)[]): Selection {
  const selection = new Map(base);
  for (const choice of choices) if (choice !== undefined) selection.set(choice.name, choice);
  return selection;
}

function changesOf(
  selection: Selection,
  installed: readonly InstalledApk[],
  universe: Universe,
  wants: readonly Want[],
): readonly Change[] {
  const reasons = new Map(wants.map(({ name, reason }) => [name, reason]));
  const records = new Map(installed.map((record) => [record.name, record]));
  return applyOrder(selection, universe.world).flatMap((to): Change[] => {
    if (to.offer === undefined) return [];
    const from = records.get(to.name);
    const reason = reasons.get(to.name) ?? neededBy(to, selection);
    return [{ to, offer: to.offer, ...(from === undefined ? {} : { from }), reason }];
  });
}

function neededBy(candidate: Candidate, selection: Selection): string {
  for (const owner of selection.values()) {
    const needs = owner.depends.some(
      (dependency) =>
        !dependency.conflict &&
        candidate.provisions.some((provision) => matches(dependency, provision, candidate.identity)),
    );
    if (needs && owner !== candidate) return `dependency of ${owner.name}`;
  }
  return `installed with ${candidate.installIf.map(({ name }) => name).join(' and ') || 'the rest'}`;
}

function notReached(
  { name, builds }: Want,
  selection: Selection,
  base: Selection,
  world: readonly Dependency[],
  obstacles: ReadonlyMap<ByteString, Violation>,
): Pending[] {
  const [newest] = builds;
  const present = base.get(name);
  if (newest === undefined || present === undefined || selection.get(name) === newest) return [];
  const common = { name, architecture: present.architecture, from: present.version, to: newest.version };
  const pin = pinAgainst(newest, world);
  if (pin !== undefined) return [{ ...common, reason: 'pinned', detail: `/etc/apk/world asks for ${pin.text}` }];
  const obstacle = obstacles.get(name);
  if (obstacle === undefined)
    return [{ ...common, reason: 'unsatisfiable', detail: 'no consistent set of packages was found' }];
  return [
    {
      ...common,
      reason: obstacle.kind === 'unmet' ? 'unsatisfiable' : 'conflict',
      detail: describeViolation(obstacle),
    },
  ];
}

/** The constraint of world that a build would break. */
export function pinAgainst(candidate: Candidate, world: readonly Dependency[]): Dependency | undefined {
  return world.find((dependency) => {
    const named = candidate.provisions.filter(({ name }) => name === dependency.name);
    const met = named.some((provision) => matches(dependency, provision, candidate.identity));
    return named.length > 0 && met === dependency.conflict;
  });
}

/** Excluded packages for which there would have been something; those that nobody asked for are not pending. */
function excludedPending(
  exclusions: Exclusions,
  installed: readonly InstalledApk[],
  offers: Offers,
  request: UpgradeRequest,
): Pending[] {
  return [...exclusions].flatMap(([slot, { reason, detail }]) => {
    const [name = '', architecture = ''] = slot.split(':');
    const record = installed.find((candidate) => candidate.name === name);
    const newest = offers.get(name)?.[0];
    const asked = request.only === undefined || record !== undefined;
    if (!asked || (record === undefined && newest === undefined)) return [];
    return [
      { name, architecture, from: record?.version ?? '', ...(newest ? { to: newest.version } : {}), reason, detail },
    ];
  });
}
