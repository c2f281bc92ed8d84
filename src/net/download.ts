import { isSutureError, SutureError } from '../core/errors/error.ts';
import { checkLimit } from '../core/limits.ts';
import { requireOk } from './status.ts';
import type { DownloadOptions, HeaderMap, HttpRequest, HttpResponse } from './types.ts';

type Send = (url: string, request: HttpRequest) => Promise<HttpResponse>;
type Pause = (attempt: number, signal?: AbortSignal) => Promise<boolean>;

/**
 * See `HttpClient.download`. A cut body is asked for again from the byte after the last received one. RFC 9110 13.1.5: with
 * If-Range the server sends the rest only if the file is still the same, else the whole; the whole is used from where we
 * stand only if its strong validator shows it is the same file, or if the caller checks a digest.
 */
export async function* download(
  send: Send,
  pause: Pause,
  url: string,
  options: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  const { size, contentAddressed = false, send: ask = send, ...request } = options;
  let received = 0;
  let validator: string | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const response = await ask(url, attempt === 1 ? request : continued(request, received, validator));
    if (response.status === 416 && isComplete(response, received)) return;
    const fresh = requireOk(response, attempt === 1 ? 'a file' : 'the rest of a file');
    let skip = attempt === 1 ? 0 : bytesToSkip(fresh, received, validator, contentAddressed);
    validator ??= strongValidator(fresh.headers);
    const before = received;
    try {
      for await (const chunk of fresh.body) {
        const rest = skip === 0 ? chunk : chunk.subarray(skip);
        skip -= chunk.length - rest.length;
        received += rest.length;
        if (options.limit !== undefined) checkLimit(fresh.url, received, options.limit);
        if (rest.length > 0) yield rest;
      }
      if (size === undefined || received >= size) return;
      throw new SutureError('NETWORK_INTERRUPTED', `${fresh.url} ended after ${received} of ${size} bytes`);
    } catch (error) {
      const cut = isSutureError(error, 'NETWORK_INTERRUPTED', 'NETWORK_TIMEOUT', 'NETWORK_UNREACHABLE');
      if (!cut || (validator === undefined && !contentAddressed && received > 0)) throw error;
      // Attempts are counted between bytes: a long download over a bad line may be cut often and still get through.
      if (received > before) attempt = 1;
      if (!(await pause(attempt, options.signal))) throw error;
    }
  }
}

function continued(
  request: Omit<DownloadOptions, 'size' | 'send'>,
  start: number,
  validator: string | undefined,
): HttpRequest {
  const headers = { ...request.headers, ...(validator === undefined ? {} : { 'if-range': validator }) };
  return { ...request, headers, range: { start } };
}

/** The connection was cut after the last byte: there is nothing left to send. */
function isComplete(response: HttpResponse, received: number): boolean {
  return received > 0 && response.headers['content-range'] === `bytes */${received}`;
}

/** How much of the new body repeats what was received. @throws SutureError CONTENT_CHANGED */
function bytesToSkip(
  response: HttpResponse,
  received: number,
  validator: string | undefined,
  contentAddressed: boolean,
): number {
  const now = strongValidator(response.headers);
  if (!contentAddressed && now !== undefined && validator !== undefined && now !== validator)
    throw changed(response, '');
  if (response.status === 206) {
    const start = /^bytes (\d+)-/.exec(response.headers['content-range'] ?? '')?.[1];
    if (Number(start) === received) return 0;
    throw changed(response, ': it sends another range than it was asked for');
  }
  if (contentAddressed || (now !== undefined && now === validator)) return received;
  throw changed(response, '');
}

function changed(response: HttpResponse, detail: string): SutureError {
  response.discard();
  return new SutureError('CONTENT_CHANGED', `${response.url} changed while it was being fetched${detail}`);
}

/** A strong ETag; weak ones do not promise the same bytes, and dates only to the second. */
function strongValidator(headers: HeaderMap): string | undefined {
  const etag = headers['etag'];
  return etag?.startsWith('"') ? etag : undefined;
}
