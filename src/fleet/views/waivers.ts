import { sql } from 'kysely';
import type { WaiverRow } from '../store/schema.ts';
import type { FleetStore } from '../store/store.ts';
import { isInForce, waiverState } from '../waiver-match.ts';
import { JUSTIFICATIONS, listWaivers } from '../waivers.ts';
import { isInState, numberOf } from './conditions.ts';
import { type PageRequest, pageOf, placeOf } from './page.ts';

export interface WaiverQuery extends PageRequest {
  readonly q?: string;
  readonly show?: 'current' | 'ended' | 'all';
}

type Held = ReadonlyMap<string, { readonly findings: number; readonly images: number }>;

/** Waivers by their end. There are few: they are made by hand, and each ends. */
export async function waiverPage(store: FleetStore, query: WaiverQuery) {
  const { q = '', show = 'current' } = query;
  const now = store.clock.now();
  const rows = (await listWaivers(store))
    .filter((row) => show === 'all' || isInForce(row, now) === (show === 'current'))
    .filter((row) => SEARCHED.some((column) => (row[column] ?? '').toLowerCase().includes(q.toLowerCase())));
  const place = placeOf(query);
  const held = await heldFindings(store);
  const wanted = rows.slice(place, place + query.limit + 1);
  return pageOf(wanted, query, (row) => waiverOf(row, now, held), rows.length);
}

const SEARCHED = ['id', 'vulnerability', 'image', 'package', 'owner', 'ticket', 'reason'] as const;

export async function waiverView(store: FleetStore, id: string) {
  const row = (await listWaivers(store)).find((waiver) => waiver.id === id);
  return row && waiverOf(row, store.clock.now(), await heldFindings(store));
}

export type WaiverView = ReturnType<typeof waiverOf>;

/** Those in force, and those of them that end within a week. */
export async function currentWaivers(store: FleetStore) {
  const now = store.clock.now();
  const held = await heldFindings(store);
  const current = (await listWaivers(store)).filter((row) => isInForce(row, now));
  return current.map((row) => waiverOf(row, now, held));
}

/** Those that hold for findings of a team. */
export async function waiversOfTeam(store: FleetStore, team: string) {
  const { rows } = await sql<{ id: string }>`select distinct f.waiver_id as id
    from findings as f join images on images.reference = f.reference
    where ${isInState('f', 'waived', store.now())} and coalesce(images.team, '') = ${team}`.execute(store.database);
  const ids = new Set(rows.map(({ id }) => id));
  return (await currentWaivers(store)).filter(({ id }) => ids.has(id));
}

async function heldFindings(store: FleetStore): Promise<Held> {
  const { rows } = await sql<{ id: string; findings: unknown; images: unknown }>`
    select f.waiver_id as id, count(*) as findings, count(distinct f.reference) as images
    from findings as f where ${isInState('f', 'waived', store.now())} group by f.waiver_id`.execute(store.database);
  return new Map(
    rows.map(({ id, findings, images }) => [id, { findings: numberOf(findings), images: numberOf(images) }]),
  );
}

function waiverOf(row: WaiverRow, now: number, held: Held) {
  const { findings, images } = held.get(row.id) ?? { findings: 0, images: 0 };
  return {
    id: row.id,
    vulnerability: row.vulnerability,
    image: row.image,
    ...(row.package === null ? {} : { package: row.package }),
    owner: row.owner,
    ticket: row.ticket,
    reason: row.reason,
    justification: JUSTIFICATIONS.find((name) => name === row.justification) ?? 'none',
    state: waiverState(row, now),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.removed_at === null ? {} : { removedAt: row.removed_at }),
    findings,
    images,
  };
}
