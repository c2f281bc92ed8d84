import type { Fleet, ImageSet } from '../../fleet/config/fleet.ts';
import { mayContain } from '../../fleet/config/membership.ts';
import { type KnownImage, knownImages } from '../../fleet/store/results.ts';
import type { ImageRow, WaiverRow } from '../../fleet/store/schema.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { globMatches, waiverState } from '../../fleet/waiver-match.ts';
import { listWaivers } from '../../fleet/waivers.ts';
import { countFindings, runningClocks } from './read-findings.ts';
import { runSituations } from './read-runs.ts';
import type { DatabaseSituation, FleetSituation, ImageSituation, WaiverSituation } from './situation.ts';

/** Behind the last look at its set by this much, an image that a rule once chose is no longer chosen. */
const FORGOTTEN_MS = 7 * 86_400_000;

/** Reads from the store where a fleet stands by the configuration as it is now. */
export async function readSituation(
  store: FleetStore,
  fleet: Fleet,
  database: DatabaseSituation | undefined,
): Promise<FleetSituation> {
  const now = store.clock.now();
  const rows = await imagesOfStore(store);
  const members = chosen(rows, fleet);
  const references = members.map(({ row }) => row.reference);
  const waivers = await listWaivers(store);
  const known = await knownImages(store, references);
  const [counts, clocks] = [await countFindings(store), await runningClocks(store)];
  const [outcomes, verified] = [await failures(store), await lastVerified(store)];
  const images = members.map(({ row, set }): ImageSituation => {
    const entry = known.get(row.reference);
    return {
      ...identityOf(row, set, entry),
      failures: outcomes.get(row.reference) ?? 0,
      ...timesOf(row, entry, verified.get(row.reference)),
      counts: counts.get(row.reference) ?? [],
      clocks: clocks.get(row.reference) ?? [],
    };
  });
  return {
    now,
    images,
    elsewhere: rows.map(({ reference }) => reference).filter((reference) => !known.has(reference)),
    waivers: waiversInForce(waivers, images, now),
    runs: await runSituations(store),
    database,
    needsDatabase: fleet.sets.some(({ policy }) => needsDatabase(policy)),
  };
}

/** Without those that left the fleet. */
async function imagesOfStore(store: FleetStore): Promise<readonly ImageRow[]> {
  return store.database.selectFrom('images').selectAll().where('left_at', 'is', null).orderBy('reference').execute();
}

function needsDatabase({ severity, sla, maxDatabaseAge, endOfLife }: ImageSet['policy']): boolean {
  return (
    severity !== undefined || maxDatabaseAge !== undefined || endOfLife === 'refuse' || Object.keys(sla).length > 0
  );
}

/** Images that the configuration names, and those that its rules may choose and that were looked at with the others of their set. */
function chosen(
  rows: readonly ImageRow[],
  { sets }: Fleet,
): readonly { readonly row: ImageRow; readonly set: ImageSet }[] {
  const members = rows.flatMap((row) => {
    const set = sets.find((candidate) => mayContain(candidate, row.reference));
    return set === undefined ? [] : [{ row, set }];
  });
  const newest = new Map<ImageSet, number>();
  for (const { row, set } of members) newest.set(set, Math.max(newest.get(set) ?? 0, Date.parse(row.last_checked_at)));
  return members.filter(
    ({ row, set }) =>
      set.selection.kind === 'references' || (newest.get(set) ?? 0) - Date.parse(row.last_checked_at) <= FORGOTTEN_MS,
  );
}

function identityOf(row: ImageRow, set: ImageSet, known: KnownImage | undefined) {
  const team = set.policy.team ?? row.team ?? undefined;
  const owner = set.policy.owner ?? row.owner ?? undefined;
  const result = known?.result;
  const endOfLife = result?.detail.endOfLife === true || result?.detail.error?.code === 'END_OF_LIFE';
  return {
    reference: row.reference,
    set,
    ...(team === undefined ? {} : { team }),
    ...(owner === undefined ? {} : { owner }),
    ...(result === undefined ? {} : { result }),
    endOfLife,
  };
}

/** An image whose last result is good was also verified whenever nothing had changed since. */
function timesOf(row: ImageRow, known: KnownImage | undefined, times: ResultTimes | undefined) {
  const outcome = known?.result?.outcome;
  const isGood = outcome !== undefined && outcome !== 'failed' && outcome !== 'refused';
  const verifiedAt = isGood ? row.last_checked_at : times?.verifiedAt;
  return {
    ...(times === undefined ? {} : { finishedAt: times.finishedAt }),
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
  };
}

/** Results since the last that did not fail, of images whose last one failed. */
async function failures(store: FleetStore): Promise<ReadonlyMap<string, number>> {
  const rows = await store.database
    .selectFrom('results')
    .select(({ fn }) => ['results.reference as image', fn.countAll().as('count')])
    .where('outcome', '=', 'failed')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('results as later')
            .select('later.id')
            .whereRef('later.reference', '=', 'results.reference')
            .whereRef('later.finished_at', '>', 'results.finished_at')
            .where('later.outcome', '!=', 'failed'),
        ),
      ),
    )
    .groupBy('results.reference')
    .execute();
  return new Map(rows.map(({ image, count }) => [image, Number(count)]));
}

interface ResultTimes {
  readonly finishedAt: string;
  readonly verifiedAt?: string;
}

async function lastVerified(store: FleetStore): Promise<ReadonlyMap<string, ResultTimes>> {
  const rows = await store.database
    .selectFrom('results')
    .select(({ fn, eb }) => [
      'reference',
      fn.max('finished_at').as('finished'),
      fn
        .max(eb.case().when('outcome', 'not in', ['failed', 'refused']).then(eb.ref('finished_at')).else(null).end())
        .as('verified'),
    ])
    .groupBy('reference')
    .execute();
  return new Map(
    rows.map(({ reference, finished, verified }) => [
      reference,
      { finishedAt: finished, ...(verified === null ? {} : { verifiedAt: verified }) },
    ]),
  );
}

function waiversInForce(
  waivers: readonly WaiverRow[],
  images: readonly ImageSituation[],
  now: number,
): readonly WaiverSituation[] {
  return waivers
    .filter((waiver) => ['active', 'expiring'].includes(waiverState(waiver, now)))
    .map((waiver) => {
      const teams = images.filter(({ reference }) => globMatches(waiver.image, reference)).map(({ team }) => team);
      return { waiver, teams: [...new Set(teams.filter((team) => team !== undefined))].sort() };
    });
}
