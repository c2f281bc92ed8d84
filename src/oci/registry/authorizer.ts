import { SutureError } from '../../core/errors/error.ts';
import type { Clock } from '../../core/ports.ts';
import type { HttpClient } from '../../net/types.ts';
import type { Challenge } from './challenge.ts';
import type { Credential, CredentialStore } from './credentials/types.ts';
import { basicHeader, requestToken } from './token.ts';

/** A token is renewed this long before it ends, so that it does not end under way. */
const LEEWAY_MS = 10_000;

/** What a request is for: the scopes of its token, and the repository whose credential is used. */
export interface Access {
  readonly repository: string | undefined;
  /** `repository:team/app:pull,push`, `registry:catalog:*`. */
  readonly scopes: readonly string[];
}

interface CachedHeader {
  readonly header: string;
  readonly expires: number;
}

export interface AuthorizerOptions {
  readonly host: string;
  readonly client: HttpClient;
  readonly credentials: CredentialStore;
  readonly clock: Clock;
}

/** Answers the challenges of one registry and remembers the answers per scope. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #headers = new Map<string, Promise<CachedHeader>>();
  #bearer: Challenge | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The Authorization header for a request, when an earlier challenge told how to make it. */
  async current(origin: string, access: Access, signal?: AbortSignal): Promise<string | undefined> {
    const key = cacheKey(access);
    const cached = await this.#headers.get(key);
    if (cached !== undefined && cached.expires > this.#options.clock.now()) return cached.header;
    if (cached !== undefined) this.#headers.delete(key);
    if (this.#bearer === undefined) return undefined;
    return (await this.#remember(key, this.#bearer, origin, access, signal)).header;
  }

  /**
   * The header that answers a 401; undefined when there is nothing new to say to it: no credential, or the same Basic
   * credential that was just refused.
   */
  async answer(
    challenges: readonly Challenge[],
    origin: string,
    access: Access,
    refusedHeader: string | undefined,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const bearer = challenges.find((each) => each.scheme === 'bearer' && each.parameters['realm']);
    const basic = challenges.find((each) => each.scheme === 'basic');
    const challenge = bearer ?? basic;
    if (challenge === undefined) return undefined;
    if (bearer === undefined && (await this.#credential(access))?.kind !== 'basic') return undefined;
    this.#bearer = bearer;
    const key = cacheKey(access);
    const cached = await this.#headers.get(key)?.catch(() => undefined);
    // Another request may have renewed the token while this one was refused with the old one.
    if (cached !== undefined && cached.header !== refusedHeader) return cached.header;
    this.#headers.delete(key);
    const { header } = await this.#remember(key, challenge, origin, access, signal);
    return header === refusedHeader ? undefined : header;
  }

  #remember(
    key: string,
    challenge: Challenge,
    origin: string,
    access: Access,
    signal?: AbortSignal,
  ): Promise<CachedHeader> {
    const running = this.#headers.get(key);
    if (running !== undefined) return running;
    const made = this.#make(challenge, origin, access, signal);
    this.#headers.set(key, made);
    made.catch(() => this.#headers.delete(key));
    return made;
  }

  async #make(challenge: Challenge, origin: string, access: Access, signal?: AbortSignal): Promise<CachedHeader> {
    const credential = await this.#credential(access);
    const { clock, client, host } = this.#options;
    if (challenge.scheme === 'basic') {
      const header = basicHeader(credential)['authorization'];
      if (header !== undefined) return { header, expires: Number.POSITIVE_INFINITY };
      throw new SutureError('REGISTRY_UNAUTHORIZED', `${host} wants a name and password, and there are none for it`);
    }
    if (credential?.kind === 'registryToken') {
      return { header: `Bearer ${credential.token}`, expires: Number.POSITIVE_INFINITY };
    }
    const started = clock.now();
    const { realm = '', service, scope } = challenge.parameters;
    const scopes = access.scopes.length > 0 ? access.scopes : scope ? [scope] : [];
    const token = await requestToken(client, { origin, realm, service, scopes, credential }, signal);
    return { header: `Bearer ${token.value}`, expires: started + token.lifetime - LEEWAY_MS };
  }

  #credential(access: Access): Promise<Credential | undefined> {
    return this.#options.credentials.find(this.#options.host, access.repository);
  }
}

function cacheKey(access: Access): string {
  return `${access.repository ?? ''} ${access.scopes.join(' ')}`;
}
