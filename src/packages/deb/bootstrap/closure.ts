import { SutureError } from '../../../core/errors/error.ts';
import { versionFits } from '../resolve/relations.ts';
import type { AvailableDeb, DebRepositories, Relation } from '../types.ts';
import { compareDebVersions } from '../version/compare.ts';

/**
 * The packages that a new root needs: the named ones with everything they depend on, dependencies first. Of alternatives the
 * first that can be had is taken, of a virtual package the first provider; Recommends are left out, as images are built.
 * @throws SutureError PACKAGE_UNAVAILABLE
 */
export function dependencyClosure(
  repositories: DebRepositories,
  names: readonly string[],
  architecture: string,
): readonly AvailableDeb[] {
  const chosen = new Map<string, AvailableDeb>();
  const order: AvailableDeb[] = [];
  const visit = (relation: Relation, wanted: string): void => {
    if (satisfiedBy(relation, chosen.values())) return;
    const offer = offerOf(repositories, relation, architecture);
    if (offer === undefined)
      throw new SutureError('PACKAGE_UNAVAILABLE', `no repository has ${describe(relation)}, which ${wanted} needs`);
    chosen.set(offer.name, offer);
    for (const clause of [...offer.preDepends, ...offer.depends]) {
      if (clause.some((alternative) => satisfiedBy(alternative, chosen.values()))) continue;
      const alternative =
        clause.find((candidate) => offerOf(repositories, candidate, architecture) !== undefined) ?? clause[0];
      if (alternative !== undefined) visit(alternative, offer.name);
    }
    order.push(offer);
  };
  for (const name of names) visit({ name }, 'the new root');
  return order;
}

function offerOf(repositories: DebRepositories, relation: Relation, architecture: string): AvailableDeb | undefined {
  const usable = (offer: AvailableDeb) => offer.architecture === architecture || offer.architecture === 'all';
  const real = repositories
    .available(relation.name)
    .find((offer) => usable(offer) && versionFits(relation, offer.version, compareDebVersions));
  return real ?? repositories.providers(relation.name).find((offer) => usable(offer) && provides(offer, relation));
}

function satisfiedBy(relation: Relation, offers: Iterable<AvailableDeb>): boolean {
  for (const offer of offers) {
    if (offer.name === relation.name && versionFits(relation, offer.version, compareDebVersions)) return true;
    if (provides(offer, relation)) return true;
  }
  return false;
}

/** Policy 7.5: an unversioned Provides satisfies only an unversioned relation. */
function provides(offer: AvailableDeb, relation: Relation): boolean {
  return offer.provides.some((clause) =>
    clause.some(
      ({ name, version }) =>
        name === relation.name &&
        (relation.version === undefined ||
          (version !== undefined && versionFits(relation, version, compareDebVersions))),
    ),
  );
}

function describe({ name, operator, version }: Relation): string {
  return operator === undefined ? name : `${name} (${operator} ${version})`;
}
