import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestHex } from '../../../core/digest.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { Clock } from '../../../core/ports.ts';
import { type Progress, silent, step } from '../../../core/progress.ts';
import { withLock } from '../../../oci/layout/lock.ts';
import { openVulnerabilityDatabase, type VulnerabilityDatabase } from '../database.ts';
import { databaseAge } from './freshness.ts';
import { parseMetadata } from './metadata.ts';
import { type DatabaseRecord, readRecord, readState, type StoreState, writeRecord, writeState } from './records.ts';
import { DATABASE_FILE, METADATA_FILE, type UnpackedDatabase, writing } from './unpack.ts';
import { verifyDatabase } from './verify.ts';

export interface DatabaseStatus extends DatabaseRecord {
  readonly active: boolean;
  /** Since it was built. */
  readonly ageMs: number;
  /** The file trivy.db. */
  readonly path: string;
}

export interface StoreOptions {
  readonly clock: Clock;
  readonly progress?: Progress;
  /** Databases kept, the active one among them; default 3. */
  readonly keep?: number;
}

const KEPT = 3;
/** An unfinished database this old belongs to a process that was killed. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;
const INCOMING = 'incoming-';

/**
 * Vulnerability databases on disk: each under its digest in `<cache>/db/<hex>/`, never changed, and one file that says which
 * is active. Whatever fails while another is added, the active one stays as it was.
 */
export class VulnerabilityDatabaseStore {
  readonly directory: string;
  readonly progress: Progress;
  readonly #clock: Clock;
  readonly #keep: number;

  constructor(cacheDirectory: string, options: StoreOptions) {
    this.directory = join(cacheDirectory, 'db');
    this.progress = options.progress ?? silent;
    this.#clock = options.clock;
    this.#keep = Math.max(options.keep ?? KEPT, 1);
  }

  /**
   * Takes in what `unpack` writes into a directory of its own, proves it and makes it active.
   * @throws SutureError DATABASE_INVALID, DATABASE_UNSUPPORTED, FILE_UNWRITABLE, and those of `unpack`; nothing changed then
   */
  async add(
    source: DatabaseRecord['source'],
    unpack: (directory: string) => Promise<UnpackedDatabase>,
  ): Promise<DatabaseStatus> {
    await writing(this.directory, mkdir(this.directory, { recursive: true }));
    await this.#removeAbandoned();
    const incoming = join(this.directory, `${INCOMING}${process.pid}-${randomBytes(6).toString('hex')}`);
    await writing(incoming, mkdir(incoming));
    try {
      const { digest, size, metadata } = await unpack(incoming);
      const known = parseMetadata(metadata, `${METADATA_FILE} of ${source.name}`);
      await step(this.progress, `verify ${digest}`, 'Verify the database', async () =>
        verifyDatabase(join(incoming, DATABASE_FILE)),
      );
      const downloadedAt = new Date(this.#clock.now()).toISOString();
      await writeRecord(incoming, { digest, size, ...known, downloadedAt, source });
      await this.#change(async (state) => {
        await this.#publish(incoming, digest);
        return { active: digest, order: [digest, ...(state?.order ?? []).filter((other) => other !== digest)] };
      });
      await this.prune();
      return await this.active();
    } finally {
      await rm(incoming, { recursive: true, force: true });
    }
  }

  /** The active database's record. @throws SutureError DATABASE_MISSING, DATABASE_INVALID */
  async active(): Promise<DatabaseStatus> {
    const found = (await this.status()).find(({ active }) => active);
    if (found) return found;
    throw new SutureError('DATABASE_MISSING', `there is no vulnerability database in ${this.directory}`);
  }

  /** Opens the active database; the caller closes it. @throws SutureError DATABASE_MISSING, DATABASE_INVALID */
  async open(): Promise<VulnerabilityDatabase> {
    const { path, digest, updatedAt } = await this.active();
    return openVulnerabilityDatabase(path, { digest, updatedAt });
  }

  /** All databases, newest first. */
  async status(): Promise<readonly DatabaseStatus[]> {
    const state = await readState(this.directory);
    const found: DatabaseStatus[] = [];
    for (const digest of state?.order ?? []) {
      const path = join(this.#path(digest), DATABASE_FILE);
      const record = await readRecord(this.#path(digest));
      const info = await stat(path).catch(() => undefined);
      if (record === undefined || info?.size !== record.size) continue;
      found.push({ ...record, active: digest === state?.active, ageMs: databaseAge(record, this.#clock), path });
    }
    return found;
  }

  /** Makes the one that came before the active one active. @throws SutureError DATABASE_MISSING when there is none */
  async rollback(): Promise<DatabaseStatus> {
    await this.#change(async (state) => {
      const all = await this.status();
      const older = all[all.findIndex(({ active }) => active) + 1];
      if (state === undefined || older === undefined || older.active) {
        throw new SutureError('DATABASE_MISSING', `there is no older vulnerability database in ${this.directory}`);
      }
      return { ...state, active: older.digest };
    });
    return this.active();
  }

  /** Removes all but the newest `keep`; the active one always stays. @returns what was removed */
  async prune(keep = this.#keep): Promise<readonly Digest[]> {
    const removed: Digest[] = [];
    await this.#change(async (state) => {
      if (state === undefined) return undefined;
      const others = state.order.filter((digest) => digest !== state.active);
      const kept = new Set([state.active, ...others.slice(0, Math.max(keep, 1) - 1)]);
      removed.push(...state.order.filter((digest) => !kept.has(digest)));
      return { ...state, order: state.order.filter((digest) => kept.has(digest)) };
    });
    for (const digest of removed) await rm(this.#path(digest), { recursive: true, force: true });
    return removed;
  }

  #path(digest: Digest): string {
    return join(this.directory, digestHex(digest));
  }

  /** Where the same database lies already its files are replaced one by one, so that it is there at every moment. */
  async #publish(incoming: string, digest: Digest): Promise<void> {
    const path = this.#path(digest);
    if (await isDirectory(path)) {
      for (const name of await readdir(incoming)) await writing(path, rename(join(incoming, name), join(path, name)));
    } else await writing(path, rename(incoming, path));
  }

  async #change(next: (state: StoreState | undefined) => Promise<StoreState | undefined>): Promise<void> {
    if (!(await isDirectory(this.directory))) {
      await next(undefined);
      return;
    }
    await withLock(join(this.directory, 'lock'), async () => {
      const state = await next(await readState(this.directory));
      if (state !== undefined) await writeState(this.directory, state);
    });
  }

  async #removeAbandoned(): Promise<void> {
    for (const name of await readdir(this.directory)) {
      if (!name.startsWith(INCOMING)) continue;
      const path = join(this.directory, name);
      const info = await stat(path).catch(() => undefined);
      if (info && this.#clock.now() - info.mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
    }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info?.isDirectory() === true;
}
