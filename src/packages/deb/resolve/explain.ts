import type { Pending, PendingReason } from '../../family.ts';
import { formatRelation, formatRelations } from '../control/relations.ts';
import type { InstalledDeb, Relation } from '../types.ts';
import type { Closure } from './closure.ts';
import { describe } from './fixes.ts';
import type { Offers } from './offers.ts';
import type { Slot } from './relations.ts';
import type { Violation } from './violations.ts';
import type { Placed, Trial } from './world.ts';

type Impossible = Extract<Closure, { kind: 'impossible' }>;

/** Why a package cannot change, as a pending entry that names the exact relation. */
export function pendingFor(
  slot: Slot,
  installed: InstalledDeb,
  to: string,
  closure: Impossible,
  offers: Offers,
): Pending {
  const { violation, trial } = closure;
  const sentence = explain(violation, trial, offers);
  const through = violation.owner.slot === slot ? '' : pathNote(violation.owner, trial);
  const limit = closure.exhausted ? ' (given up after too many combinations)' : '';
  return {
    name: installed.name,
    architecture: installed.architecture,
    from: installed.version,
    to,
    reason: reasonOf(violation, trial),
    detail: `${sentence}${through}${limit}`,
  };
}

/** Only a removal would help (a bystander's relation, Breaks, Conflicts): conflict. Something is missing: unsatisfiable. */
function reasonOf(violation: Violation, trial: Trial): PendingReason {
  switch (violation.kind) {
    case 'exclusion':
      return 'conflict';
    case 'lock-step':
      return 'unsatisfiable';
    case 'dependency':
      return trial.isChanged(violation.owner.slot) ? 'unsatisfiable' : 'conflict';
  }
}

function explain(violation: Violation, trial: Trial, offers: Offers): string {
  switch (violation.kind) {
    case 'dependency':
      return `${describe(violation.owner)} depends on ${formatRelations([violation.clause])}; ${violation.clause
        .map((relation) => situation(relation, trial, offers))
        .join('; ')}`;
    case 'exclusion': {
      const { owner, relation, victim } = violation;
      const field = owner.unit.conflicts.some((clause) => clause.includes(relation)) ? 'conflicts with' : 'breaks';
      return `${describe(owner)} ${field} ${formatRelation(relation)}; ${standing(victim, trial)}`;
    }
    case 'lock-step': {
      const { owner, other } = violation;
      return `${owner.slot} ${owner.unit.version} and ${other.slot} ${other.unit.version} must have the same version; ${standing(other, trial)}`;
    }
  }
}

function situation(relation: Relation, trial: Trial, offers: Offers): string {
  for (const placed of trial.named(relation.name)) {
    if (placed.unit.name === relation.name) return standing(placed, trial);
  }
  const newest = offers.repositories.available(relation.name)[0];
  if (newest !== undefined) return `the newest ${relation.name} on offer is ${newest.version}`;
  const provider = offers.repositories.providers(relation.name)[0];
  return provider === undefined
    ? `no repository offers ${relation.name}`
    : `${relation.name} would come from ${provider.name}, which does not fit`;
}

function standing(placed: Placed, trial: Trial): string {
  const held = trial.original(placed.slot)?.held === true;
  if (trial.isChanged(placed.slot)) return `${placed.unit.name} would be ${placed.unit.version}`;
  return `${placed.unit.name} stays at ${placed.unit.version}${held ? ' because it is held' : ''}`;
}

function pathNote(owner: Placed, trial: Trial): string {
  const change = trial.changes.get(owner.slot);
  return change === undefined ? '' : ` (${owner.unit.name}: ${change.reason})`;
}

/** A pending entry for something known before any search. */
export function pendingEntry(
  installed: InstalledDeb,
  to: string | undefined,
  reason: PendingReason,
  detail: string,
): Pending {
  const { name, architecture, version } = installed;
  return { name, architecture, from: version, ...(to === undefined ? {} : { to }), reason, detail };
}
