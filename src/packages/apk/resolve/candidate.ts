import type { ByteString } from '../../../core/bytes.ts';
import type { IndexEntry } from '../repository/index-entry.ts';
import type { InstalledApk } from '../types.ts';
import { type Dependency, type Provision, parseDependency, parseProvision } from './dependency.ts';

/** A package build that can be part of the result: the installed one, or one that a repository offers. */
export interface Candidate {
  readonly name: ByteString;
  readonly version: ByteString;
  readonly identity: ByteString;
  readonly architecture: ByteString;
  readonly origin: ByteString;
  readonly priority: number;
  readonly depends: readonly Dependency[];
  readonly installIf: readonly Dependency[];
  /** Its own name with its version first, then what it provides. */
  readonly provisions: readonly Provision[];
  /** Undefined for what is installed. */
  readonly offer?: Offer;
}

/** A package of a repository's index. */
export interface Offer {
  readonly entry: IndexEntry;
  /** RepositoryInfo.id */
  readonly repository: string;
  /** Of the repository: it is used only for what world or the installed package asks from it. */
  readonly tag?: string;
}

type Described = Pick<InstalledApk, 'name' | 'version' | 'identity' | 'origin' | 'depends' | 'provides' | 'installIf'>;

export function installedCandidate(installed: InstalledApk): Candidate {
  const priority = Number(installed.fields.find(({ letter }) => letter === 'k')?.value ?? 0);
  return candidateOf(installed, installed.arch, priority);
}

export function offeredCandidate(offer: Offer): Candidate {
  return { ...candidateOf(offer.entry, offer.entry.architecture, offer.entry.providerPriority), offer };
}

function candidateOf(described: Described, architecture: ByteString, priority: number): Candidate {
  const { name, version, identity, origin } = described;
  return {
    ...{ name, version, identity, origin, architecture, priority },
    depends: described.depends.map(parseDependency),
    installIf: described.installIf.map(parseDependency),
    provisions: [{ name, version }, ...described.provides.map(parseProvision)],
  };
}
