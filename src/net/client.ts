import { SutureError } from '../core/errors/error.ts';
import { LIMITS } from '../core/limits.ts';
import { type Clock, systemClock } from '../core/ports.ts';
import { ResponseBody, readShort, tooLarge } from './body.ts';
import { download } from './download.ts';
import { isPermanent, sentNothing } from './failure.ts';
import { OriginLimiter } from './limiter.ts';
import { redactUrl } from './redact.ts';
import { MOST_REDIRECTS, redirectedHeaders, redirectTarget } from './redirect.ts';
import { DEFAULT_RETRIES, isIdempotent, isTransientStatus, parseRetryAfter, retryDelay } from './retry.ts';
import { DEFAULT_TIMEOUTS, type Exchange, Transport } from './transport.ts';
import { CERTIFICATE_DIRECTORIES, Trust } from './trust.ts';
import type { HttpClient, HttpClientOptions, HttpRequest, HttpResponse, RetryPolicy } from './types.ts';

/** Makes the HTTP client of a run; see `HttpClient`. Costs nothing until the first request. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const client = new RetryingClient(options);
  return {
    request: (url, request = {}) => client.request(url, request),
    get: (url, get = {}) => client.request(url, { ...get, method: 'GET' }),
    download: (url, get = {}) => download((at, each) => client.request(at, each), client.pause, url, get),
    close: () => client.close(),
  };
}

class RetryingClient {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #policy: RetryPolicy;
  readonly #userAgent: string;
  readonly #limiter: OriginLimiter;
  readonly #transport: Transport;

  constructor(options: HttpClientOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#policy = { ...DEFAULT_RETRIES, ...options.retries };
    this.#userAgent = options.version === undefined ? 'suture' : `suture/${options.version}`;
    this.#limiter = new OriginLimiter(options.requestsPerOrigin ?? 16, this.#clock);
    const trust = new Trust({
      environment: options.environment,
      caFiles: options.caFiles ?? [],
      certificateDirectories: options.certificateDirectories ?? CERTIFICATE_DIRECTORIES,
    });
    this.#transport = new Transport(options.environment, trust, { ...DEFAULT_TIMEOUTS, ...options.timeouts });
  }

  /** Waits before attempt `attempt` + 1; false when the policy allows no further one. */
  readonly pause = async (attempt: number, signal?: AbortSignal, retryAfter?: number): Promise<boolean> => {
    if (attempt >= this.#policy.attempts) return false;
    const delay = retryDelay(attempt, this.#policy, this.#random, retryAfter);
    if (delay === undefined) return false;
    signal?.throwIfAborted();
    await this.#clock.sleep(delay, signal);
    return true;
  };

  async request(address: string, request: HttpRequest): Promise<HttpResponse> {
    const url = parseAddress(address);
    const repeatable = request.retry ?? isIdempotent(request.method ?? 'GET');
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await this.#follow(url, request);
        if (!repeatable || !isTransientStatus(response.status)) return response;
        const retryAfter = parseRetryAfter(response.headers['retry-after'], this.#clock.now());
        if (!(await this.pause(attempt, request.signal, retryAfter))) return response;
      } catch (error) {
        if (!(error instanceof SutureError) || !error.retryable || isPermanent(error)) throw error;
        if (!repeatable && !(sentNothing(error) && request.retry === undefined)) throw error;
        if (!(await this.pause(attempt, request.signal))) throw error;
      }
    }
  }

  async #follow(start: URL, request: HttpRequest): Promise<HttpResponse> {
    const method = request.method ?? 'GET';
    let url = start;
    let headers = this.#headers(request);
    for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
      const { body, signal } = request;
      const response = await this.#once(
        { url, method, headers, ...(body === undefined ? {} : { body }), ...(signal === undefined ? {} : { signal }) },
        request.limit,
      );
      const manual = request.redirect === 'manual';
      const target = manual ? undefined : redirectTarget(response.status, response.headers['location'], url, method);
      if (target === undefined) return response;
      headers = redirectedHeaders(headers, url, target);
      url = target;
    }
    throw new SutureError('REDIRECT_REFUSED', `${redactUrl(start)} redirects more than ${MOST_REDIRECTS} times`);
  }

  async #once(exchange: Exchange, limit: number | undefined): Promise<HttpResponse> {
    const { url, method, signal } = exchange;
    const release = await this.#limiter.enter(url.origin, signal);
    try {
      const raw = await this.#transport.exchange(exchange);
      const body = new ResponseBody(raw.body, { url, proxy: raw.proxy, limit, signal, release });
      const { status, headers } = raw;
      const answer = { url: redactUrl(url), status, headers, discard: () => body.discard() };
      if (status < 200 || status >= 300) return { ...answer, body: await readShort(body, LIMITS.httpErrorBody) };
      if (limit !== undefined && method !== 'HEAD' && Number(headers['content-length'] ?? 0) > limit) {
        body.discard();
        throw tooLarge(url, limit);
      }
      if (method === 'HEAD' || status === 204) return { ...answer, body: await readShort(body, 1) };
      return { ...answer, body };
    } catch (error) {
      release();
      throw error;
    }
  }

  #headers(request: HttpRequest): Readonly<Record<string, string>> {
    const { range } = request;
    const headers: Record<string, string> = { 'user-agent': this.#userAgent, 'accept-encoding': 'identity' };
    if (range !== undefined) headers['range'] = `bytes=${range.start}-${range.end ?? ''}`;
    for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
    return headers;
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new SutureError('USAGE', `"${redactUrl(address)}" is not an http or https address`);
}
