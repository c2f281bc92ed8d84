import type { Pending, PlanStep, Resolution, UpgradeRequest } from '../../family.ts';
import type { DebDatabase, DebRepositories } from '../types.ts';
import { compareDebVersions } from '../version/compare.ts';
import { closureOf } from './closure.ts';
import { pendingFor } from './explain.ts';
import { Offers } from './offers.ts';
import { applicationOrder } from './order.ts';
import { type CandidatePolicy, defaultPolicy } from './policy.ts';
import { type Target, targetsOf } from './targets.ts';
import { World } from './world.ts';

/**
 * Decides which packages of an image are upgraded, to what, and what must come along.
 *
 * Every package that the request means is upgraded with the smallest closure of further upgrades and new dependencies
 * under which all relations stay true; one that has no such closure stays as it is, and is pending with the relation that
 * stops it. Nothing is ever removed or downgraded. Recommends are not pulled in (`--no-install-recommends`, as images are
 * built). With scope `all` the result is that of `apt-get dist-upgrade` wherever that removes nothing.
 * The result depends on the arguments alone.
 */
export function resolveDebs(
  database: DebDatabase,
  repositories: DebRepositories,
  request: UpgradeRequest,
  policy: CandidatePolicy = defaultPolicy,
): Resolution {
  const offers = new Offers(
    database.architecture,
    repositories,
    request.scope,
    // What is asked for by name is installed whatever its phase, as by `apt-get install`.
    request.only === undefined ? policy : { priority: (offer, info) => policy.priority(offer, info) },
    compareDebVersions,
  );
  const world = new World(database);
  const { targets, pending } = targetsOf(database, request, offers);
  const impossible = upgradeAll(targets, world, offers);
  return { steps: stepsOf(world, targets, offers), pending: [...pending, ...impossible].sort(byPackage) };
}

/** Upgrades until nothing more can be; an upgrade that was impossible is tried again after others have made room. */
function upgradeAll(targets: readonly Target[], world: World, offers: Offers): readonly Pending[] {
  let open = targets;
  for (;;) {
    const failed: { target: Target; pending: Pending }[] = [];
    for (const target of open) {
      const pending = upgradeOne(target, world, offers);
      if (pending !== undefined) failed.push({ target, pending });
    }
    if (failed.length === 0 || failed.length === open.length) return failed.map(({ pending }) => pending);
    open = failed.map(({ target }) => target);
  }
}

function upgradeOne(target: Target, world: World, offers: Offers): Pending | undefined {
  const current = world.get(target.slot)?.version ?? target.installed.version;
  if (target.choices.some((offer) => offers.compare(current, offer.version) >= 0)) return undefined;
  let first: Pending | undefined;
  for (const offer of target.choices) {
    const closure = closureOf(target.slot, offer, target.reason, world, offers);
    if (closure.kind === 'closed') {
      world.accept(closure.changes);
      return undefined;
    }
    first ??= pendingFor(target.slot, target.installed, offer.version, closure, offers);
  }
  return first;
}

function stepsOf(world: World, targets: readonly Target[], offers: Offers): readonly PlanStep[] {
  const asked = new Map(targets.map((target) => [target.slot, target]));
  const changes = new Map([...world.accepted].map(([slot, { offer }]) => [slot, offer]));
  return applicationOrder(changes, offers).flatMap((slot): PlanStep[] => {
    const change = world.accepted.get(slot);
    if (change === undefined) return [];
    const { name, architecture, version, source, file } = change.offer;
    const from = world.original.get(slot)?.version;
    const reason = asked.get(slot)?.reason ?? change.reason;
    const step = { name, architecture, to: version, source, file, reason };
    return from === undefined ? [{ action: 'install', ...step }] : [{ action: 'upgrade', from, ...step }];
  });
}

function byPackage(a: Pending, b: Pending): number {
  return compareText(a.name, b.name) || compareText(a.architecture, b.architecture);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
