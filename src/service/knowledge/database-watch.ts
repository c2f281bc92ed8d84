import type { Digest } from '../../core/digest.ts';
import type { Fleet } from '../../fleet/config/fleet.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { openVulnerabilityDatabase } from '../../knowledge/trivy-db/database.ts';
import { type DatabaseStatus, VulnerabilityDatabaseStore } from '../../knowledge/trivy-db/store/store.ts';
import type { LiveEvents } from '../runs/live.ts';
import { requestRun } from '../runs/queue.ts';
import { type AppliedDatabase, applyDatabase } from './apply-database.ts';

export interface DatabaseWatchPorts {
  readonly store: FleetStore;
  readonly live: LiveEvents;
  readonly cacheDirectory: string;
  readonly version: string;
  fleet(): Promise<Fleet>;
  log(applied: AppliedDatabase & { readonly digest: Digest; readonly run: string | undefined }): void;
}

/** Milliseconds between two looks at which database is active. */
const LOOK_MS = 5_000;

/**
 * Notices that another vulnerability database became active, by `suture db update`, `db import` or `db rollback`, and brings
 * what is known of the fleet up to it. A run is asked for where something may be done now that could not be done before.
 */
export class DatabaseWatch {
  readonly #ports: DatabaseWatchPorts;
  readonly #databases: VulnerabilityDatabaseStore;
  readonly #everyMs: number;
  #applied: Digest | undefined;
  #looked = Number.NEGATIVE_INFINITY;

  constructor(ports: DatabaseWatchPorts, everyMs = LOOK_MS) {
    this.#ports = ports;
    this.#databases = new VulnerabilityDatabaseStore(ports.cacheDirectory, ports.store);
    this.#everyMs = everyMs;
  }

  /** While no run is under way, as that would write what the database before said. @throws SutureError DATABASE_INVALID */
  async look(): Promise<void> {
    if (performance.now() - this.#looked < this.#everyMs) return;
    this.#looked = performance.now();
    const databases = await this.#databases.status().catch(() => []);
    const active = databases.find((database) => database.active);
    if (active === undefined || active.digest === this.#applied) return;
    await this.#apply(active, databases);
    this.#applied = active.digest;
  }

  async #apply({ path, digest, updatedAt }: DatabaseStatus, databases: readonly DatabaseStatus[]): Promise<void> {
    const { store, live, version, fleet, log } = this.#ports;
    const database = openVulnerabilityDatabase(path, { digest, updatedAt });
    try {
      const pathOf = async (wanted: Digest) => databases.find((kept) => kept.digest === wanted);
      const applied = await applyDatabase(store, await fleet(), version, { database, pathOf });
      if (applied.images === 0) return;
      const at = store.now();
      live.publish({ kind: 'database-changed', digest, updatedAt: new Date(Date.parse(updatedAt)).toISOString(), at });
      const run = await this.#ask(applied.toRun, digest);
      if (run !== undefined) live.publish({ kind: 'run-queued', run, trigger: 'database', at });
      log({ ...applied, digest, run });
    } finally {
      database.close();
    }
  }

  async #ask(references: readonly string[], digest: Digest): Promise<string | undefined> {
    if (references.length === 0) return undefined;
    return requestRun(this.#ports.store, {
      trigger: 'database',
      scope: { references: [...references] },
      actor: { name: `vulnerability database ${digest}` },
    });
  }
}
