import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryDatabase, memoryRepositories, type Sketch } from '../../../../test/support/deb-memory.ts';
import { parseRelations } from '../control/relations.ts';
import { resolveDebs } from './resolve.ts';

/**
 * An oracle that knows nothing of the resolver: every assignment of versions to a few packages is looked at. Names are
 * `a`…`e`, all of one architecture; the state is a map from name to sketch.
 */
type State = ReadonlyMap<string, Sketch>;

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const VERSIONS = ['1', '2', '3'];

const relationText = fc
  .tuple(fc.constantFrom(...NAMES, 'v'), fc.constantFrom('', '(>= 2)', '(= 1)', '(= 2)', '(<< 2)', '(>= 3)'))
  .map(([name, version]) => `${name} ${version}`.trim());
const clauseText = fc
  .array(relationText, { minLength: 1, maxLength: 2 })
  .map((alternatives) => alternatives.join(' | '));
const dependsText = fc.array(clauseText, { maxLength: 2 }).map((clauses) => clauses.join(', '));
const sparse = (text: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant('') }, { weight: 1, arbitrary: text });

function sketchOf(name: string, version: string): fc.Arbitrary<Sketch> {
  return fc.record({
    name: fc.constant(name),
    version: fc.constant(version),
    depends: fc.oneof(fc.constant(''), dependsText),
    breaks: sparse(relationText),
    conflicts: sparse(relationText),
    provides: sparse(fc.constantFrom('v', 'v (= 1)', 'v (= 2)')),
  });
}

const scenario = fc.record({
  installed: fc.tuple(...NAMES.map((name) => fc.option(sketchOf(name, '1'), { nil: undefined, freq: 4 }))),
  offers: fc.tuple(
    ...NAMES.map((name) =>
      fc
        .subarray(VERSIONS.slice(1))
        .chain((versions) => fc.tuple(...versions.map((version) => sketchOf(name, version)))),
    ),
  ),
  held: fc.subarray(NAMES, { maxLength: 1 }),
});

function fits(relation: ReturnType<typeof parseRelations>[number][number], version: string): boolean {
  if (relation.operator === undefined) return true;
  const difference = Number(version) - Number(relation.version);
  if (relation.operator === '=') return difference === 0;
  return relation.operator === '>=' ? difference >= 0 : difference < 0;
}

function serves(sketch: Sketch, relation: ReturnType<typeof parseRelations>[number][number]): boolean {
  if (sketch.name === relation.name) return fits(relation, sketch.version);
  return parseRelations(sketch.provides)
    .flat()
    .some(
      (provided) =>
        provided.name === relation.name &&
        (relation.operator === undefined || (provided.version !== undefined && fits(relation, provided.version))),
    );
}

function isValid(state: State): boolean {
  const all = [...state.values()];
  return all.every(
    (sketch) =>
      parseRelations(sketch.depends).every((clause) =>
        clause.some((relation) => all.some((other) => serves(other, relation))),
      ) &&
      [...parseRelations(sketch.breaks), ...parseRelations(sketch.conflicts)]
        .flat()
        .every((relation) => all.every((other) => other.name === sketch.name || !serves(other, relation))),
  );
}

/** apt's candidates: the newest of each name. */
function newest(offers: readonly Sketch[]): ReadonlyMap<string, Sketch> {
  const best = new Map<string, Sketch>();
  for (const offer of offers) {
    if (Number(offer.version) > Number(best.get(offer.name)?.version ?? 0)) best.set(offer.name, offer);
  }
  return best;
}

/** Whether some valid state reaches beyond `state` with `wanted` at its candidate: nothing removed, nothing older. */
function canStillUpgrade(
  wanted: string,
  state: State,
  candidates: ReadonlyMap<string, Sketch>,
  held: readonly string[],
) {
  const free = NAMES.filter((name) => name !== wanted && candidates.has(name) && !held.includes(name));
  for (let mask = 0; mask < 1 << free.length; mask++) {
    const next = new Map(state);
    for (const name of [wanted, ...free.filter((_, bit) => (mask >> bit) & 1)]) {
      const candidate = candidates.get(name);
      if (candidate !== undefined) next.set(name, candidate);
    }
    if (isValid(next)) return true;
  }
  return false;
}

describe('resolveDebs against every possible assignment', () => {
  it('gives a valid state that nothing can be added to, and accounts for every candidate', () => {
    let upgraded = 0;
    let dropped = 0;
    fc.assert(
      fc.property(scenario, ({ installed: maybe, offers: grouped, held }) => {
        const installed = maybe.filter((sketch) => sketch !== undefined);
        const before: State = new Map(installed.map((sketch) => [sketch.name, sketch]));
        fc.pre(isValid(before));
        const offers = grouped.flat();
        const database = memoryDatabase(installed.map((s) => ({ ...s, held: held.includes(s.name) })));
        const { steps, pending } = resolveDebs(database, memoryRepositories(offers), { scope: 'all' });

        const after = new Map(before);
        for (const step of steps) {
          const offer = offers.find(({ name, version }) => name === step.name && version === step.to);
          if (offer === undefined) throw new Error(`${step.name} ${step.to} is not on offer`);
          expect(Number(step.to)).toBeGreaterThan(Number(before.get(step.name)?.version ?? 0));
          expect(held.includes(step.name) && before.has(step.name)).toBe(false);
          after.set(step.name, offer);
        }
        expect(isValid(after)).toBe(true);

        const candidates = newest(offers);
        const blocked = held.filter((name) => before.has(name));
        for (const name of before.keys()) {
          if (!candidates.has(name)) continue;
          const changed = steps.some((step) => step.name === name);
          expect(pending.some((entry) => entry.name === name)).toBe(!changed);
          if (changed) upgraded++;
          else if (!blocked.includes(name)) {
            dropped++;
            expect(canStillUpgrade(name, after, candidates, blocked)).toBe(false);
          }
        }
      }),
      { numRuns: 3000 },
    );
    // The scenarios must reach both outcomes for this to prove anything.
    expect(upgraded).toBeGreaterThan(500);
    expect(dropped).toBeGreaterThan(200);
  });
});
