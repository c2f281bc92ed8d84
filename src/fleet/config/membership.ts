import { parseReference } from '../../oci/reference.ts';
import type { Fleet, ImageSet } from './fleet.ts';
import { tagsOfTemplate } from './tag-rules.ts';

/**
 * Whether a set may have this image, as far as its rules say without asking a registry: of the newest few, only the registry
 * knows which. Tags of patched images are never inputs.
 * @param reference canonical
 */
export function mayContain({ selection, policy }: ImageSet, reference: string): boolean {
  if (selection.kind === 'references') return selection.references.some((listed) => listed.reference === reference);
  const { host, repository, tag } = parseReference(reference);
  if (tag === undefined) return false;
  if (selection.kind === 'repository' && selection.repository !== `${host}/${repository}`) return false;
  if (selection.kind === 'registry' && selection.registry !== host) return false;
  if (selection.kind === 'registry' && selection.repositories?.test(repository) === false) return false;
  const { list, pattern, exclude } = selection.tags;
  if (list !== undefined) return list.includes(tag);
  if (tagsOfTemplate(policy.tag)(tag)) return false;
  return (pattern?.test(tag) ?? true) && !exclude.some((left) => left.test(tag));
}

/** Whether any set of the fleet may have this image. */
export function fleetMayContain(fleet: Fleet, reference: string): boolean {
  return fleet.sets.some((set) => mayContain(set, reference));
}
