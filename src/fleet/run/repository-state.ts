import { readFile } from 'node:fs/promises';
import { type Digest, sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { collect } from '../../core/streams.ts';
import { INDEX_LIMIT } from '../../packages/apk/repository/index-file.ts';
import { locate } from '../../packages/apk/repository/locations.ts';
import { releaseDirectory } from '../../packages/deb/repository/release/open-release.ts';
import { redirected } from '../../packages/deb/repository/transport/redirects.ts';
import type { Workspace } from '../../patch/workspace.ts';
import type { RepositoryState } from '../store/results.ts';

/** A place of a repository that can be asked without the image. */
type Place = { readonly kind: 'http'; readonly url: string } | { readonly kind: 'directory'; readonly path: string };

/** The signed index of a repository: where it may lie, and under which names there. */
interface SignedIndex {
  readonly places: readonly Place[];
  /** In the order in which they are tried at each place. */
  readonly names: readonly string[];
  readonly limit: number;
}

/**
 * Whether repositories are still as they were when a plan was made: the signed index has the same digest as the one that was
 * verified then, so it needs no second verification. Each is asked once per run. Whatever cannot be told this way (repositories
 * within the image, credentials, no network) is "not known", and the image is planned again.
 */
export class RepositoryStates {
  readonly #workspace: Workspace;
  readonly #current = new Map<string, Promise<Digest | undefined>>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  async unchanged(states: readonly RepositoryState[]): Promise<boolean> {
    if (states.length === 0) return false;
    const digests = await Promise.all(states.map(({ id }) => this.#ask(id)));
    return states.every(({ digest }, at) => digests[at] === digest);
  }

  #ask(id: string): Promise<Digest | undefined> {
    const index = this.#indexOf(id);
    const key = JSON.stringify(index);
    const known = this.#current.get(key) ?? this.#fetch(index).catch(() => undefined);
    this.#current.set(key, known);
    return known;
  }

  /**
   * apt's ids are `URI suite component`, or `URI directory/` for a flat repository; components of a suite share one signed index.
   * apk's are `[@tag ]URL architecture`.
   */
  #indexOf(id: string): SignedIndex {
    const { redirects } = this.#workspace.repositories;
    const words = id.replace(/^@\S+ /, '').split(' ');
    const [name = '', suite = ''] = words;
    if (words.length === 2 && !suite.endsWith('/'))
      return {
        places: locate({ url: name }, redirects).filter((place) => place.kind !== 'image'),
        names: [`${suite}/APKINDEX.tar.gz`],
        limit: INDEX_LIMIT,
      };
    const uri = name.endsWith('/') ? name : `${name}/`;
    const usual = /^https?:/.test(uri) ? [{ kind: 'http' as const, url: uri }] : [];
    const directory = releaseDirectory(suite);
    return {
      places: (redirected(redirects, uri, suite) ?? usual).filter((place) => place.kind !== 'image'),
      // The digest of a release with a detached signature is that of the file that was signed.
      names: [`${directory}InRelease`, `${directory}Release`],
      limit: LIMITS.release,
    };
  }

  async #fetch({ places, names, limit }: SignedIndex): Promise<Digest | undefined> {
    for (const place of places) {
      for (const name of names) {
        const bytes = await this.#read(place, name, limit);
        if (bytes !== undefined) return isExpired(bytes, this.#workspace.clock.now()) ? undefined : sha256(bytes);
      }
    }
    return undefined;
  }

  async #read(place: Place, name: string, limit: number): Promise<Uint8Array | undefined> {
    if (place.kind === 'directory') return readFile(place.path + name).catch(() => undefined);
    const { http, repositories } = this.#workspace;
    if (repositories.offline) return undefined;
    const url = place.url + name;
    const response = await http.get(url, { limit });
    if (response.status === 200) return collect(response.body, limit, url);
    response.discard();
    return undefined;
  }
}

/** An index that was good when it was verified may have expired since; the plan says so then. apk's do not expire. */
function isExpired(bytes: Uint8Array, now: number): boolean {
  const until = /^Valid-Until: (.*)$/m.exec(Buffer.from(bytes.subarray(0, 64 * 1024)).toString('latin1'))?.[1];
  return until !== undefined && !(Date.parse(until) > now);
}
