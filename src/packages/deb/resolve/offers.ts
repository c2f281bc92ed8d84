import type { RepositoryInfo, UpgradeRequest } from '../../family.ts';
import type { AvailableDeb, DebRepositories, InstalledDeb } from '../types.ts';
import { type CandidatePolicy, INSTALLED_PRIORITY } from './policy.ts';
import { architectureOf, type CompareVersions, type Matching, type Slot } from './relations.ts';

export interface PinnedOffer {
  readonly offer: AvailableDeb;
  readonly priority: number;
}

/** What the repositories offer for one place of the image, judged by scope and policy. */
export class Offers implements Matching {
  readonly native: string;
  readonly compare: CompareVersions;
  readonly repositories: DebRepositories;
  readonly #scope: UpgradeRequest['scope'];
  readonly #policy: CandidatePolicy;
  readonly #infos: ReadonlyMap<string, RepositoryInfo>;
  readonly #byPlace = new Map<Slot, readonly AvailableDeb[]>();
  readonly #choices = new Map<string, readonly AvailableDeb[]>();

  constructor(
    native: string,
    repositories: DebRepositories,
    scope: UpgradeRequest['scope'],
    policy: CandidatePolicy,
    compare: CompareVersions,
  ) {
    this.native = native;
    this.repositories = repositories;
    this.compare = compare;
    this.#scope = scope;
    this.#policy = policy;
    this.#infos = new Map(repositories.repositories.map((info) => [info.id, info]));
  }

  /** Every offer for a name on an architecture (`all` counts as the native one), newest first. */
  at(name: string, architecture: string): readonly AvailableDeb[] {
    const key = `${name}:${architecture}`;
    const known = this.#byPlace.get(key);
    if (known !== undefined) return known;
    const offers = this.repositories
      .available(name)
      .filter((offer) => architectureOf(offer, this.native) === architecture);
    this.#byPlace.set(key, offers);
    return offers;
  }

  isSecurity(offer: AvailableDeb): boolean {
    return this.#infos.get(offer.file.repository)?.isSecurity === true;
  }

  priority(offer: AvailableDeb): number {
    const info = this.#infos.get(offer.file.repository);
    return info === undefined ? 0 : this.#policy.priority(offer, info);
  }

  /**
   * Versions a place may move to, the preferred first, all newer than `installed`: for scope `security` the newest of a
   * security suite; then apt's candidate, taken only when the relations allow nothing better (and always for `all`).
   */
  choices(name: string, architecture: string, installed: InstalledDeb | undefined): readonly AvailableDeb[] {
    const key = `${name}:${architecture}`;
    const known = this.#choices.get(key);
    if (known !== undefined) return known;
    const preferred = this.candidate(name, architecture, installed);
    const candidate = this.#unlessHeldBack(preferred, installed);
    const security = this.#scope === 'security' ? this.newestSecurity(name, architecture, installed) : undefined;
    const allowed = security !== undefined && !this.isPinnedAway(security, preferred) ? security : undefined;
    const choices = [allowed, candidate].filter((offer) => offer !== undefined);
    const distinct = choices.filter((offer, index) => choices.findIndex((o) => o.version === offer.version) === index);
    this.#choices.set(key, distinct);
    return distinct;
  }

  newestSecurity(name: string, architecture: string, installed: InstalledDeb | undefined): AvailableDeb | undefined {
    return this.at(name, architecture).find((offer) => this.isSecurity(offer) && this.#newer(offer, installed));
  }

  /**
   * Why an installed package is not to move to this version yet: it is phased, and nothing between the two is a security
   * update (apt's `PhasedUpgrader::ShouldKeep`; that of a security suite itself is never held back).
   */
  heldBack(offer: AvailableDeb, installed: InstalledDeb): string | undefined {
    const versions = this.at(offer.name, architectureOf(offer, this.native));
    // Of one version in several indexes apt keeps the percentage that it reads last.
    const phased = versions.findLast(
      ({ version, phasedUpdatePercentage }) => version === offer.version && phasedUpdatePercentage !== undefined,
    );
    if (phased === undefined) return undefined;
    const isSecurityUpdate = versions.some(
      (other) =>
        this.isSecurity(other) && this.#newer(other, installed) && this.compare(other.version, offer.version) <= 0,
    );
    return isSecurityUpdate ? undefined : this.#policy.heldBack?.(phased);
  }

  #unlessHeldBack(offer: AvailableDeb | undefined, installed: InstalledDeb | undefined): AvailableDeb | undefined {
    if (offer === undefined || installed === undefined) return offer;
    return this.heldBack(offer, installed) === undefined ? offer : undefined;
  }

  /** The policy prefers something older, or forbids the offer. */
  isPinnedAway(offer: AvailableDeb, candidate: AvailableDeb | undefined): boolean {
    const priority = this.priority(offer);
    if (priority <= 0) return true;
    return candidate === undefined || this.compare(candidate.version, offer.version) < 0;
  }

  /**
   * apt's candidate, when newer than what is installed: highest priority first, then newest. The installed version takes
   * part with the priority of the status file or of a repository that still offers it. Never a downgrade.
   */
  candidate(name: string, architecture: string, installed: InstalledDeb | undefined): AvailableDeb | undefined {
    let best: PinnedOffer | undefined;
    let floor = installed === undefined ? 0 : INSTALLED_PRIORITY;
    const newer: PinnedOffer[] = [];
    for (const offer of this.at(name, architecture)) {
      const priority = this.priority(offer);
      const order = installed === undefined ? 1 : this.compare(offer.version, installed.version);
      if (order > 0) newer.push({ offer, priority });
      else if (order === 0) floor = Math.max(floor, priority);
    }
    for (const pinned of newer) {
      if (pinned.priority > (best?.priority ?? 0)) best = pinned;
    }
    // The installed version comes after every newer one in apt's list, so it wins only with a higher priority.
    return best !== undefined && best.priority >= floor ? best.offer : undefined;
  }

  #newer(offer: AvailableDeb, installed: InstalledDeb | undefined): boolean {
    return installed === undefined || this.compare(offer.version, installed.version) > 0;
  }
}
