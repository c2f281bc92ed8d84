import type { AvailableDeb, Relation, RelationField } from '../types.ts';
import { architectureOf, fulfils, type Matching, namesOf, type Slot } from './relations.ts';

type Graph = ReadonlyMap<Slot, ReadonlySet<Slot>>;

/**
 * The order in which changes are applied: what a package depends on comes before it, its pre-dependencies in any case
 * (Debian policy 7.2); inside a cycle of dependencies only pre-dependencies count. Ties go by name and architecture.
 */
export function applicationOrder(changes: ReadonlyMap<Slot, AvailableDeb>, matching: Matching): readonly Slot[] {
  const slots = [...changes.keys()].sort();
  const byName = indexByName(changes);
  const preDepends = graph(slots, changes, byName, (offer) => [offer.preDepends], matching);
  const depends = graph(slots, changes, byName, (offer) => [offer.preDepends, offer.depends], matching);
  const groups = stronglyConnected(slots, depends);
  const groupOf = new Map<Slot, Slot>();
  const members = new Map<Slot, Slot[]>();
  for (const group of groups) {
    const sorted = [...group].sort();
    const [leader] = sorted;
    if (leader === undefined) continue;
    members.set(leader, sorted);
    for (const slot of sorted) groupOf.set(slot, leader);
  }
  const between = new Map<Slot, Set<Slot>>();
  for (const [slot, needs] of depends) {
    const group = groupOf.get(slot) ?? slot;
    const targets = between.get(group) ?? new Set<Slot>();
    between.set(group, targets);
    for (const need of needs) {
      const other = groupOf.get(need) ?? need;
      if (other !== group) targets.add(other);
    }
  }
  return topological([...members.keys()].sort(), between).flatMap((leader) =>
    topological(members.get(leader) ?? [], preDepends),
  );
}

function indexByName(changes: ReadonlyMap<Slot, AvailableDeb>): Map<string, Slot[]> {
  const index = new Map<string, Slot[]>();
  for (const [slot, offer] of changes) {
    for (const name of namesOf(offer)) index.set(name, [...(index.get(name) ?? []), slot]);
  }
  return index;
}

/** Edges from each changed package to the changed packages that fulfil its relations. */
function graph(
  slots: readonly Slot[],
  changes: ReadonlyMap<Slot, AvailableDeb>,
  byName: ReadonlyMap<string, readonly Slot[]>,
  fieldsOf: (offer: AvailableDeb) => readonly RelationField[],
  matching: Matching,
): Map<Slot, Set<Slot>> {
  const edges = new Map<Slot, Set<Slot>>();
  for (const slot of slots) {
    const offer = changes.get(slot);
    if (offer === undefined) continue;
    const from = architectureOf(offer, matching.native);
    const fulfilling = (relation: Relation) =>
      (byName.get(relation.name) ?? []).filter((other) => {
        const candidate = changes.get(other);
        return other !== slot && candidate !== undefined && fulfils(relation, candidate, from, matching);
      });
    edges.set(slot, new Set(fieldsOf(offer).flat(2).flatMap(fulfilling)));
  }
  return edges;
}

/** Nodes so that each comes after what it needs; the smallest ready name first; a cycle is broken at its smallest name. */
function topological(sorted: readonly Slot[], needs: Graph): Slot[] {
  const waiting = new Set(sorted);
  const order: Slot[] = [];
  const visit = (slot: Slot): void => {
    if (!waiting.delete(slot)) return;
    for (const need of [...(needs.get(slot) ?? [])].sort()) visit(need);
    order.push(slot);
  };
  for (const slot of sorted) visit(slot);
  return order;
}

/** Tarjan's algorithm. */
function stronglyConnected(slots: readonly Slot[], edges: Graph): Slot[][] {
  const index = new Map<Slot, number>();
  const stack: Slot[] = [];
  const onStack = new Set<Slot>();
  const components: Slot[][] = [];
  const visit = (slot: Slot): number => {
    const own = index.size;
    index.set(slot, own);
    stack.push(slot);
    onStack.add(slot);
    let lowest = own;
    for (const next of edges.get(slot) ?? []) {
      const known = index.get(next);
      if (known === undefined) lowest = Math.min(lowest, visit(next));
      else if (onStack.has(next)) lowest = Math.min(lowest, known);
    }
    if (lowest === own) {
      const component = stack.splice(stack.indexOf(slot));
      for (const member of component) onStack.delete(member);
      components.push(component);
    }
    return lowest;
  };
  for (const slot of slots) if (!index.has(slot)) visit(slot);
  return components;
}
