import { type Tier, tierRank } from '../sla.ts';
import { PRESENT } from '../views/image-rows.ts';
import { type StateCounts, standings } from '../views/standings.ts';
import type { SlaDayRow } from './fleet-tables.ts';
import type { FleetStore } from './store.ts';

/** Writes down how many findings are open now, by team and tier: the last time of a day is what counts for it. */
export async function recordSlaDay(store: FleetStore): Promise<void> {
  await store.analyze();
  const day = store.now().slice(0, 'YYYY-MM-DD'.length);
  const byTeam = await standings(store, 'team', [PRESENT]);
  const rows = [...byTeam].flatMap(([team, { byTier }]) =>
    [...byTier].flatMap(([tier, counts]) => (counts.open === 0 ? [] : [dayRow(day, team, tier, counts)])),
  );
  await store.database.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('sla_days').where('day', '=', day).execute();
    // A day on which nothing is open is a day all the same.
    const all = rows.length > 0 ? rows : [{ ...NOTHING, day }];
    await transaction
      .insertInto('sla_days')
      .values(all)
      .onConflict((conflict) =>
        conflict.columns(['day', 'team', 'tier_rank']).doUpdateSet(({ ref }) => ({
          late: ref('excluded.late'),
          due: ref('excluded.due'),
          waived: ref('excluded.waived'),
          unmeasured: ref('excluded.unmeasured'),
          pending_upstream: ref('excluded.pending_upstream'),
          unfixable: ref('excluded.unfixable'),
          eol: ref('excluded.eol'),
        })),
      )
      .execute();
  });
}

function dayRow(day: string, team: string, tier: Tier, counts: StateCounts): SlaDayRow {
  return {
    day,
    team,
    tier_rank: tierRank(tier),
    late: counts.late,
    due: counts.due,
    waived: counts.waived,
    unmeasured: counts.unmeasured,
    pending_upstream: counts.pendingUpstream,
    unfixable: counts.unfixable,
    eol: counts.endOfLife,
  };
}

const NOTHING = {
  team: '',
  tier_rank: 0,
  late: 0,
  due: 0,
  waived: 0,
  unmeasured: 0,
  pending_upstream: 0,
  unfixable: 0,
  eol: 0,
};
