import { type Digest, Digester, digestAlgorithm } from './digest.ts';
import { SutureError } from './errors/error.ts';
import { checkLimit } from './limits.ts';

/** Every stream of bytes in the program; a Node `Readable` is one. Consumers stop early by leaving the `for await` loop. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** Reads a stream whole. @throws SutureError LIMIT_EXCEEDED when it is longer than `limit`. */
export async function collect(stream: ByteStream, limit: number, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    checkLimit(what, size, limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

export interface Expected {
  readonly digest: Digest;
  /** Exact length in bytes, when known. */
  readonly size?: number;
}

/**
 * Passes a stream through and proves its digest and size. The error comes before the end of the stream is reported, so a
 * consumer that publishes only after the loop ended never publishes wrong content.
 * @throws SutureError DIGEST_MISMATCH
 */
export async function* verified(stream: ByteStream, expected: Expected, what: string): AsyncGenerator<Uint8Array> {
  const digester = new Digester(digestAlgorithm(expected.digest));
  for await (const chunk of stream) {
    digester.update(chunk);
    if (expected.size !== undefined && digester.size > expected.size) {
      throw new SutureError('DIGEST_MISMATCH', `${what} is longer than the ${expected.size} bytes its descriptor says`);
    }
    yield chunk;
  }
  if (expected.size !== undefined && digester.size !== expected.size) {
    throw new SutureError(
      'DIGEST_MISMATCH',
      `${what} has ${digester.size} bytes, not the ${expected.size} its descriptor says`,
    );
  }
  const actual = digester.digest();
  if (actual !== expected.digest)
    throw new SutureError('DIGEST_MISMATCH', `${what} has digest ${actual}, not ${expected.digest}`);
}

export async function* fromBytes(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
