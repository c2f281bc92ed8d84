import type { Clock, Environment } from '../core/ports.ts';
import type { ByteStream } from '../core/streams.ts';

/** Header names in lower case. */
export type HeaderMap = Readonly<Record<string, string>>;

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Byte range of a GET, both ends inclusive; without `end` up to the end of the file. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

/** A request body: bytes, or something that opens the same stream of `size` bytes again for each attempt. */
export type RequestBody = Uint8Array | { readonly size: number; open(): ByteStream };

export interface GetOptions {
  readonly headers?: HeaderMap;
  readonly signal?: AbortSignal;
  readonly range?: ByteRange;
  /** Largest accepted response body in bytes. */
  readonly limit?: number;
}

export interface HttpRequest extends GetOptions {
  readonly method?: HttpMethod;
  readonly body?: RequestBody;
  /** Whether a failed attempt may be repeated. Default: for GET, HEAD, PUT and DELETE. */
  readonly retry?: boolean;
  /** `manual` hands a 3xx answer back. Default `follow`. */
  readonly redirect?: 'follow' | 'manual';
}

export interface HttpResponse {
  /** Where the answer came from after redirects, without userinfo and query values. */
  readonly url: string;
  readonly status: number;
  readonly headers: HeaderMap;
  /**
   * The body of a 2xx answer; read it to the end, leave its loop early, or call `discard`, else the connection stays busy.
   * The body of any other answer has been read already, cut at LIMITS.httpErrorBody.
   */
  readonly body: ByteStream;
  /** Gives the connection up without reading the body. */
  discard(): void;
}

export interface DownloadOptions extends Omit<GetOptions, 'range'> {
  /** Exact length when known: a body that ends early without an error is then continued as well. */
  readonly size?: number;
  /** The caller checks a digest of the whole, so the file may be continued without a validator from the server. */
  readonly contentAddressed?: boolean;
  /** Asks in place of `HttpClient.request`: for callers that authenticate each request, the resumed ones included. */
  readonly send?: (url: string, request: HttpRequest) => Promise<HttpResponse>;
}

/**
 * The one way out to HTTP. Proxies, trust, time limits, retries and redirects are settled here, so that callers only name
 * what they want.
 *
 *     const response = await client.get('http://deb.example.org/debian/dists/bookworm/InRelease');
 *     requireOk(response, 'the release file');
 *     const bytes = await collect(response.body, LIMITS.release, 'the release file');
 */
export interface HttpClient {
  /**
   * GET. Resolves for every status: check `response.status`, or use `requireOk`.
   * @throws SutureError NETWORK_*, TLS_*, PROXY_REFUSED, REDIRECT_REFUSED, LIMIT_EXCEEDED
   */
  get(url: string, options?: GetOptions): Promise<HttpResponse>;
  /** Any method; resolves and throws as `get` does. */
  request(url: string, request?: HttpRequest): Promise<HttpResponse>;
  /**
   * GET of a whole file that goes on where a cut connection stopped (Range with If-Range, so never with another version of
   * the file).
   * @throws SutureError as `get` does; HTTP_STATUS, HTTP_UNAVAILABLE or RATE_LIMITED for a status other than 200; CONTENT_CHANGED
   */
  download(url: string, options?: DownloadOptions): ByteStream;
  /** Closes idle connections; requests under way are cut. */
  close(): Promise<void>;
}

export interface HttpTimeouts {
  /** Milliseconds until a connection must stand, TLS included. */
  readonly connect: number;
  /** Milliseconds from the sent request to the headers of its answer. */
  readonly headers: number;
  /** Milliseconds without a byte of the body while the caller is reading. */
  readonly idleBody: number;
}

export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubles each time. */
  readonly firstDelay: number;
  readonly longestDelay: number;
  /** A Retry-After longer than this many milliseconds is not waited for. */
  readonly longestRetryAfter: number;
}

export interface HttpClientOptions {
  /** For HTTP_PROXY, HTTPS_PROXY, NO_PROXY (either case), SSL_CERT_FILE and SSL_CERT_DIR. */
  readonly environment: Environment;
  readonly clock?: Clock;
  /** Number in [0, 1) for the jitter of retries. */
  readonly random?: () => number;
  /** Sent as User-Agent `suture/<version>`. */
  readonly version?: string;
  /** PEM files of further CAs (`--ca-file`). */
  readonly caFiles?: readonly string[];
  /** Directories with one subdirectory per `host[:port]`; default /etc/docker/certs.d and /etc/containers/certs.d. */
  readonly certificateDirectories?: readonly string[];
  readonly timeouts?: Partial<HttpTimeouts>;
  readonly retries?: Partial<RetryPolicy>;
  /** Requests under way to one origin; see `limiter.ts` for what happens beyond. */
  readonly requestsPerOrigin?: number;
}
