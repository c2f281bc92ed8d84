import type { AvailableDeb, InstalledDeb, Relation } from '../types.ts';

/** One version of one package, installed or on offer. */
export type Unit = InstalledDeb | AvailableDeb;

export type CompareVersions = (a: string, b: string) => number;

/** Place of a package in an image: dpkg keeps one version per name and architecture, `all` counting as the native one. */
export type Slot = string;

export function slotOf(name: string, architecture: string, native: string): Slot {
  return `${name}:${architecture === 'all' ? native : architecture}`;
}

export function architectureOf(unit: { readonly architecture: string }, native: string): string {
  return unit.architecture === 'all' ? native : unit.architecture;
}

export interface Matching {
  readonly native: string;
  readonly compare: CompareVersions;
}

/**
 * Whether `unit` fulfils a dependency of a package of architecture `from`, by its own name or by a (versioned) Provides.
 * Debian policy 7.1, 7.5; architecture rules of dpkg: an unqualified dependency needs the depender's architecture unless
 * the other is `Multi-Arch: foreign`; `:any` needs `Multi-Arch: allowed`.
 */
export function fulfils(relation: Relation, unit: Unit, from: string, matching: Matching): boolean {
  return architectureFits(relation, unit, from, matching.native) && namesUnit(relation, unit, matching);
}

/** Whether a Breaks or Conflicts means `unit`. Unqualified ones mean every architecture; never a package of its own name. */
export function hits(relation: Relation, owner: Unit, unit: Unit, matching: Matching): boolean {
  if (owner.name === unit.name) return false;
  const { qualifier } = relation;
  if (qualifier !== undefined && qualifier !== 'any') {
    const wanted = qualifier === 'native' ? matching.native : qualifier;
    if (architectureOf(unit, matching.native) !== wanted) return false;
  }
  return namesUnit(relation, unit, matching);
}

function architectureFits(relation: Relation, unit: Unit, from: string, native: string): boolean {
  const own = architectureOf(unit, native);
  switch (relation.qualifier) {
    case undefined:
      return unit.multiArch === 'foreign' || own === from;
    case 'any':
      return unit.multiArch === 'allowed';
    case 'native':
      return own === native;
    default:
      return own === relation.qualifier;
  }
}

function namesUnit(relation: Relation, unit: Unit, { compare }: Matching): boolean {
  if (unit.name === relation.name && versionFits(relation, unit.version, compare)) return true;
  for (const clause of unit.provides) {
    for (const provided of clause) {
      if (provided.name !== relation.name) continue;
      if (relation.version === undefined) return true;
      if (provided.version !== undefined && versionFits(relation, provided.version, compare)) return true;
    }
  }
  return false;
}

export function versionFits(relation: Relation, version: string, compare: CompareVersions): boolean {
  if (relation.operator === undefined || relation.version === undefined) return true;
  const order = compare(version, relation.version);
  switch (relation.operator) {
    case '<<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '>>':
      return order > 0;
  }
}

/** Names under which others can mean this unit: its own and what it provides. */
export function namesOf(unit: Unit): string[] {
  const names = [unit.name];
  for (const clause of unit.provides) for (const provided of clause) names.push(provided.name);
  return names;
}
