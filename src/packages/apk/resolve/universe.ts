import type { ByteString } from '../../../core/bytes.ts';
import { compareApkVersions } from '../version/compare.ts';
import type { Candidate } from './candidate.ts';
import type { Dependency } from './dependency.ts';

/** Everything that could be part of a result, by name and by what it provides. */
export class Universe {
  /** By name, newest first. */
  readonly #byName = new Map<ByteString, Candidate[]>();
  /** By provided name. */
  readonly #byProvided = new Map<ByteString, Candidate[]>();
  /** Candidates with `install_if`, by each name in it. */
  readonly #byInstallIf = new Map<ByteString, Candidate[]>();
  readonly world: readonly Dependency[];

  constructor(candidates: readonly Candidate[], world: readonly Dependency[]) {
    this.world = world;
    for (const candidate of candidates) {
      append(this.#byName, candidate.name, candidate);
      for (const name of new Set(candidate.provisions.map((provision) => provision.name))) {
        append(this.#byProvided, name, candidate);
      }
      for (const { name } of candidate.installIf) append(this.#byInstallIf, name, candidate);
    }
    for (const known of this.#byName.values()) known.sort((a, b) => compareApkVersions(b.version, a.version));
    for (const known of this.#byProvided.values()) known.sort(byPreference);
  }

  candidates(name: ByteString): readonly Candidate[] {
    return this.#byName.get(name) ?? [];
  }

  /** In the order in which apk would prefer them: by priority, then newest. */
  providers(name: ByteString): readonly Candidate[] {
    return this.#byProvided.get(name) ?? [];
  }

  wantedBy(name: ByteString): readonly Candidate[] {
    return this.#byInstallIf.get(name) ?? [];
  }
}

function append(map: Map<ByteString, Candidate[]>, key: ByteString, candidate: Candidate): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [candidate]);
  else known.push(candidate);
}

function byPreference(a: Candidate, b: Candidate): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return compareApkVersions(b.version, a.version);
}
