import type { Readable } from 'node:stream';
import { SutureError } from '../core/errors/error.ts';
import { type ByteStream, fromBytes } from '../core/streams.ts';
import { networkFailure } from './failure.ts';
import { redactUrl } from './redact.ts';

export interface BodyContext {
  readonly url: URL;
  readonly proxy: URL | undefined;
  readonly limit: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Runs once, when the connection is free again. */
  readonly release: () => void;
}

/** The body of an answer, bounded, with its failures in the terms of the catalogue. */
export class ResponseBody implements AsyncIterable<Uint8Array> {
  readonly #body: Readable;
  readonly #context: BodyContext;

  constructor(body: Readable, context: BodyContext) {
    this.#body = body;
    this.#context = context;
    // A cut connection is reported to whoever reads; unread, it must not end the process.
    body.on('error', () => {});
    body.once('close', context.release);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { url, proxy, limit, signal } = this.#context;
    let size = 0;
    try {
      for await (const chunk of this.#body as AsyncIterable<Uint8Array>) {
        size += chunk.length;
        if (limit !== undefined && size > limit) throw tooLarge(url, limit);
        yield chunk;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw networkFailure(error, url, 'body', proxy);
    } finally {
      this.discard();
    }
  }

  discard(): void {
    this.#body.destroy();
    this.#context.release();
  }
}

export function tooLarge(url: URL, limit: number): SutureError {
  return new SutureError('LIMIT_EXCEEDED', `${redactUrl(url)} is larger than the limit of ${limit} bytes`);
}

/** Reads at most `limit` bytes and lets the connection go: what an error page says beyond that helps nobody. */
export async function readShort(body: ResponseBody, limit: number): Promise<ByteStream> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk.subarray(0, limit - size));
      size += chunk.length;
      if (size >= limit) break;
    }
  } catch (error) {
    // The status has arrived; a page about it that is cut short changes nothing.
    if (!(error instanceof SutureError)) throw error;
  }
  const bytes = Buffer.concat(chunks);
  return { [Symbol.asyncIterator]: () => fromBytes(bytes) };
}
