import { sql } from 'kysely';
import type { FleetStore } from '../store/store.ts';
import { coverageByTeam } from './coverage.ts';
import { imageRows, PRESENT, summaries } from './image-rows.ts';
import { slaView } from './sla.ts';
import { noStates, standings } from './standings.ts';
import { waiversOfTeam } from './waivers.ts';

/** All teams by name; the empty name is that of images without one. */
export async function listTeams(store: FleetStore) {
  const coverage = await coverageByTeam(store);
  const open = await standings(store, 'team', [PRESENT]);
  const items = [...coverage].map(([name, part]) => ({
    name,
    coverage: part,
    states: open.get(name)?.states ?? noStates(),
  }));
  return { items };
}

/** Images that the page of a team names. */
const IMAGES = 10;

/** Undefined when no image is of this team. */
export async function teamView(store: FleetStore, { name, days }: { readonly name: string; readonly days: number }) {
  const isTeam = sql<boolean>`coalesce(images.team, '') = ${name}`;
  const coverage = (await coverageByTeam(store, [isTeam])).get(name);
  if (coverage === undefined) return undefined;
  const rows = await imageRows(store, { team: name }, { sort: 'risk', limit: IMAGES, offset: 0 });
  return {
    name,
    coverage,
    states: (await standings(store, 'team', [PRESENT, isTeam])).get(name)?.states ?? noStates(),
    owners: await ownersOf(store, name),
    sla: await slaView(store, days, name),
    images: await summaries(store, rows),
    waivers: await waiversOfTeam(store, name),
  };
}

async function ownersOf(store: FleetStore, name: string): Promise<string[]> {
  const { rows } = await sql<{ owner: string }>`select distinct owner from images
    where coalesce(team, '') = ${name} and owner is not null and left_at is null order by owner`.execute(
    store.database,
  );
  return rows.map(({ owner }) => owner);
}
