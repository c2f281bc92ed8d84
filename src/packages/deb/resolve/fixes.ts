import { formatRelation, formatRelations } from '../control/relations.ts';
import type { AvailableDeb, Relation } from '../types.ts';
import type { Offers } from './offers.ts';
import { architectureOf, fulfils, type Slot } from './relations.ts';
import type { Violation } from './violations.ts';
import { type Placed, slotOfUnit, type Trial } from './world.ts';

/** One change that may mend a violation. */
export interface Fix {
  readonly slot: Slot;
  readonly offer: AvailableDeb;
  readonly reason: string;
}

/**
 * Every change that could mend a violation, the smallest intervention first: upgrade what is there, then install. Of a
 * dependency's alternatives the first wins, and of one alternative the real package before its providers, as with apt.
 * Nothing is removed and nothing goes back to an older version.
 */
export function* fixesFor(violation: Violation, trial: Trial, offers: Offers): Generator<Fix> {
  switch (violation.kind) {
    case 'dependency':
      yield* fixesForDependency(violation.owner, violation.clause, trial, offers);
      return;
    case 'exclusion': {
      const { owner, victim } = violation;
      const reason = `upgraded together: ${describe(owner)} excludes ${formatRelation(violation.relation)}`;
      yield* upgrades(victim, trial, offers, reason);
      yield* upgrades(owner, trial, offers, reason);
      return;
    }
    case 'lock-step':
      yield* lockStep(violation.owner, violation.other, trial, offers);
  }
}

/** `name version`. */
export function describe({ unit }: Placed): string {
  return `${unit.name} ${unit.version}`;
}

function* fixesForDependency(owner: Placed, clause: readonly Relation[], trial: Trial, offers: Offers): Generator<Fix> {
  const relation = formatRelations([clause]);
  yield* upgrades(owner, trial, offers, `upgraded together: ${describe(owner)} depends on ${relation}`);
  const reason = `needed by ${owner.unit.name}, which depends on ${relation}`;
  for (const alternative of clause) yield* upgradesThatFulfil(alternative, owner, trial, offers, reason);
  for (const alternative of clause) yield* installsThatFulfil(alternative, owner, trial, offers, reason);
}

function* upgrades(placed: Placed, trial: Trial, offers: Offers, reason: string): Generator<Fix> {
  for (const offer of newerChoices(placed.slot, trial, offers)) yield { slot: placed.slot, offer, reason };
}

function* upgradesThatFulfil(
  relation: Relation,
  owner: Placed,
  trial: Trial,
  offers: Offers,
  reason: string,
): Generator<Fix> {
  const from = architectureOf(owner.unit, offers.native);
  const slots = new Set<Slot>();
  for (const { slot } of trial.named(relation.name)) slots.add(slot);
  for (const provider of offers.repositories.providers(relation.name)) slots.add(slotOfUnit(provider, offers));
  for (const slot of slots) {
    for (const offer of newerChoices(slot, trial, offers)) {
      if (fulfils(relation, offer, from, offers)) yield { slot, offer, reason };
    }
  }
}

function* installsThatFulfil(
  relation: Relation,
  owner: Placed,
  trial: Trial,
  offers: Offers,
  reason: string,
): Generator<Fix> {
  const from = architectureOf(owner.unit, offers.native);
  const places = new Map<Slot, { name: string; architecture: string }>();
  for (const architecture of new Set([from, offers.native])) {
    places.set(`${relation.name}:${architecture}`, { name: relation.name, architecture });
  }
  for (const provider of offers.repositories.providers(relation.name)) {
    const architecture = architectureOf(provider, offers.native);
    places.set(slotOfUnit(provider, offers), { name: provider.name, architecture });
  }
  for (const [slot, { name, architecture }] of places) {
    if (trial.get(slot) !== undefined) continue;
    for (const offer of offers.choices(name, architecture, undefined)) {
      if (fulfils(relation, offer, from, offers)) yield { slot, offer, reason };
    }
  }
}

function* lockStep(owner: Placed, other: Placed, trial: Trial, offers: Offers): Generator<Fix> {
  if (trial.isChanged(other.slot) || trial.original(other.slot)?.held === true) return;
  const architecture = architectureOf(other.unit, offers.native);
  const offer = offers
    .at(other.unit.name, architecture)
    .find((candidate) => candidate.version === owner.unit.version && offers.priority(candidate) > 0);
  if (offer === undefined || offers.compare(offer.version, other.unit.version) <= 0) return;
  const installed = trial.original(other.slot);
  if (installed !== undefined && offers.heldBack(offer, installed) !== undefined) return;
  yield { slot: other.slot, offer, reason: `in lock-step with ${owner.slot}` };
}

/** Versions that a place may still move to in this trial: none once it was decided, none when it is held. */
export function newerChoices(slot: Slot, trial: Trial, offers: Offers): readonly AvailableDeb[] {
  const current = trial.world.get(slot);
  if (current === undefined || trial.isChanged(slot)) return [];
  const original = trial.original(slot);
  if (original?.held === true) return [];
  const architecture = architectureOf(current, offers.native);
  return offers
    .choices(current.name, architecture, original)
    .filter((offer) => offers.compare(offer.version, current.version) > 0);
}
