import type { InventoryProblem, ScannedPackage } from './types.ts';

/** A package as one database file has it: what depends on the other layers of the image is not yet known. */
export type DatabasePackage = Omit<ScannedPackage, 'layer' | 'buildInfo' | 'identifier'>;

/** What one package database file of one layer says. */
export interface DatabaseFacts {
  readonly packages: readonly DatabasePackage[];
  readonly problems: readonly InventoryProblem[];
}

/** IDs of the packages that provide what is required, sorted, without the package itself. */
export function dependencyIds(
  own: string,
  required: Iterable<string>,
  providers: ReadonlyMap<string, string>,
): readonly string[] {
  const ids = new Set<string>();
  for (const name of required) {
    const id = providers.get(name);
    if (id !== undefined && id !== own) ids.add(id);
  }
  return [...ids].sort();
}
