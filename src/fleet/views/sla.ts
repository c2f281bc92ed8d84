import { sql } from 'kysely';
import { TIERS, type Tier, tierOfRank } from '../sla.ts';
import { readLevels } from '../store/findings.ts';
import type { FleetStore } from '../store/store.ts';
import { all, type Condition, numberOf } from './conditions.ts';
import { urgentFindings } from './findings.ts';
import { PRESENT } from './image-rows.ts';
import { noStates, standing } from './standings.ts';

/** Findings that an overview names. */
const URGENT = 10;
const DAY_MS = 86_400_000;

/** How the fleet, or a team, stands to its service levels. @param days length of the time series */
export async function slaView(store: FleetStore, days: number, team?: string) {
  const images = team === undefined ? [PRESENT] : [PRESENT, sql<boolean>`coalesce(images.team, '') = ${team}`];
  const since = new Date(store.clock.now() - (days - 1) * DAY_MS).toISOString();
  return {
    tiers: await tierStandings(store, images),
    burnDown: await burnDown(store, since.slice(0, 'YYYY-MM-DD'.length), team),
    urgent: await urgentFindings(store, URGENT, images),
    remediation: await remediation(store, since, team),
  };
}

async function tierStandings(store: FleetStore, images: readonly Condition[]) {
  const { byTier, nextDueAt } = await standing(store, images);
  const levels = await levelsOf(store, images);
  return TIERS.map((tier) => {
    const [level, next] = [levels.get(tier), nextDueAt.get(tier)];
    return {
      tier,
      ...(byTier.get(tier) ?? noStates()),
      ...(level === undefined ? {} : { levelSeconds: level }),
      ...(next === undefined ? {} : { nextDueAt: next }),
    };
  });
}

/** Shortest and longest service level of each tier among the images. */
async function levelsOf(store: FleetStore, images: readonly Condition[]) {
  const { rows } = await sql<{ levels: string | null }>`select distinct images.levels as levels
    from images where ${all(images)}`.execute(store.database);
  const found = new Map<Tier, { min: number; max: number }>();
  for (const { levels } of rows)
    for (const tier of TIERS) {
      const level = readLevels(levels)[tier];
      if (level === undefined) continue;
      const seconds = Math.floor(level / 1000);
      const known = found.get(tier) ?? { min: seconds, max: seconds };
      found.set(tier, { min: Math.min(known.min, seconds), max: Math.max(known.max, seconds) });
    }
  return found;
}

/** What was open at the end of each day that had a run, oldest first. */
async function burnDown(store: FleetStore, since: string, team: string | undefined) {
  const { rows } = await sql<{ day: string; tier_rank: number; late: unknown; due: unknown; waived: unknown }>`
    select day, tier_rank, sum(late) as late, sum(due) as due, sum(waived) as waived
    from sla_days where day >= ${since} and ${team === undefined ? sql`1 = 1` : sql`team = ${team}`}
    group by day, tier_rank order by day, tier_rank desc`.execute(store.database);
  const days = new Map<string, BurnDownDay>();
  for (const row of rows) {
    const [late, due, waived] = [numberOf(row.late), numberOf(row.due), numberOf(row.waived)];
    const day = days.get(row.day) ?? { day: row.day, open: 0, late: 0, waived: 0, tiers: [] };
    days.set(row.day, day);
    day.open += late + due;
    day.late += late;
    day.waived += waived;
    day.tiers.push({ tier: tierOfRank(row.tier_rank), open: late + due, late, waived });
  }
  return [...days.values()];
}

interface BurnDownDay {
  day: string;
  open: number;
  late: number;
  waived: number;
  tiers: { tier: Tier; open: number; late: number; waived: number }[];
}

/** How long what is gone since a time took, from when it could be fixed. Findings of one scan share their times. */
async function remediation(store: FleetStore, since: string, team: string | undefined) {
  const { rows } = await sql<{ started: string | null; ended: string; found: unknown; timed: unknown; late: unknown }>`
    select started_at as started, resolved_at as ended, count(*) as found, count(due_at) as timed,
      sum(case when resolved_at > due_at then 1 else 0 end) as late
    from findings where resolved_at is not null and resolved_at >= ${since} and ${ofTeam(team)}
    group by started_at, resolved_at`.execute(store.database);
  const sum = (name: 'found' | 'timed' | 'late') => rows.reduce((total, row) => total + numberOf(row[name]), 0);
  const [resolved, late] = [sum('found'), sum('late')];
  const times = rows.flatMap(({ started, ended, found }) =>
    started === null ? [] : [{ seconds: secondsBetween(started, ended), findings: numberOf(found) }],
  );
  times.sort((a, b) => a.seconds - b.seconds);
  const quantiles = times.length === 0 ? {} : { p50Seconds: quantile(times, 0.5), p95Seconds: quantile(times, 0.95) };
  return { resolved, inTime: sum('timed') - late, late, ...quantiles };
}

function ofTeam(team: string | undefined): Condition {
  if (team === undefined) return all([]);
  return sql<boolean>`reference in (select reference from images where coalesce(team, '') = ${team})`;
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
}

/** The smallest time within which this share of all findings was. @param times ascending */
function quantile(times: readonly { readonly seconds: number; readonly findings: number }[], share: number): number {
  let left = share * times.reduce((total, { findings }) => total + findings, 0);
  for (const { seconds, findings } of times) {
    left -= findings;
    if (left <= 0) return seconds;
  }
  return times.at(-1)?.seconds ?? 0;
}
