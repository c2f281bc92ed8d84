import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Digest, isDigest } from '../../../core/digest.ts';
import type { ByteStream } from '../../../core/streams.ts';
import type { RegistryFailure } from './failure.ts';
import { RegistryFailure as Failure } from './failure.ts';
import type { Storage } from './storage.ts';
import type { Uploads } from './uploads.ts';

/** One request under way, with what its handler needs. */
export interface Exchange {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly storage: Storage;
  readonly uploads: Uploads;
}

/** The body of a request. Leaving it early keeps the connection, on which the reason for that is still to be sent. */
export function requestBody({ request }: Exchange): ByteStream {
  return request.iterator({ destroyOnReturn: false }) as ByteStream;
}

export function digestOf(text: string): Digest {
  if (isDigest(text)) return text;
  throw new Failure(400, 'DIGEST_INVALID', `"${text.slice(0, 100)}" is not a digest`);
}

export function refuseMethod(exchange: Exchange, allow: string): never {
  throw new Failure(405, 'UNSUPPORTED', `${exchange.method} is not possible here`, { allow });
}

/** Answers with a body; for HEAD only with its headers. */
export function answer(
  exchange: Exchange,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = '',
): void {
  const bytes = Buffer.from(body);
  exchange.response.writeHead(status, { 'content-length': String(bytes.length), ...headers });
  exchange.response.end(exchange.method === 'HEAD' ? undefined : bytes);
}

export function answerJson(exchange: Exchange, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  answer(exchange, 200, { 'content-type': 'application/json', ...headers }, JSON.stringify(body));
}

export function answerFailure(exchange: Pick<Exchange, 'method' | 'response'>, failure: RegistryFailure): void {
  const body = JSON.stringify({ errors: [{ code: failure.code, message: failure.message }] });
  const { response, method } = exchange;
  response.writeHead(failure.status, {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...failure.headers,
  });
  response.end(method === 'HEAD' ? undefined : body);
}

/** One page of a sorted list by the `n` and `last` of the query, and the Link header to the next one. */
export function page(
  exchange: Exchange,
  entries: readonly string[],
): { readonly entries: readonly string[]; readonly headers: Readonly<Record<string, string>> } {
  const last = exchange.query.get('last');
  const wanted = exchange.query.get('n');
  if (wanted !== null && !/^\d{1,9}$/.test(wanted)) throw new Failure(400, 'UNSUPPORTED', 'n is not a number');
  const after = last === null ? entries : entries.filter((entry) => entry > last);
  if (wanted === null) return { entries: after, headers: {} };
  const shown = after.slice(0, Number(wanted));
  const final = shown.at(-1);
  if (final === undefined || shown.length === after.length) return { entries: shown, headers: {} };
  const path = (exchange.request.url ?? '').split('?')[0] ?? '';
  const next = `${path}?n=${wanted}&last=${encodeURIComponent(final)}`;
  return { entries: shown, headers: { link: `<${next}>; rel="next"` } };
}
