import type { Fleet } from '../../../fleet/config/fleet.ts';
import { VulnerabilityDatabaseStore } from '../../../knowledge/trivy-db/store/store.ts';
import { lastSlot } from '../../schedule/scheduler.ts';
import { nextTime, scheduleGroups } from '../../schedule/slots.ts';
import type { ApiContext, Handlers } from '../context.ts';
import type { Database } from '../contract/database.ts';
import type { ScheduleEntry } from '../contract/schedule.ts';

export const KNOWLEDGE_HANDLERS: Pick<Handlers, 'database' | 'schedule'> = {
  database: ({ context }) => describeDatabase(context),
  schedule: async ({ context }) => {
    const items = await scheduleEntries(context);
    return { items, total: items.length };
  },
};

/** The database of this replica. */
export async function describeDatabase({ cacheDirectory, store, fleet }: ApiContext): Promise<Database> {
  const databases = await new VulnerabilityDatabaseStore(cacheDirectory, store).status().catch(() => []);
  const active = databases.find((database) => database.active);
  const maxAge = strictestAge(fleet());
  const limit = maxAge === undefined ? {} : { maxAgeSeconds: Math.floor(maxAge / 1000) };
  if (active === undefined) return { present: false, stale: true, ...limit };
  const { digest, updatedAt, nextUpdate, ageMs, source } = active;
  return {
    present: true,
    digest,
    updatedAt: iso(updatedAt),
    ...(nextUpdate === undefined ? {} : { nextUpdateAt: iso(nextUpdate) }),
    ageSeconds: Math.max(0, Math.floor(ageMs / 1000)),
    ...limit,
    stale: maxAge !== undefined && !(ageMs <= maxAge),
    source: source.name,
  };
}

function strictestAge({ sets }: Fleet): number | undefined {
  const ages = sets.map(({ policy }) => policy.maxDatabaseAge).filter((age) => age !== undefined);
  return ages.length === 0 ? undefined : Math.min(...ages);
}

/** When runs begin by themselves, the next first. */
export async function scheduleEntries({ store, fleet }: ApiContext): Promise<ScheduleEntry[]> {
  const now = store.clock.now();
  const entries: ScheduleEntry[] = [];
  for (const { key, schedule, sets } of scheduleGroups(fleet())) {
    const last = await lastSlot(store, key);
    const next = nextTime(schedule, last ?? now, now);
    const run = await store.database
      .selectFrom('run_requests')
      .select(['id', 'requested_at'])
      .where('slot', 'like', `${key} %`)
      .orderBy('requested_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    entries.push({
      name: sets?.join(', ') ?? 'everything',
      cron: schedule.cron,
      timeZone: schedule.timeZone,
      jitterSeconds: Math.floor(schedule.jitterMs / 1000),
      ...(sets === undefined ? {} : { sets: [...sets] }),
      ...(next === undefined ? {} : { nextAt: new Date(next).toISOString() }),
      ...(run === undefined ? {} : { lastAt: run.requested_at, lastRun: run.id }),
    });
  }
  return entries.sort((a, b) => ((a.nextAt ?? '~') < (b.nextAt ?? '~') ? -1 : 1));
}

/** Without the fraction of a second that Go writes with nine digits. */
function iso(time: string): string {
  return new Date(Date.parse(time)).toISOString();
}
