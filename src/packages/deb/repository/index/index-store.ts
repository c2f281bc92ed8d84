import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../../../core/digest.ts';
import { isSutureError, SutureError } from '../../../../core/errors/error.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { collect, fromBytes, verified } from '../../../../core/streams.ts';
import { readCacheFile, writeCacheFile } from '../../../cache-files.ts';
import { oneAtATime } from '../../../one-at-a-time.ts';
import type { AptSource } from '../configuration/source.ts';
import type { OpenedRelease } from '../release/open-release.ts';
import type { IndexFile } from '../release/release-file.ts';
import { type Answer, absentEverywhere, type RepositoryTransport } from '../transport/transport.ts';
import { decompressIndex, INDEX_ENDINGS, type IndexEnding } from './decompress-index.ts';
import { buildIndexTable, decodeIndexTable, encodeIndexTable } from './index-table.ts';
import { provenTextInFile, textInMemory } from './index-text.ts';
import { PackagesIndex } from './packages-index.ts';

interface Variant {
  readonly file: IndexFile;
  readonly ending: IndexEnding;
}

/** Indexes in memory by their path in the cache, which holds their digest; shared between the images of a fleet as long as one of them is in use. */
const inMemory = new Map<string, WeakRef<PackagesIndex>>();

/** Which file of an index the Release offers; `base` is for example `main/binary-amd64/Packages`. */
export function indexVariants(opened: Pick<OpenedRelease, 'release'>, base: string): readonly Variant[] {
  return INDEX_ENDINGS.flatMap((ending) => {
    const file = opened.release.files.get(base + ending);
    return file === undefined ? [] : [{ file, ending }];
  });
}

/**
 * Fetches Packages indexes and keeps them in the cache. What is read from there is proven against the signed Release each
 * time: the plain text by its own hash, which Release files list though they rarely offer the file; where it is missing the
 * compressed file is kept instead.
 */
export class IndexStore {
  readonly #directory: string;
  readonly #transport: RepositoryTransport;

  constructor(cacheDirectory: string, transport: RepositoryTransport) {
    this.#directory = join(cacheDirectory, 'indexes', 'sha256');
    this.#transport = transport;
  }

  /**
   * The index at `base`, from memory, the cache or the repository.
   * @throws SutureError INDEX_HASH_MISMATCH, REPOSITORY_UNREACHABLE, REPOSITORY_INVALID, COMPRESSION_INVALID
   */
  async load(opened: OpenedRelease, base: string, byHash: AptSource['byHash'], what: string): Promise<PackagesIndex> {
    const variants = indexVariants(opened, base);
    const plain = opened.release.files.get(base);
    const kept = plain ?? variants[0]?.file;
    if (kept === undefined) throw new SutureError('REPOSITORY_INVALID', `the Release file lists no ${what}`);
    const name = join(this.#directory, kept.sha256);
    return oneAtATime(name, async () => {
      const known = inMemory.get(name)?.deref();
      if (known !== undefined) return known;
      const index =
        plain === undefined
          ? PackagesIndex.of(await this.#loadCompressed(opened, variants, byHash, what), what)
          : await this.#loadPlain(opened, plain, variants, byHash, what);
      inMemory.set(name, new WeakRef(index));
      return index;
    });
  }

  async #loadPlain(
    opened: OpenedRelease,
    plain: IndexFile,
    variants: readonly Variant[],
    byHash: AptSource['byHash'],
    what: string,
  ): Promise<PackagesIndex> {
    if (plain.size === 0) return PackagesIndex.of(Buffer.alloc(0), what);
    const path = join(this.#directory, plain.sha256);
    const cached = await provenTextInFile(path, plain);
    if (cached !== undefined) {
      const kept = await readCacheFile(tablePath(path));
      const table = kept && decodeIndexTable(kept, plain.sha256);
      if (table !== undefined) return new PackagesIndex(cached, table);
    }
    const text =
      cached === undefined ? await this.#fetchPlain(opened, plain, variants, byHash, what) : await readFile(path);
    if (!isIntact(text, plain)) throw mismatch(`${what}, decompressed,`, plain, text);
    const table = buildIndexTable(text, what);
    const index = new PackagesIndex(cached ?? textInMemory(text), table);
    index.requireHash(what);
    if (cached === undefined) await writeCacheFile(path, fromBytes(text));
    await writeCacheFile(tablePath(path), fromBytes(encodeIndexTable(table, plain.sha256)));
    return index;
  }

  async #fetchPlain(
    opened: OpenedRelease,
    plain: IndexFile,
    variants: readonly Variant[],
    byHash: AptSource['byHash'],
    what: string,
  ): Promise<Buffer> {
    const { bytes, ending } = await this.#fetch(opened, variants, byHash, what);
    return collect(decompressIndex(bytes, ending, plain.size, what), plain.size, what);
  }

  async #loadCompressed(
    opened: OpenedRelease,
    variants: readonly Variant[],
    byHash: AptSource['byHash'],
    what: string,
  ): Promise<Buffer> {
    for (const { file, ending } of variants) {
      const cached = await readCacheFile(join(this.#directory, file.sha256));
      if (cached !== undefined && isIntact(cached, file)) return wholeText(cached, ending, what);
    }
    const { bytes, ending, file } = await this.#fetch(opened, variants, byHash, what);
    const text = await wholeText(bytes, ending, what);
    await writeCacheFile(join(this.#directory, file.sha256), fromBytes(bytes));
    return text;
  }

  async #fetch(
    opened: OpenedRelease,
    variants: readonly Variant[],
    byHash: AptSource['byHash'],
    what: string,
  ): Promise<Variant & { bytes: Buffer }> {
    const absent: string[] = [];
    for (const variant of variants) {
      for (const path of pathsOf(
        variant.file,
        byHash === 'force' || (byHash === 'yes' && opened.release.acquireByHash),
      )) {
        const place = opened.directory + path;
        const answer = await proven(variant.file, what, () =>
          this.#transport.open(opened.location, place, variant.file.size),
        );
        if (answer.kind === 'found') return { ...variant, bytes: answer.bytes };
        absent.push(`${path}: ${answer.why}`);
      }
    }
    throw absentEverywhere(what, [{ location: opened.location, why: absent.join('; ') }]);
  }
}

function tablePath(path: string): string {
  return `${path}.table`;
}

/** by-hash first: it cannot race with an update of the mirror (apt `pkgAcqIndex`). */
function pathsOf({ path, sha256: hash }: IndexFile, byHash: boolean): readonly string[] {
  const directory = path.slice(0, path.lastIndexOf('/') + 1);
  return byHash ? [`${directory}by-hash/SHA256/${hash}`, path] : [path];
}

async function proven(
  file: IndexFile,
  what: string,
  open: () => Promise<Answer>,
): Promise<{ kind: 'found'; bytes: Buffer } | Extract<Answer, { kind: 'absent' }>> {
  const expected = { digest: `sha256:${file.sha256}`, size: file.size } as const;
  try {
    const answer = await open();
    if (answer.kind === 'absent') return answer;
    return { kind: 'found', bytes: await collect(verified(answer.body, expected, what), LIMITS.packagesIndex, what) };
  } catch (error) {
    if (!isSutureError(error, 'DIGEST_MISMATCH', 'LIMIT_EXCEEDED')) throw error;
    throw new SutureError('INDEX_HASH_MISMATCH', `${what} (${file.path}): ${error.message}`, { cause: error });
  }
}

function isIntact(bytes: Uint8Array, file: IndexFile): boolean {
  return bytes.length === file.size && sha256(bytes) === `sha256:${file.sha256}`;
}

function mismatch(what: string, file: IndexFile, actual: Uint8Array): SutureError {
  const found = `${actual.length} bytes with ${sha256(actual)}`;
  return new SutureError(
    'INDEX_HASH_MISMATCH',
    `${what} has ${found}, not ${file.size} bytes with sha256:${file.sha256}`,
  );
}

function wholeText(bytes: Uint8Array, ending: IndexEnding, what: string): Promise<Buffer> {
  return collect(decompressIndex(bytes, ending, LIMITS.packagesIndex, what), LIMITS.packagesIndex, what);
}
