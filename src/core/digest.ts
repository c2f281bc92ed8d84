import { createHash, type Hash } from 'node:crypto';
import { SutureError } from './errors/error.ts';

/** `sha256:<64 lower-case hex>`: the only algorithm written; the OCI specification allows sha512, which is accepted on read. */
export type Digest = `sha256:${string}` | `sha512:${string}`;

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** @throws SutureError INVALID_DATA when the text is not a digest of a known algorithm. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new SutureError('INVALID_DATA', `"${text.slice(0, 100)}" is not a digest (sha256:<64 hex> expected)`);
}

export function digestAlgorithm(digest: Digest): 'sha256' | 'sha512' {
  return digest.startsWith('sha256:') ? 'sha256' : 'sha512';
}

export function digestHex(digest: Digest): string {
  return digest.slice(7);
}

export function sha256(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Incremental digest for streams. */
export class Digester {
  readonly #hash: Hash;
  readonly #algorithm: 'sha256' | 'sha512';
  size = 0;

  constructor(algorithm: 'sha256' | 'sha512' = 'sha256') {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  update(chunk: Uint8Array): this {
    this.#hash.update(chunk);
    this.size += chunk.length;
    return this;
  }

  digest(): Digest {
    return `${this.#algorithm}:${this.#hash.digest('hex')}` as Digest;
  }
}
