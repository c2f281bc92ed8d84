import type { LocationContext } from './location.ts';
import type { Reference } from './reference.ts';
import { openRegistry, type Registry, type RegistryOptions, type RegistryRepository } from './registry/index.ts';

/** Opens repositories; `catalog` lists those of a registry. */
export type RegistryOpener = LocationContext['openRegistry'] &
  ((reference: Reference) => RegistryRepository) & { catalog(host: string): AsyncIterable<string> };

/**
 * The `openRegistry` of a LocationContext: repositories of one host share connections, tokens and what was learned about
 * the registry, for as long as this opener lives.
 */
export function registryOpener(options: Omit<RegistryOptions, 'host'>): RegistryOpener {
  const registries = new Map<string, Registry>();
  const registryOf = (host: string) => {
    const registry = registries.get(host) ?? openRegistry({ ...options, host });
    registries.set(host, registry);
    return registry;
  };
  const open = ({ host, repository }: Reference) => registryOf(host).repository(repository);
  return Object.assign(open, { catalog: (host: string) => registryOf(host).catalog() });
}
