import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, Migrator, PostgresDialect, SqliteDialect, sql } from 'kysely';
import Database from 'libsql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, postgresPrograms, startPostgres } from '../../../test/servers/postgres.ts';
import { DAY, SAMPLE_START, TestClock } from '../../../test/support/sample-fleet.ts';
import { listImages } from '../views/images.ts';
import { listVulnerabilities } from '../views/vulnerabilities.ts';
import { migrations } from './migrations.ts';
import { restateLevels } from './restate.ts';
import type { Tables } from './schema.ts';
import { FleetStore } from './store.ts';

const programs = postgresPrograms();
const IMAGE = 'registry.example.org/a:1';
const at = (days: number) => new Date(SAMPLE_START + days * DAY).toISOString();

/** vulnerability, severity, status, blocked by, detected, fix available, resolved: as the first version wrote them. */
const OLD_ROWS = [
  ['CVE-1', 'CRITICAL', 'fixed', null, at(-9), at(-8), null],
  ['CVE-2', 'HIGH', 'fixed', 'held: x', at(-9), null, null],
  ['CVE-3', 'LOW', 'will_not_fix', null, at(-9), null, null],
  ['CVE-4', 'LOW', 'end_of_life', null, at(-9), null, null],
  ['CVE-5', 'MEDIUM', 'affected', null, at(-9), null, null],
  ['CVE-6', 'MEDIUM', 'fixed', null, at(-9), at(-20), at(-1)],
] as const;

describe.each([
  { kind: 'SQLite', usable: true },
  { kind: 'PostgreSQL (Debian package postgresql)', usable: programs !== undefined },
])('a store of an older version on $kind', ({ kind, usable }) => {
  describe.skipIf(!usable)('when installed', () => {
    let server: PostgresServer | undefined;
    let directory: string;
    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'suture-migrations-'));
      if (kind !== 'SQLite' && programs !== undefined) server = await startPostgres(programs);
    }, 120_000);
    afterAll(() => {
      server?.close();
      rmSync(directory, { recursive: true, force: true });
    });

    it('is brought to the newest shape, with what follows from its findings', { timeout: 60_000 }, async () => {
      const clock = new TestClock();
      const location = server?.database('older') ?? join(directory, 'older.db');
      await writeOldStore(location, server !== undefined);
      const store = await FleetStore.open(location, clock);
      const { items } = await listImages(store, { limit: 5 });
      expect(items).toMatchObject([
        {
          reference: IMAGE,
          states: { open: 5, unmeasured: 2, pendingUpstream: 1, unfixable: 1, endOfLife: 1, late: 0 },
          worst: 'CRITICAL',
        },
      ]);
      const shown = await listVulnerabilities(store, { limit: 10, sort: 'id' });
      expect(shown.items.map(({ id, images }) => [id, images.open, images.fixable])).toEqual([
        ['CVE-1', 1, 1],
        ['CVE-2', 1, 1],
        ['CVE-3', 1, 0],
        ['CVE-4', 1, 0],
        ['CVE-5', 1, 0],
      ]);
      await restateLevels(store, new Map([[IMAGE, { CRITICAL: DAY, HIGH: 30 * DAY }]]));
      expect((await listImages(store, { limit: 5 })).items).toMatchObject([
        { compliance: 'late', states: { late: 1, due: 1, unmeasured: 0 } },
      ]);
      await store.close();
    });
  });
});

async function writeOldStore(location: string, isPostgres: boolean): Promise<void> {
  const dialect = isPostgres
    ? new PostgresDialect({ pool: new pg.Pool({ connectionString: location }) })
    : new SqliteDialect({ database: new Database(location) });
  const database = new Kysely<Tables>({ dialect });
  const known = migrations(isPostgres ? 'postgres' : 'sqlite');
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => known } });
  const { error } = await migrator.migrateTo('003-notifications');
  expect(error).toBeUndefined();
  await sql`insert into images (reference, last_checked_at, result_id) values (${IMAGE}, ${at(0)}, 'r')`.execute(
    database,
  );
  await sql`insert into results (id, run_id, reference, outcome, repositories, detail, finished_at)
    values ('r', 'run', ${IMAGE}, 'partial', '[]', '{"changed":0,"pending":[],"unusable":[],"notes":[]}', ${at(0)})`.execute(
    database,
  );
  for (const [id, severity, status, blocked, detected, available, resolved] of OLD_ROWS)
    await sql`insert into findings (reference, vulnerability, package, severity, status, installed_version, blocked_by,
        first_detected_at, fix_available_at, resolved_at)
      values (${IMAGE}, ${id}, 'x', ${severity}, ${status}, '1', ${blocked}, ${detected}, ${available}, ${resolved})`.execute(
      database,
    );
  await database.destroy();
}
