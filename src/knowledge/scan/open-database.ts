import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Digester } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import type { Clock } from '../../core/ports.ts';
import { openVulnerabilityDatabase, type VulnerabilityDatabase } from '../trivy-db/database.ts';
import { parseMetadata } from '../trivy-db/store/metadata.ts';
import { VulnerabilityDatabaseStore } from '../trivy-db/store/store.ts';

export interface DatabaseChoice {
  readonly cacheDirectory: string;
  readonly clock: Clock;
  /** Digest of a stored database (or its beginning), or path of a directory with trivy.db; the active one when absent. */
  readonly name?: string;
}

const DIGEST_START = /^(?:sha256:)?[0-9a-f]{6,64}$/;

/**
 * Opens the database that a scan uses; the caller closes it.
 * @throws SutureError DATABASE_MISSING, DATABASE_INVALID, DATABASE_UNSUPPORTED, FILE_UNREADABLE, USAGE when several match
 */
export async function openScanDatabase({
  cacheDirectory,
  clock,
  name,
}: DatabaseChoice): Promise<VulnerabilityDatabase> {
  const store = new VulnerabilityDatabaseStore(cacheDirectory, { clock });
  if (name === undefined) return store.open();
  const info = await stat(name).catch(() => undefined);
  if (info !== undefined) return openFiles(info.isDirectory() ? name : dirname(name));
  if (!DIGEST_START.test(name)) throw new SutureError('FILE_UNREADABLE', `there is no vulnerability database ${name}`);
  const start = name.startsWith('sha256:') ? name : `sha256:${name}`;
  const found = (await store.status()).filter(({ digest }) => digest.startsWith(start));
  const [only] = found;
  if (only === undefined)
    throw new SutureError('DATABASE_MISSING', `there is no database ${name} in ${store.directory}`);
  if (found.length > 1) throw new SutureError('USAGE', `--db: ${name} is the beginning of ${found.length} digests`);
  return openVulnerabilityDatabase(only.path, only);
}

/** A directory as Trivy's cache has it; the digest says which it is. */
async function openFiles(directory: string): Promise<VulnerabilityDatabase> {
  const path = join(directory, 'trivy.db');
  const metadata = join(directory, 'metadata.json');
  try {
    const { updatedAt } = parseMetadata(await readFile(metadata), metadata);
    const digester = new Digester();
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) digester.update(chunk as Buffer);
    return openVulnerabilityDatabase(path, { digest: digester.digest(), updatedAt });
  } catch (cause) {
    if (cause instanceof SutureError) throw cause;
    throw new SutureError('FILE_UNREADABLE', `cannot read the vulnerability database in ${directory}`, { cause });
  }
}
