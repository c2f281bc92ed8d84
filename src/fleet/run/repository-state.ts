import { readFile } from 'node:fs/promises';
import { type Digest, sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { collect } from '../../core/streams.ts';
import { releaseDirectory } from '../../packages/deb/repository/release/open-release.ts';
import { redirected } from '../../packages/deb/repository/transport/redirects.ts';
import type { Workspace } from '../../patch/workspace.ts';
import type { RepositoryState } from '../store/results.ts';

/**
 * Whether repositories are still as they were when a plan was made: the signed index has the same digest as the one that was
 * verified then, so it needs no second verification. Each is asked once per run. Whatever cannot be told this way (apk, detached
 * signatures, repositories within the image, credentials) is "not known", and the image is planned again.
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

  /** `URI suite component`: components of a suite share one signed index. */
  #ask(id: string): Promise<Digest | undefined> {
    const [name = '', suite = ''] = id.split(' ');
    const uri = name.endsWith('/') ? name : `${name}/`;
    const key = `${uri} ${suite}`;
    const known = this.#current.get(key) ?? this.#fetch(uri, suite).catch(() => undefined);
    this.#current.set(key, known);
    return known;
  }

  async #fetch(uri: string, suite: string): Promise<Digest | undefined> {
    const { http, repositories, clock } = this.#workspace;
    const usual = /^https?:/.test(uri) ? [{ kind: 'http' as const, url: uri }] : [];
    for (const location of redirected(repositories.redirects, uri, suite) ?? usual) {
      if (location.kind === 'image') continue;
      const path = `${releaseDirectory(suite)}InRelease`;
      const bytes =
        location.kind === 'directory'
          ? await readFile(location.path + path).catch(() => undefined)
          : repositories.offline
            ? undefined
            : await this.#get(http, location.url + path);
      if (bytes !== undefined) return isExpired(bytes, clock.now()) ? undefined : sha256(bytes);
    }
    return undefined;
  }

  async #get(http: Workspace['http'], url: string): Promise<Uint8Array | undefined> {
    const response = await http.get(url, { limit: LIMITS.release });
    if (response.status === 200) return collect(response.body, LIMITS.release, url);
    response.discard();
    return undefined;
  }
}

/** An index that was good when it was verified may have expired since; the plan says so then. */
function isExpired(bytes: Uint8Array, now: number): boolean {
  const until = /^Valid-Until: (.*)$/m.exec(Buffer.from(bytes).toString('latin1'))?.[1];
  return until !== undefined && !(Date.parse(until) > now);
}
