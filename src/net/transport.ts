import { Readable } from 'node:stream';
import type { SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { SutureError } from '../core/errors/error.ts';
import type { Environment } from '../core/ports.ts';
import { networkFailure } from './failure.ts';
import { proxyFor } from './proxy.ts';
import { redactUrl } from './redact.ts';
import type { Trust } from './trust.ts';
import type { HeaderMap, HttpMethod, HttpTimeouts, RequestBody } from './types.ts';

export const DEFAULT_TIMEOUTS: HttpTimeouts = { connect: 15_000, headers: 60_000, idleBody: 60_000 };

export interface RawResponse {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly body: Readable;
  /** The proxy it came through. */
  readonly proxy: URL | undefined;
}

export interface Exchange {
  readonly url: URL;
  readonly method: HttpMethod;
  readonly headers: HeaderMap;
  readonly body?: RequestBody;
  readonly signal?: AbortSignal;
}

/**
 * One HTTP exchange at a time, over connections kept per origin and proxy. undici is imported on first use: it costs 60 ms
 * that a command without network must not pay.
 */
export class Transport {
  readonly #environment: Environment;
  readonly #trust: Trust;
  readonly #timeouts: HttpTimeouts;
  readonly #dispatchers = new Map<string, Promise<Dispatcher>>();

  constructor(environment: Environment, trust: Trust, timeouts: HttpTimeouts) {
    this.#environment = environment;
    this.#trust = trust;
    this.#timeouts = timeouts;
  }

  /** @throws SutureError NETWORK_*, TLS_*, PROXY_REFUSED; the reason of an aborted signal; what the request body threw */
  async exchange({ url, method, headers, body, signal }: Exchange): Promise<RawResponse> {
    const proxy = proxyFor(url, this.#environment);
    const dispatcher = await this.#dispatcher(url, proxy);
    signal?.throwIfAborted();
    let response: Dispatcher.ResponseData;
    try {
      response = await dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(bodySize(body)) }) },
        ...(body === undefined ? {} : { body: bodyStream(body) }),
        ...(signal === undefined ? {} : { signal }),
        headersTimeout: this.#timeouts.headers,
        bodyTimeout: this.#timeouts.idleBody,
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw networkFailure(error, url, 'request', proxy);
    }
    if (response.statusCode === 407) {
      response.body.on('error', () => {}).destroy();
      throw new SutureError('PROXY_REFUSED', `The proxy wants a name and password for ${redactUrl(url)}`);
    }
    return { status: response.statusCode, headers: flatten(response.headers), body: response.body, proxy };
  }

  async close(): Promise<void> {
    const dispatchers = await Promise.allSettled(this.#dispatchers.values());
    this.#dispatchers.clear();
    for (const each of dispatchers) if (each.status === 'fulfilled') await each.value.destroy();
  }

  #dispatcher(url: URL, proxy: URL | undefined): Promise<Dispatcher> {
    const key = `${url.origin} ${proxy?.href ?? ''}`;
    let dispatcher = this.#dispatchers.get(key);
    if (dispatcher === undefined) {
      dispatcher = this.#open(url, proxy);
      dispatcher.catch(() => this.#dispatchers.delete(key));
      this.#dispatchers.set(key, dispatcher);
    }
    return dispatcher;
  }

  async #open(url: URL, proxy: URL | undefined): Promise<Dispatcher> {
    const { Pool, ProxyAgent } = await import('undici');
    const connect = await this.#connectOptions(url);
    const common = { keepAliveTimeout: 10_000, connections: null, pipelining: 1 } as const;
    if (proxy === undefined) return new Pool(url.origin, { ...common, connect });
    return new ProxyAgent({
      ...common,
      uri: `${proxy.protocol}//${proxy.host}`,
      ...(proxy.username === '' ? {} : { token: basic(proxy) }),
      proxyTunnel: false,
      requestTls: connect,
      proxyTls: await this.#connectOptions(proxy),
    });
  }

  async #connectOptions(url: URL): Promise<{ timeout: number; secureContext?: SecureContext }> {
    const timeout = this.#timeouts.connect;
    return url.protocol === 'https:' ? { timeout, secureContext: await this.#trust.context(url) } : { timeout };
  }
}

function basic(proxy: URL): string {
  const userinfo = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return `Basic ${Buffer.from(userinfo).toString('base64')}`;
}

function bodySize(body: RequestBody): number {
  return body instanceof Uint8Array ? body.length : body.size;
}

function bodyStream(body: RequestBody): Uint8Array | Readable {
  if (body instanceof Uint8Array) return body;
  return Readable.from(body.open(), { objectMode: false });
}

function flatten(headers: Record<string, string | string[] | undefined>): HeaderMap {
  const flat: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
