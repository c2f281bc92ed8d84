import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { FleetStore } from '../../src/fleet/store/store.ts';
import { type PostgresServer, postgresPrograms, startPostgres } from '../servers/postgres.ts';
import { SAMPLE_START, TestClock } from './sample-fleet.ts';

/** New stores on one database, all of them with one clock. */
export interface Stores {
  readonly clock: TestClock;
  /** An empty store; the clock begins anew. */
  open(): Promise<FleetStore>;
}

/** The same tests on SQLite and on PostgreSQL, where that is installed. */
export function describeOnStores(title: string, body: (stores: Stores) => void): void {
  const programs = postgresPrograms();
  describe.each([
    { kind: 'SQLite', usable: true },
    { kind: 'PostgreSQL (Debian package postgresql)', usable: programs !== undefined },
  ])(`${title} on $kind`, ({ kind, usable }) => {
    describe.skipIf(!usable)('when installed', () => {
      const clock = new TestClock();
      let server: PostgresServer | undefined;
      let directory: string;
      let names = 0;
      beforeAll(async () => {
        directory = mkdtempSync(join(tmpdir(), 'suture-stores-'));
        if (kind !== 'SQLite' && programs !== undefined) server = await startPostgres(programs);
      }, 120_000);
      afterAll(() => {
        server?.close();
        rmSync(directory, { recursive: true, force: true });
      });
      body({
        clock,
        open() {
          names += 1;
          clock.time = SAMPLE_START;
          return FleetStore.open(server?.database(`store${names}`) ?? join(directory, `${names}.db`), clock);
        },
      });
    });
  });
}
