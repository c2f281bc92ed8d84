import { type RawBuilder, sql } from 'kysely';
import type { Outcome } from '../store/results.ts';
import type { FleetStore } from '../store/store.ts';
import { contains, numberOf, startsWith } from './conditions.ts';
import { imageRows } from './image-rows.ts';
import { runSummary } from './runs.ts';
import { listVulnerabilities } from './vulnerabilities.ts';

/** Of each kind. */
const MOST = 8;

/** The best of each kind for what is typed into a search box. */
export async function searchFleet(store: FleetStore, q: string) {
  const images = await imageRows(store, { q }, { sort: 'risk', limit: MOST, offset: 0 });
  return {
    images: images.map(({ reference, team, outcome, compliance }) => ({
      reference,
      ...(team === null ? {} : { team }),
      ...(outcome === null ? {} : { outcome: outcome as Outcome }),
      compliance,
    })),
    vulnerabilities: await findVulnerabilities(store, q),
    packages: await findPackages(store, q),
    runs: await findRuns(store, q),
    teams: await findTeams(store, q),
  };
}

/** Open ones before those that are gone everywhere. */
async function findVulnerabilities(store: FleetStore, q: string) {
  const query = { q, limit: MOST, sort: 'severity' } as const;
  const open = await listVulnerabilities(store, { ...query, state: 'open' });
  const gone =
    open.items.length < MOST ? (await listVulnerabilities(store, { ...query, state: 'resolved' })).items : [];
  return [...open.items, ...gone].slice(0, MOST).map(({ id, tier, title, images }) => ({
    id,
    tier,
    ...(title === undefined ? {} : { title }),
    openImages: images.open,
  }));
}

/** Short names first: they are what is meant. */
async function findPackages(store: FleetStore, q: string) {
  const { rows } = await sql<{ name: string }>`select name from packages where ${contains(sql.ref('name'), q)}
    order by length(name), name limit ${MOST}`.execute(store.database);
  return Promise.all(rows.map(({ name: found }) => packageOf(store, found)));
}

async function packageOf(store: FleetStore, name: string) {
  const count = async (what: RawBuilder<unknown>) => {
    const { rows } = await sql<{ images: unknown }>`select count(*) as images from (${what}) as found`.execute(
      store.database,
    );
    return numberOf(rows[0]?.images);
  };
  return {
    name,
    openImages: await count(
      sql`select distinct reference from findings where package = ${name} and resolved_at is null`,
    ),
    patchedImages: await count(sql`select distinct images.reference from result_steps
      join images on images.result_id = result_steps.result_id where result_steps.package = ${name}`),
  };
}

async function findRuns(store: FleetStore, q: string) {
  const { rows } = await sql<{ id: string }>`select id from runs
    where ${startsWith(sql.ref('id'), q)} order by started_at desc limit ${MOST}`.execute(store.database);
  const found = await Promise.all(rows.map(({ id }) => runSummary(store, id)));
  return found.flatMap((run) =>
    run === undefined
      ? []
      : [
          {
            id: run.id,
            status: run.status,
            ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt }),
          },
        ],
  );
}

async function findTeams(store: FleetStore, q: string) {
  const { rows } = await sql<{ name: string; images: unknown }>`select team as name, count(*) as images from images
    where left_at is null and ${contains(sql.ref('team'), q)} group by team order by team limit ${MOST}`.execute(
    store.database,
  );
  return rows.map(({ name, images }) => ({ name, images: numberOf(images) }));
}
