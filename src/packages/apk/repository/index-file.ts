import { type Digest, sha256 } from '../../../core/digest.ts';
import { isSutureError, SutureError } from '../../../core/errors/error.ts';
import { LIMITS } from '../../../core/limits.ts';
import { bytesOf, readSegment, readSignedFile } from '../archive/segments.ts';
import { checkSignatures, type TrustedKey } from '../archive/signature.ts';
import { type IndexEntry, parseIndex } from './index-entry.ts';

/** Compressed bytes of the largest index that is read; Alpine's community has 3 MiB. */
export const INDEX_LIMIT = 256 * 1024 * 1024;

/** A signed index that was proven. */
export interface VerifiedIndex {
  readonly entries: readonly IndexEntry[];
  readonly digest: Digest;
  readonly signedBy: string;
  /** `DESCRIPTION` of the repository, for example `v3.17.3-118-gd87e3c1a`. */
  readonly description: string;
  /** Seconds since the epoch when the index was made, from its signed archive; the format has no other date. */
  readonly made: number;
  /** Newest build date of its packages in seconds since the epoch. */
  readonly newestBuild: number;
}

/**
 * Proves and parses an APKINDEX.tar.gz: the signature segment covers every byte that follows it.
 * @throws SutureError REPOSITORY_UNSIGNED, REPOSITORY_UNTRUSTED, REPOSITORY_INVALID, LIMIT_EXCEEDED
 */
export function verifyIndex(file: Uint8Array, keys: readonly TrustedKey[], what: string): VerifiedIndex {
  const { signatures, rest } = signedFile(file, what);
  const verdict = checkSignatures(signatures, bytesOf(file, rest), keys);
  if (verdict.kind === 'unsigned') throw new SutureError('REPOSITORY_UNSIGNED', `${what} is not signed`);
  if (verdict.kind === 'untrusted') throw new SutureError('REPOSITORY_UNTRUSTED', `${what}: ${verdict.detail}`);
  const members = rest.flatMap(({ content }) => asInvalid(what, () => readSegment(content, what)));
  const index = members.find(({ name, type }) => name === 'APKINDEX' && type === 'file');
  if (index === undefined) throw new SutureError('REPOSITORY_INVALID', `${what} holds no APKINDEX`);
  const entries = parseIndex(index.data, what);
  const description = members.find(({ name }) => name === 'DESCRIPTION')?.data;
  return {
    entries,
    digest: sha256(file),
    signedBy: verdict.keyName,
    description: Buffer.from(description ?? [])
      .toString('utf8')
      .trim()
      .slice(0, 200),
    made: Math.max(0, index.mtime),
    newestBuild: entries.reduce((newest, { buildTime }) => Math.max(newest, buildTime), 0),
  };
}

function signedFile(file: Uint8Array, what: string) {
  return asInvalid(what, () => readSignedFile(file, LIMITS.packagesIndex, what));
}

function asInvalid<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isSutureError(error, 'PACKAGE_INVALID')) throw error;
    throw new SutureError(
      'REPOSITORY_INVALID',
      error.message.startsWith(what) ? error.message : `${what}: ${error.message}`,
      {
        cause: error,
      },
    );
  }
}
