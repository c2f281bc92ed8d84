import type { FleetStore } from '../../fleet/store/store.ts';
import { type EndedRun, type RunSituation, verdictOf } from './situation.ts';

/** Runs looked at: of more shards than this nobody has heard. */
const MOST = 2000;

/**
 * The last runs of each shard of the partition that was used last. A run that was asked for about a part of the fleet says
 * nothing about the rest, so it counts for nothing here; the parts of a schedule do.
 */
export async function runSituations(store: FleetStore): Promise<readonly RunSituation[]> {
  const rows = await store.database
    .selectFrom('runs')
    .leftJoin('run_requests', 'run_requests.id', 'runs.id')
    .select([
      'runs.id as id',
      'shard',
      'status',
      'started_at as startedAt',
      'runs.ended_at as endedAt',
      'summary',
      'scope',
      'trigger',
    ])
    .orderBy('started_at', 'desc')
    .limit(MOST)
    .execute();
  const whole = rows.filter(
    ({ trigger, scope }) => trigger === null || trigger === 'schedule' || trigger === 'catch-up' || isWhole(scope),
  );
  const [newest] = whole;
  if (newest === undefined) return [];
  const partition = newest.shard.split('/')[1];
  const shards = [...new Set(whole.map(({ shard }) => shard))].filter((shard) => shard.split('/')[1] === partition);
  return shards.sort().map((shard) => {
    const ended = whole.flatMap((row): EndedRun[] =>
      row.shard === shard && row.status === 'done' && row.endedAt !== null
        ? [{ id: row.id, startedAt: row.startedAt, endedAt: row.endedAt, counts: countsOf(row.summary) }]
        : [],
    );
    const [last] = ended;
    const success = ended.find((run) => verdictOf(run) !== 'failed');
    return { shard, ...(last === undefined ? {} : { last }), ...(success === undefined ? {} : { success }) };
  });
}

function isWhole(scope: string | null): boolean {
  const parsed = JSON.parse(scope ?? '{}') as { readonly sets?: unknown; readonly references?: unknown };
  return parsed.sets === undefined && parsed.references === undefined;
}

/** Written by `finishRun`. */
function countsOf(summary: string): Readonly<Record<string, number>> {
  const parsed = JSON.parse(summary) as unknown;
  if (typeof parsed !== 'object' || parsed === null) return {};
  return Object.fromEntries(
    Object.entries(parsed).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}
