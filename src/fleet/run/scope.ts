import type { Fleet } from '../config/fleet.ts';
import { mayContain } from '../config/membership.ts';
import type { makeTargets } from './target.ts';

/** What of a fleet a run is about: everything, these image sets, these references. */
export interface RunScope {
  readonly sets?: readonly string[];
  readonly references?: readonly string[];
}

/** For some references, only the sets that may have them are asked what they have. */
export function narrowed(fleet: Fleet, { references }: RunScope = {}): Fleet {
  if (references === undefined) return fleet;
  return { ...fleet, sets: fleet.sets.filter((set) => references.some((reference) => mayContain(set, reference))) };
}

/** References that were asked for and that the fleet does not have are named in the notes. */
export function inScope(made: ReturnType<typeof makeTargets>, scope: RunScope = {}): ReturnType<typeof makeTargets> {
  const { sets, references } = scope;
  const wanted = references && new Set(references);
  const targets = made.targets.filter(
    ({ set, reference }) => (sets?.includes(set) ?? true) && (wanted?.has(reference) ?? true),
  );
  const there = new Set(targets.map(({ reference }) => reference));
  const strangers = (references ?? []).filter((reference) => !there.has(reference));
  return { targets, notes: [...made.notes, ...strangers.map((reference) => `${reference} is not of this fleet`)] };
}
