import type { ByteString } from '../../../core/bytes.ts';
import type { Candidate } from './candidate.ts';
import { type Dependency, matches } from './dependency.ts';
import type { Search } from './search.ts';
import type { Universe } from './universe.ts';
import type { Selection } from './violations.ts';

/**
 * Adds packages whose `install_if` came true by what changed. As with apk, one that cannot be installed is left out; one
 * whose condition was true before is not added, since somebody decided against it.
 * @param fixed names that were decided
 */
export function triggeredInstalls(
  universe: Universe,
  search: Search,
  base: Selection,
  selection: Selection,
  fixed: ReadonlySet<ByteString>,
): Selection {
  let current = selection;
  const tried = new Set<Candidate>();
  for (;;) {
    const next = nextTriggered(universe, base, current, tried);
    if (next === undefined) return current;
    tried.add(next);
    // Whatever is chosen by now stays; only new packages may come along.
    const decided = new Set([...fixed, ...current.keys(), next.name]);
    current = search.near(new Map(current).set(next.name, next), decided).selection ?? current;
  }
}

function nextTriggered(
  universe: Universe,
  base: Selection,
  selection: Selection,
  tried: ReadonlySet<Candidate>,
): Candidate | undefined {
  for (const changed of selection.values()) {
    if (base.get(changed.name) === changed) continue;
    for (const name of new Set(changed.provisions.map((provision) => provision.name))) {
      for (const candidate of universe.wantedBy(name)) {
        if (selection.has(candidate.name) || tried.has(candidate)) continue;
        if (holds(candidate, selection) && !holds(candidate, base)) return candidate;
      }
    }
  }
  return undefined;
}

function holds({ installIf }: Candidate, selection: Selection): boolean {
  return installIf.every((dependency) => isMet(dependency, selection) !== dependency.conflict);
}

function isMet(dependency: Dependency, selection: Selection): boolean {
  for (const candidate of selection.values()) {
    if (candidate.provisions.some((provision) => matches(dependency, provision, candidate.identity))) return true;
  }
  return false;
}
