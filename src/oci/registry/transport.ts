import { SutureError } from '../../core/errors/error.ts';
import { type Clock, systemClock } from '../../core/ports.ts';
import { isLoopbackHost } from '../../net/proxy.ts';
import { redactUrl } from '../../net/redact.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../net/types.ts';
import { type Access, Authorizer } from './authorizer.ts';
import { parseChallenges } from './challenge.ts';
import type { CredentialStore } from './credentials/types.ts';
import { type PlainHttp, registryOrigin } from './endpoint.ts';
import { registryError } from './registry-error.ts';

export interface TransportOptions {
  /** As in a Reference: `docker.io`, `registry.example.org`, `localhost:5000`. */
  readonly host: string;
  readonly client: HttpClient;
  readonly credentials: CredentialStore;
  /** Default `auto`: only for loopback, see `registryOrigin`. */
  readonly plainHttp?: PlainHttp;
  readonly clock?: Clock;
  /** Ends everything that is under way. */
  readonly signal?: AbortSignal;
}

/** Requests to one registry, authenticated: every part of the registry client asks through this. */
export class RegistryTransport {
  readonly host: string;
  readonly client: HttpClient;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly #options: TransportOptions;
  readonly #authorizer: Authorizer;
  #origin: Promise<string> | undefined;

  constructor(options: TransportOptions) {
    this.host = options.host;
    this.client = options.client;
    this.clock = options.clock ?? systemClock;
    this.signal = options.signal;
    this.#options = options;
    const { host, client, credentials } = options;
    this.#authorizer = new Authorizer({ host, client, credentials, clock: this.clock });
  }

  /** The address of an API path such as `/v2/team/app/tags/list`. */
  async url(path: string): Promise<string> {
    return `${await this.origin()}${path}`;
  }

  origin(): Promise<string> {
    if (this.#origin === undefined) {
      const { host, plainHttp = 'auto', client } = this.#options;
      this.#origin = registryOrigin(host, plainHttp, client, this.signal);
      this.#origin.catch(() => {
        this.#origin = undefined;
      });
    }
    return this.#origin;
  }

  /**
   * Sends a request with the authorization it needs; a 401 is answered once. Other addresses than the registry's own (an
   * upload location elsewhere) get no credentials.
   * @throws SutureError REGISTRY_UNAUTHORIZED for a 401 that stays; statuses other than 401 are handed back
   */
  async send(url: string, access: Access, request: HttpRequest = {}): Promise<HttpResponse> {
    const origin = await this.origin();
    const full = this.signal === undefined ? request : { ...request, signal: request.signal ?? this.signal };
    if (new URL(url).origin !== new URL(origin).origin) return this.client.request(url, full);
    const header = await this.#authorizer.current(origin, access, full.signal);
    const first = await this.client.request(url, authorized(full, header));
    if (first.status !== 401) return first;
    const challenges = parseChallenges(first.headers['www-authenticate'] ?? '');
    const renewed = await this.#authorizer.answer(challenges, origin, access, header, full.signal);
    if (renewed === undefined) throw await registryError(first, access.repository ?? this.host);
    const second = await this.client.request(url, authorized(full, renewed));
    if (second.status === 401) throw await registryError(second, access.repository ?? this.host);
    return second;
  }

  /**
   * The place a Location header names, from where it was answered. A registry behind a TLS proxy often writes its own http
   * address: for the same host that is read as https; to any other plain-HTTP place an https registry may not send us.
   * @throws SutureError REGISTRY_ERROR
   */
  async location(response: HttpResponse, what: string): Promise<string> {
    const origin = new URL(await this.origin());
    const text = response.headers['location'];
    if (text === undefined || !URL.canParse(text, origin.href)) {
      throw new SutureError('REGISTRY_ERROR', `${response.url} answered without a usable Location for ${what}`);
    }
    const target = new URL(text, origin.href);
    if (target.protocol === origin.protocol || target.protocol === 'https:') return target.href;
    if (target.protocol === 'http:' && target.hostname === origin.hostname && !isLoopbackHost(target.hostname)) {
      return new URL(target.pathname + target.search, origin.href).href;
    }
    throw new SutureError('REGISTRY_ERROR', `${origin.host} sends ${what} to ${redactUrl(target)}: from https to http`);
  }
}

function authorized(request: HttpRequest, header: string | undefined): HttpRequest {
  return header === undefined ? request : { ...request, headers: { ...request.headers, authorization: header } };
}
