import type { ByteString } from '../../../core/bytes.ts';
import type { Candidate } from './candidate.ts';
import { type Dependency, matches, type Provision } from './dependency.ts';

/** One build per name. */
export type Selection = ReadonlyMap<ByteString, Candidate>;

/** Why a selection is not a valid root. `owner` is absent for a constraint of world. */
export type Violation =
  | { readonly kind: 'unmet'; readonly owner: Candidate | undefined; readonly dependency: Dependency }
  | {
      readonly kind: 'conflict';
      readonly owner: Candidate | undefined;
      readonly dependency: Dependency;
      readonly other: Candidate;
    }
  /** Two packages provide one name, at least one of them with a version. */
  | { readonly kind: 'same-name'; readonly name: ByteString; readonly owner: Candidate; readonly other: Candidate };

interface Provided {
  readonly candidate: Candidate;
  readonly provision: Provision;
}

/** Every rule of apk that the selection breaks, one at a time: dependencies of packages and of world, conflicts, provided names. */
export function* violations(selection: Selection, world: readonly Dependency[]): Generator<Violation> {
  const provided = new Map<ByteString, Provided[]>();
  for (const candidate of selection.values()) {
    for (const provision of candidate.provisions) {
      const known = provided.get(provision.name);
      if (known === undefined) provided.set(provision.name, [{ candidate, provision }]);
      else known.push({ candidate, provision });
    }
  }
  for (const dependency of world) yield* brokenBy(undefined, dependency, provided);
  for (const candidate of selection.values()) {
    for (const dependency of candidate.depends) yield* brokenBy(candidate, dependency, provided);
  }
  for (const [name, providers] of provided) {
    if (providers.length > 1) yield* sameName(name, providers);
  }
}

function* brokenBy(
  owner: Candidate | undefined,
  dependency: Dependency,
  provided: ReadonlyMap<ByteString, readonly Provided[]>,
): Generator<Violation> {
  const matching = (provided.get(dependency.name) ?? []).filter(({ candidate, provision }) =>
    matches(dependency, provision, candidate.identity),
  );
  if (!dependency.conflict) {
    if (matching.length === 0) yield { kind: 'unmet', owner, dependency };
    return;
  }
  for (const { candidate } of matching)
    if (candidate !== owner) yield { kind: 'conflict', owner, dependency, other: candidate };
}

function* sameName(name: ByteString, providers: readonly Provided[]): Generator<Violation> {
  const seen = new Set<Candidate>();
  for (const { candidate, provision } of providers) {
    for (const earlier of providers) {
      if (earlier.candidate === candidate) break;
      if (seen.has(earlier.candidate) && seen.has(candidate)) continue;
      if (earlier.provision.version === undefined && provision.version === undefined) continue;
      seen.add(earlier.candidate).add(candidate);
      yield { kind: 'same-name', name, owner: earlier.candidate, other: candidate };
    }
  }
}

/** Names a violation whatever the builds are, so that those of the image as it is can be told from new ones. */
export function violationKey(violation: Violation): string {
  const owner = violation.owner === undefined ? 'world' : `${violation.owner.name} ${violation.owner.identity}`;
  if (violation.kind === 'unmet') return `unmet\n${owner}\n${violation.dependency.text}`;
  const other = `${violation.other.name} ${violation.other.identity}`;
  return violation.kind === 'conflict'
    ? `conflict\n${owner}\n${violation.dependency.text}\n${other}`
    : `same-name\n${owner}\n${violation.name}\n${other}`;
}

/** For a person. */
export function describeViolation(violation: Violation): string {
  const owner = violation.owner === undefined ? 'world' : `${violation.owner.name} ${violation.owner.version}`;
  if (violation.kind === 'unmet') return `${owner} needs ${violation.dependency.text}`;
  const other = `${violation.other.name} ${violation.other.version}`;
  return violation.kind === 'conflict'
    ? `${owner} conflicts with ${violation.dependency.text.slice(1)}, which is ${other}`
    : `${owner} and ${other} both provide ${violation.name}`;
}
