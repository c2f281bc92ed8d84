import type { Relation } from '../types.ts';
import { architectureOf, fulfils, hits, type Matching, namesOf, type Slot, type Unit } from './relations.ts';
import { dependenciesOf, exclusionsOf, type Placed, type Trial } from './world.ts';

/** One relation that a trial breaks. */
export type Violation =
  | { readonly kind: 'dependency'; readonly owner: Placed; readonly clause: readonly Relation[] }
  | { readonly kind: 'exclusion'; readonly owner: Placed; readonly relation: Relation; readonly victim: Placed }
  | { readonly kind: 'lock-step'; readonly owner: Placed; readonly other: Placed };

/**
 * The first relation that the changes of a trial break: relations of changed packages, and relations of all others that
 * the changed ones took part in. What was broken in the image before (distroless images lack dependencies on purpose) is
 * not held against it.
 */
export function findViolation(trial: Trial, matching: Matching): Violation | undefined {
  for (const [slot, { offer }] of trial.changes) {
    const placed = { slot, unit: offer };
    const violation =
      brokenLockStep(placed, trial) ??
      ownBrokenDependency(placed, trial, matching) ??
      ownExclusion(placed, trial, matching) ??
      brokenForOthers(placed, trial, matching);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

export function clauseIsMet(
  clause: readonly Relation[],
  from: string,
  named: (name: string) => Iterable<Placed>,
  matching: Matching,
): boolean {
  for (const relation of clause) {
    for (const { unit } of named(relation.name)) if (fulfils(relation, unit, from, matching)) return true;
  }
  return false;
}

/** dpkg wants all architectures of a `Multi-Arch: same` package at one version, and no other package twice. */
function brokenLockStep(placed: Placed, trial: Trial): Violation | undefined {
  for (const other of trial.named(placed.unit.name)) {
    if (other.slot === placed.slot || other.unit.name !== placed.unit.name) continue;
    const together = other.unit.multiArch === 'same' && placed.unit.multiArch === 'same';
    if (!together || other.unit.version !== placed.unit.version) return { kind: 'lock-step', owner: placed, other };
  }
  return undefined;
}

function ownBrokenDependency(owner: Placed, trial: Trial, matching: Matching): Violation | undefined {
  for (const clause of dependenciesOf(owner.unit)) {
    if (isBroken(owner, clause, trial, matching)) return { kind: 'dependency', owner, clause };
  }
  return undefined;
}

function ownExclusion(owner: Placed, trial: Trial, matching: Matching): Violation | undefined {
  for (const clause of exclusionsOf(owner.unit)) {
    for (const relation of clause) {
      for (const victim of trial.named(relation.name)) {
        if (excludes(owner, relation, victim, trial, matching)) return { kind: 'exclusion', owner, relation, victim };
      }
    }
  }
  return undefined;
}

function brokenForOthers(changed: Placed, trial: Trial, matching: Matching): Violation | undefined {
  const before = trial.world.get(changed.slot);
  const names = new Set([...namesOf(changed.unit), ...(before === undefined ? [] : namesOf(before))]);
  for (const name of names) {
    for (const owner of trial.mentioning(name)) {
      const violation =
        otherBrokenDependency(owner, name, trial, matching) ?? otherExclusion(owner, name, changed, trial, matching);
      if (violation !== undefined) return violation;
    }
  }
  return undefined;
}

function otherBrokenDependency(owner: Placed, name: string, trial: Trial, matching: Matching): Violation | undefined {
  for (const clause of dependenciesOf(owner.unit)) {
    if (!clause.some((relation) => relation.name === name)) continue;
    if (isBroken(owner, clause, trial, matching)) return { kind: 'dependency', owner, clause };
  }
  return undefined;
}

function otherExclusion(
  owner: Placed,
  name: string,
  victim: Placed,
  trial: Trial,
  matching: Matching,
): Violation | undefined {
  for (const clause of exclusionsOf(owner.unit)) {
    for (const relation of clause) {
      if (relation.name === name && excludes(owner, relation, victim, trial, matching)) {
        return { kind: 'exclusion', owner, relation, victim };
      }
    }
  }
  return undefined;
}

function isBroken(owner: Placed, clause: readonly Relation[], trial: Trial, matching: Matching): boolean {
  const from = architectureOf(owner.unit, matching.native);
  if (clauseIsMet(clause, from, (name) => trial.named(name), matching)) return false;
  return !wasBroken(owner.slot, clause, from, trial, matching);
}

function wasBroken(slot: Slot, clause: readonly Relation[], from: string, trial: Trial, matching: Matching): boolean {
  const original = trial.original(slot);
  if (original === undefined) return false;
  return dependenciesOf(original).some(
    (old) => sameNames(old, clause) && !clauseIsMet(old, from, (name) => trial.originallyNamed(name), matching),
  );
}

function excludes(owner: Placed, relation: Relation, victim: Placed, trial: Trial, matching: Matching): boolean {
  if (victim.slot === owner.slot || !hits(relation, owner.unit, victim.unit, matching)) return false;
  return !wasExcluded(owner.slot, relation.name, victim.slot, trial, matching);
}

function wasExcluded(owner: Slot, name: string, victim: Slot, trial: Trial, matching: Matching): boolean {
  const excluder: Unit | undefined = trial.original(owner);
  const excluded: Unit | undefined = trial.original(victim);
  if (excluder === undefined || excluded === undefined) return false;
  return exclusionsOf(excluder).some((clause) =>
    clause.some((relation) => relation.name === name && hits(relation, excluder, excluded, matching)),
  );
}

function sameNames(a: readonly Relation[], b: readonly Relation[]): boolean {
  return a.length === b.length && a.every((relation, index) => relation.name === b[index]?.name);
}
