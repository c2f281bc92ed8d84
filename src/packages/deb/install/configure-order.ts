import { namesOf } from '../resolve/relations.ts';
import type { UnpackedPackage } from './unpack-package.ts';

/**
 * Orders packages so that each is configured after those it depends on, as far as dependencies go without a circle;
 * otherwise in the order in which they were unpacked.
 */
export function configureOrder(packages: readonly UnpackedPackage[]): readonly UnpackedPackage[] {
  const providers = new Map<string, UnpackedPackage[]>();
  for (const unpacked of packages) {
    for (const name of namesOf(unpacked.record)) providers.set(name, [...(providers.get(name) ?? []), unpacked]);
  }
  const ordered: UnpackedPackage[] = [];
  const visited = new Set<UnpackedPackage>();
  const visit = (unpacked: UnpackedPackage): void => {
    if (visited.has(unpacked)) return;
    visited.add(unpacked);
    for (const clause of [...unpacked.record.preDepends, ...unpacked.record.depends]) {
      for (const relation of clause) for (const provider of providers.get(relation.name) ?? []) visit(provider);
    }
    ordered.push(unpacked);
  };
  for (const unpacked of packages) visit(unpacked);
  return ordered;
}
