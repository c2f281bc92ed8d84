import type { LocationContext } from './location.ts';
import type { Reference } from './reference.ts';
import { openRegistry, type Registry, type RegistryOptions, type RegistryRepository } from './registry/index.ts';

/**
 * The `openRegistry` of a LocationContext: repositories of one host share connections, tokens and what was learned about
 * the registry, for as long as this opener lives.
 */
export function registryOpener(
  options: Omit<RegistryOptions, 'host'>,
): LocationContext['openRegistry'] & ((reference: Reference) => RegistryRepository) {
  const registries = new Map<string, Registry>();
  return (reference) => {
    const { host, repository } = reference;
    const registry = registries.get(host) ?? openRegistry({ ...options, host });
    registries.set(host, registry);
    return registry.repository(repository);
  };
}
