import { isSutureError, SutureError } from '../../core/errors/error.ts';
import type { ByteStream } from '../../core/streams.ts';
import { verified } from '../../core/streams.ts';
import { DEFAULT_RETRIES, retryDelay } from '../../net/retry.ts';
import type { HttpRequest, HttpResponse } from '../../net/types.ts';
import type { Descriptor } from '../model.ts';
import { BlobReader } from './blob-reader.ts';
import { blobExists, cancelUpload, pushAccess } from './blob-status.ts';
import { registryError } from './registry-error.ts';
import type { RegistryTransport } from './transport.ts';

export interface UploadOptions {
  /** Blobs up to this many bytes go in one PUT; larger ones in chunks, so that a cut costs at most one. */
  readonly wholeUpTo: number;
  /** Bytes of one PATCH. */
  readonly chunkSize: number;
  /** Attempts without progress before giving up. */
  readonly attempts: number;
  readonly random: () => number;
}

export const DEFAULT_UPLOAD: UploadOptions = {
  wholeUpTo: 64 * 1024 * 1024,
  chunkSize: 32 * 1024 * 1024,
  attempts: 5,
  random: Math.random,
};

const SMALLEST_CHUNK = 1024 * 1024;

/**
 * Sends a blob (distribution-spec "Pushing blobs"); goes on after cuts and starts over when the registry lost the upload.
 * @param session location of an upload that is open already
 */
export async function uploadBlob(
  transport: RegistryTransport,
  repository: string,
  descriptor: Descriptor,
  open: () => ByteStream,
  options: UploadOptions,
  session?: string,
): Promise<void> {
  const upload = new Upload(transport, repository, descriptor, open, options);
  try {
    await upload.run(session);
  } finally {
    await upload.reader.close();
  }
}

/** The registry no longer knows the session, or took a part of the blob that cannot be continued. */
class UploadLost extends Error {}

class Upload {
  readonly reader: BlobReader;
  readonly #transport: RegistryTransport;
  readonly #repository: string;
  readonly #descriptor: Descriptor;
  readonly #open: () => ByteStream;
  readonly #options: UploadOptions;
  readonly #what: string;
  #chunkSize: number;
  #whole: boolean;
  #failures = 0;

  constructor(
    transport: RegistryTransport,
    repository: string,
    descriptor: Descriptor,
    open: () => ByteStream,
    options: UploadOptions,
  ) {
    this.#transport = transport;
    this.#repository = repository;
    this.#descriptor = descriptor;
    this.#open = open;
    this.#options = options;
    this.#chunkSize = options.chunkSize;
    this.#whole = descriptor.size <= options.wholeUpTo;
    this.#what = `the blob ${descriptor.digest} of ${repository}`;
    this.reader = new BlobReader(descriptor, open);
  }

  async run(session: string | undefined): Promise<void> {
    for (let open = session; ; open = undefined) {
      const location = open ?? (await this.#begin());
      try {
        await (this.#whole ? this.#sendWhole(location) : this.#sendChunks(location));
        return;
      } catch (error) {
        if (isSutureError(error, 'DIGEST_MISMATCH')) await cancelUpload(this.#transport, this.#repository, location);
        if (!(error instanceof UploadLost)) await this.#failed(error);
        else this.#count(error);
        // The answer may have been lost, not the blob.
        if (await blobExists(this.#transport, this.#repository, this.#descriptor)) return;
      }
    }
  }

  async #begin(): Promise<string> {
    const url = await this.#transport.url(`/v2/${this.#repository}/blobs/uploads/`);
    // A session opened twice harms nobody, so this POST may be repeated.
    const response = await this.#send(url, { method: 'POST', body: new Uint8Array(0), retry: true });
    if (response.status !== 202) throw await registryError(response, this.#what);
    response.discard();
    const smallest = Number(response.headers['oci-chunk-min-length'] ?? 0);
    if (Number.isSafeInteger(smallest)) this.#chunkSize = Math.max(this.#chunkSize, smallest);
    return this.#transport.location(response, this.#what);
  }

  async #sendWhole(location: string): Promise<void> {
    const { size } = this.#descriptor;
    const body = { size, open: () => verified(this.#open(), this.#descriptor, this.#what) };
    const response = await this.#finish(location, body);
    if (response.status === 413) {
      // A proxy in between bounds the size of one request; smaller ones may pass.
      this.#whole = false;
      this.#shrink(response);
      throw new UploadLost(`${this.#what} is too large for one request`);
    }
    await this.#accept(response);
  }

  async #sendChunks(start: string): Promise<void> {
    let location = start;
    let offset = 0;
    while (offset < this.#descriptor.size) {
      const at = { location, offset };
      try {
        ({ location, offset } = await this.#sendChunk(location, offset));
        if (offset > at.offset) this.#failures = 0;
      } catch (error) {
        if (error instanceof UploadLost) throw error;
        await this.#failed(error);
        ({ location, offset } = await this.#status(location));
      }
    }
    await this.#accept(await this.#finish(location, new Uint8Array(0)));
  }

  async #sendChunk(location: string, offset: number): Promise<{ location: string; offset: number }> {
    const length = Math.min(this.#chunkSize, this.#descriptor.size - offset);
    const response = await this.#send(location, {
      method: 'PATCH',
      headers: { 'content-type': 'application/octet-stream', 'content-range': `${offset}-${offset + length - 1}` },
      body: { size: length, open: () => this.reader.take(offset, length) },
      retry: false,
    });
    if (response.status === 413) {
      this.#shrink(response);
      return this.#status(location);
    }
    if (response.status === 416) {
      this.#count(new UploadLost(`${this.#what} was not taken from byte ${offset} on`));
      return this.#status(location);
    }
    if (response.status === 404) throw new UploadLost(`the registry lost the upload of ${this.#what}`);
    if (response.status !== 202 && response.status !== 201 && response.status !== 204)
      throw await registryError(response, this.#what);
    response.discard();
    const next = await this.#transport.location(response, this.#what);
    return { location: next, offset: receivedBytes(response) || offset + length };
  }

  /** distribution-spec end-13: how far the registry got. */
  async #status(location: string): Promise<{ location: string; offset: number }> {
    const response = await this.#send(location, {});
    if (response.status === 404) throw new UploadLost(`the registry lost the upload of ${this.#what}`);
    if (response.status !== 204 && response.status !== 202) throw await registryError(response, this.#what);
    response.discard();
    const offset = receivedBytes(response);
    if (offset > this.#descriptor.size) throw new UploadLost(`the registry has more of ${this.#what} than there is`);
    const next =
      response.headers['location'] === undefined ? location : await this.#transport.location(response, this.#what);
    return { location: next, offset };
  }

  #finish(location: string, body: HttpRequest['body'] & object): Promise<HttpResponse> {
    const url = new URL(location);
    url.searchParams.set('digest', this.#descriptor.digest);
    const headers = { 'content-type': 'application/octet-stream' };
    return this.#send(url.href, { method: 'PUT', headers, body, retry: false });
  }

  async #accept(response: HttpResponse): Promise<void> {
    if (response.status === 404) throw new UploadLost(`the registry lost the upload of ${this.#what}`);
    // Docker's registry answers 201; some gateways 202 or 204.
    if (response.status < 200 || response.status >= 300) throw await registryError(response, this.#what);
    response.discard();
    const stored = response.headers['docker-content-digest'];
    if (stored !== undefined && stored !== this.#descriptor.digest) {
      throw new SutureError('DIGEST_MISMATCH', `${this.#transport.host} stored ${this.#what} as ${stored}`);
    }
  }

  /** Waits before another attempt. @throws the error when it is final or the attempts are used up */
  async #failed(error: unknown): Promise<void> {
    if (!(error instanceof SutureError) || !error.retryable) throw error;
    this.#count(error);
    const policy = { ...DEFAULT_RETRIES, attempts: this.#options.attempts };
    await this.#transport.clock.sleep(
      retryDelay(this.#failures, policy, this.#options.random) ?? 0,
      this.#transport.signal,
    );
  }

  #count(error: Error): void {
    this.#failures += 1;
    if (this.#failures < this.#options.attempts) return;
    if (!(error instanceof UploadLost)) throw error;
    throw new SutureError('REGISTRY_ERROR', `${this.#transport.host} does not take an upload: ${error.message}`);
  }

  #shrink(response: HttpResponse): void {
    if (this.#chunkSize <= SMALLEST_CHUNK) {
      throw new SutureError(
        'REGISTRY_ERROR',
        `${response.url} answered 413 even for ${this.#chunkSize} bytes of ${this.#what}`,
      );
    }
    this.#chunkSize = Math.max(SMALLEST_CHUNK, Math.floor(Math.min(this.#chunkSize, this.#descriptor.size) / 4));
  }

  #send(url: string, request: HttpRequest): Promise<HttpResponse> {
    return this.#transport.send(url, pushAccess(this.#repository), request);
  }
}

/** `Range: 0-<last>` of an upload. Docker's registry says `0-0` for an empty one, so that means nothing received. */
function receivedBytes(response: HttpResponse): number {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(response.headers['range'] ?? '')?.[1];
  return last === undefined || last === '0' ? 0 : Number(last) + 1;
}
