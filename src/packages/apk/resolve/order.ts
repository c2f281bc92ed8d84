import type { ByteString } from '../../../core/bytes.ts';
import type { Candidate } from './candidate.ts';
import type { Dependency } from './dependency.ts';
import type { Selection } from './violations.ts';

/**
 * The order in which apk applies a selection: from each constraint of world in turn, dependencies before what needs them,
 * then what `install_if` ties to it. What world does not reach follows by name.
 */
export function applyOrder(selection: Selection, world: readonly Dependency[]): readonly Candidate[] {
  const providers = new Map<ByteString, Candidate>();
  for (const candidate of selection.values()) {
    for (const { name } of candidate.provisions) if (!providers.has(name)) providers.set(name, candidate);
  }
  for (const candidate of selection.values()) providers.set(candidate.name, candidate);
  const ordered: Candidate[] = [];
  const seen = new Set<Candidate>();
  const tied = tiedBy(selection);
  const visit = (candidate: Candidate | undefined): void => {
    if (candidate === undefined || seen.has(candidate)) return;
    seen.add(candidate);
    for (const { name, conflict } of candidate.depends) if (!conflict) visit(providers.get(name));
    ordered.push(candidate);
    for (const follower of tied.get(candidate.name) ?? []) {
      const isReady = follower.installIf.every(({ name }) => {
        const provider = providers.get(name);
        return provider !== undefined && seen.has(provider);
      });
      if (isReady) visit(follower);
    }
  };
  for (const { name, conflict } of world) if (!conflict) visit(providers.get(name));
  for (const name of [...selection.keys()].sort()) visit(selection.get(name));
  return ordered;
}

function tiedBy(selection: Selection): ReadonlyMap<ByteString, readonly Candidate[]> {
  const tied = new Map<ByteString, Candidate[]>();
  for (const candidate of selection.values()) {
    for (const { name } of candidate.installIf) tied.set(name, [...(tied.get(name) ?? []), candidate]);
  }
  return tied;
}
