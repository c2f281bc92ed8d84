import type { AvailableDeb, DebDatabase, InstalledDeb, RelationField } from '../types.ts';
import { architectureOf, type Matching, namesOf, type Slot, slotOf, type Unit } from './relations.ts';

/** One package of an image at one place, with what it is now. */
export interface Placed {
  readonly slot: Slot;
  readonly unit: Unit;
}

/** Why a place changes: its own request, or another package's relation. */
export interface Change {
  readonly offer: AvailableDeb;
  readonly reason: string;
}

/**
 * The packages of an image with the changes accepted so far, indexed by name. The indexes only grow: an entry means "may
 * concern", the packages themselves are asked each time.
 */
export class World {
  readonly native: string;
  readonly original: ReadonlyMap<Slot, InstalledDeb>;
  readonly accepted = new Map<Slot, Change>();
  readonly #named = new Map<string, Set<Slot>>();
  readonly #mentions = new Map<string, Set<Slot>>();

  constructor(database: DebDatabase) {
    this.native = database.architecture;
    const original = new Map<Slot, InstalledDeb>();
    for (const unit of database.packages) original.set(slotOf(unit.name, unit.architecture, this.native), unit);
    this.original = original;
    for (const [slot, unit] of original) this.#index(slot, unit);
  }

  get(slot: Slot): Unit | undefined {
    return this.accepted.get(slot)?.offer ?? this.original.get(slot);
  }

  /** Places whose package may have this name or provide it. */
  named(name: string): Iterable<Slot> {
    return this.#named.get(name) ?? [];
  }

  /** Places whose package may depend on, break or conflict with this name. */
  mentioning(name: string): Iterable<Slot> {
    return this.#mentions.get(name) ?? [];
  }

  accept(changes: ReadonlyMap<Slot, Change>): void {
    for (const [slot, change] of changes) {
      this.accepted.set(slot, change);
      this.#index(slot, change.offer);
    }
  }

  #index(slot: Slot, unit: Unit): void {
    for (const name of namesOf(unit)) add(this.#named, name, slot);
    for (const name of mentionedNames(unit)) add(this.#mentions, name, slot);
  }
}

/** A world with changes on trial. Immutable: `with` gives another. */
export class Trial {
  readonly world: World;
  readonly changes: ReadonlyMap<Slot, Change>;

  constructor(world: World, changes: ReadonlyMap<Slot, Change> = new Map()) {
    this.world = world;
    this.changes = changes;
  }

  with(slot: Slot, change: Change): Trial {
    return new Trial(this.world, new Map(this.changes).set(slot, change));
  }

  get(slot: Slot): Unit | undefined {
    return this.changes.get(slot)?.offer ?? this.world.get(slot);
  }

  isChanged(slot: Slot): boolean {
    return this.changes.has(slot);
  }

  /** What the package was before anything changed. */
  original(slot: Slot): InstalledDeb | undefined {
    return this.world.original.get(slot);
  }

  *named(name: string): Generator<Placed> {
    for (const slot of this.world.named(name)) {
      const unit = this.isChanged(slot) ? undefined : this.world.get(slot);
      if (unit !== undefined) yield { slot, unit };
    }
    for (const [slot, { offer }] of this.changes) {
      if (namesOf(offer).includes(name)) yield { slot, unit: offer };
    }
  }

  *mentioning(name: string): Generator<Placed> {
    for (const slot of this.world.mentioning(name)) {
      const unit = this.isChanged(slot) ? undefined : this.world.get(slot);
      if (unit !== undefined) yield { slot, unit };
    }
  }

  /** The state before any change, for judging what was broken already. */
  *originallyNamed(name: string): Generator<Placed> {
    for (const slot of this.world.named(name)) {
      const unit = this.original(slot);
      if (unit !== undefined) yield { slot, unit };
    }
  }
}

export function dependenciesOf(unit: Unit): RelationField {
  return unit.preDepends.length === 0 ? unit.depends : [...unit.preDepends, ...unit.depends];
}

export function exclusionsOf(unit: Unit): RelationField {
  return unit.conflicts.length === 0 ? unit.breaks : [...unit.conflicts, ...unit.breaks];
}

/** `name:architecture` of a unit in this world. */
export function slotOfUnit(unit: Unit, { native }: Pick<Matching, 'native'>): Slot {
  return `${unit.name}:${architectureOf(unit, native)}`;
}

function* mentionedNames(unit: Unit): Generator<string> {
  for (const field of [unit.depends, unit.preDepends, unit.breaks, unit.conflicts]) {
    for (const clause of field) for (const relation of clause) yield relation.name;
  }
}

function add(index: Map<string, Set<Slot>>, name: string, slot: Slot): void {
  const slots = index.get(name);
  if (slots === undefined) index.set(name, new Set([slot]));
  else slots.add(slot);
}
