import type { ByteString } from '../../../core/bytes.ts';
import type { Candidate } from './candidate.ts';
import { matches } from './dependency.ts';
import type { Universe } from './universe.ts';
import { type Selection, type Violation, violationKey, violations } from './violations.ts';

export interface SearchResult {
  readonly selection?: Selection;
  /** The violation at which the first branch ended, when there is no solution; for a person. */
  readonly obstacle?: Violation;
}

/**
 * Looks for a valid selection near a given one: repairs one violation after the other, trying every way to do so, and fixes
 * each name that it decides, so that it ends and misses no solution. Real updates need a handful of repairs; the budget
 * bounds made-up ones, and a search that exceeds it counts as failed.
 */
export class Search {
  readonly #universe: Universe;
  /** Violations that the image already has: they are not ours to repair. */
  readonly #tolerated: ReadonlySet<string>;
  #budget = 0;
  #obstacle: Violation | undefined;

  constructor(universe: Universe, installed: Selection) {
    this.#universe = universe;
    this.#tolerated = new Set([...violations(installed, universe.world)].map(violationKey));
  }

  /** @param fixed names whose choice in `selection` must stay */
  near(selection: Selection, fixed: ReadonlySet<ByteString>, budget = 5000): SearchResult {
    this.#budget = budget;
    this.#obstacle = undefined;
    const found = this.#repair(selection, fixed);
    if (found !== undefined) return { selection: found };
    return this.#obstacle === undefined ? {} : { obstacle: this.#obstacle };
  }

  isValid(selection: Selection): boolean {
    return this.#firstViolation(selection) === undefined;
  }

  #repair(selection: Selection, fixed: ReadonlySet<ByteString>): Selection | undefined {
    const violation = this.#firstViolation(selection);
    if (violation === undefined) return selection;
    if (--this.#budget < 0) return undefined;
    for (const choice of this.#repairs(violation, selection, fixed)) {
      const next = new Map(selection).set(choice.name, choice);
      const found = this.#repair(next, new Set(fixed).add(choice.name));
      if (found !== undefined) return found;
      if (this.#budget < 0) return undefined;
    }
    this.#obstacle ??= violation;
    return undefined;
  }

  #firstViolation(selection: Selection): Violation | undefined {
    for (const violation of violations(selection, this.#universe.world)) {
      if (!this.#tolerated.has(violationKey(violation))) return violation;
    }
    return undefined;
  }

  *#repairs(violation: Violation, selection: Selection, fixed: ReadonlySet<ByteString>): Generator<Candidate> {
    if (violation.kind === 'unmet') yield* this.#satisfying(violation, selection, fixed);
    else yield* this.#alternatives(violation.other, fixed);
    if (violation.owner !== undefined) yield* this.#alternatives(violation.owner, fixed);
  }

  /** What would meet a dependency: first other builds of what is installed, then new packages in apk's order. */
  *#satisfying(
    { dependency }: Violation & { kind: 'unmet' },
    selection: Selection,
    fixed: ReadonlySet<ByteString>,
  ): Generator<Candidate> {
    const fitting = this.#universe
      .providers(dependency.name)
      .filter(
        (candidate) =>
          !fixed.has(candidate.name) &&
          selection.get(candidate.name) !== candidate &&
          candidate.provisions.some((provision) => matches(dependency, provision, candidate.identity)),
      );
    yield* fitting.filter(({ name }) => selection.has(name));
    yield* fitting.filter(({ name }) => !selection.has(name));
  }

  /** Other builds of a package. A package that the search itself added is fixed, so none is ever taken away again. */
  *#alternatives(candidate: Candidate, fixed: ReadonlySet<ByteString>): Generator<Candidate> {
    if (fixed.has(candidate.name)) return;
    for (const other of this.#universe.candidates(candidate.name)) if (other !== candidate) yield other;
  }
}
