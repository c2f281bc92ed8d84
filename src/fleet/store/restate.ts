import type { Transaction } from 'kysely';
import type { ServiceLevels } from '../config/fleet.ts';
import { globMatches } from '../waiver-match.ts';
import { inOrder, readLevels, rowsOf } from './findings.ts';
import type { FindingRow, Tables, WaiverRow } from './schema.ts';
import { withStanding } from './standing.ts';
import type { FleetStore } from './store.ts';
import { writeFindings } from './write-findings.ts';

/** Rows of one query. */
const BATCH = 500;

/**
 * Brings open findings in line with service levels that a configuration changed, so that images for which nothing else changed
 * are judged by them too.
 * @param levels by image; others keep theirs
 */
export async function restateLevels(store: FleetStore, levels: ReadonlyMap<string, ServiceLevels>): Promise<void> {
  const references = [...levels.keys()];
  for (let at = 0; at < references.length; at += BATCH) {
    const images = await store.database
      .selectFrom('images')
      .select(['reference', 'levels'])
      .where('reference', 'in', references.slice(at, at + BATCH))
      .execute();
    for (const { reference, levels: stored } of images) {
      const wanted = levels.get(reference) ?? {};
      if (stored === JSON.stringify(wanted)) continue;
      await inOrder(store, async (transaction) => {
        await transaction
          .updateTable('images')
          .set({ levels: JSON.stringify(wanted) })
          .where('reference', '=', reference)
          .execute();
        await restate(store, transaction, await rowsOf(transaction, reference));
      });
    }
  }
}

/**
 * Brings open findings in line with the list of what is known to be exploited: their clock is the one of that tier from now on.
 * @returns the number of vulnerabilities that came to it or left it
 */
export async function restateExploited(store: FleetStore, exploited: ReadonlySet<string>): Promise<number> {
  const rows = await store.database.selectFrom('vulnerabilities').select(['id', 'exploited_since']).execute();
  const changed = rows.filter(({ id, exploited_since: since }) => exploited.has(id) !== (since !== null));
  for (const { id } of changed) {
    const since = exploited.has(id) ? store.now() : null;
    await inOrder(store, async (transaction) => {
      await transaction.updateTable('vulnerabilities').set({ exploited_since: since }).where('id', '=', id).execute();
      await restateVulnerability(store, transaction, { id }, (row) => ({ ...row, exploited_since: since }));
    });
  }
  return changed.length;
}

/** Brings open findings in line with a waiver that was added or removed, in the transaction that does so. */
export async function restateWaived(
  store: FleetStore,
  transaction: Transaction<Tables>,
  waiver: Pick<WaiverRow, 'vulnerability' | 'image'>,
): Promise<void> {
  await restateVulnerability(store, transaction, { id: waiver.vulnerability, image: waiver.image }, (row) => row);
}

async function restateVulnerability(
  store: FleetStore,
  transaction: Transaction<Tables>,
  { id, image = '**' }: { readonly id: string; readonly image?: string },
  change: (row: FindingRow) => FindingRow,
): Promise<void> {
  const rows = await transaction.selectFrom('findings').selectAll().where('vulnerability', '=', id).execute();
  const meant = rows.filter(({ reference }) => globMatches(image, reference));
  await restate(store, transaction, meant, change);
}

/** Judges open findings anew. @param rows of each image and vulnerability all of them */
async function restate(
  store: FleetStore,
  transaction: Transaction<Tables>,
  rows: readonly FindingRow[],
  change: (row: FindingRow) => FindingRow = (row) => row,
): Promise<void> {
  const levels = await levelsOf(transaction, [...new Set(rows.map(({ reference }) => reference))]);
  const waivers = await transaction.selectFrom('waivers').selectAll().execute();
  const now = store.clock.now();
  const restated = rows.map((row) => {
    if (row.resolved_at !== null) return row;
    return withStanding(change(row), { levels: levels.get(row.reference) ?? {}, waivers, now });
  });
  await writeFindings(transaction, rows, restated);
}

async function levelsOf(
  transaction: Transaction<Tables>,
  references: readonly string[],
): Promise<ReadonlyMap<string, ServiceLevels>> {
  const levels = new Map<string, ServiceLevels>();
  for (let at = 0; at < references.length; at += BATCH) {
    const rows = await transaction
      .selectFrom('images')
      .select(['reference', 'levels'])
      .where('reference', 'in', references.slice(at, at + BATCH))
      .execute();
    for (const row of rows) levels.set(row.reference, readLevels(row.levels));
  }
  return levels;
}

/**
 * Takes images out of the counts that a configuration names no more; what happened to them stays. Their findings count anew if
 * they come back.
 * @param source the configuration
 * @param named all that it names now
 * @returns those that left
 */
export async function retireImages(
  store: FleetStore,
  source: string,
  named: ReadonlySet<string>,
): Promise<readonly string[]> {
  const present = await store.database
    .selectFrom('images')
    .select('reference')
    .where('source', '=', source)
    .where('left_at', 'is', null)
    .execute();
  const left = present.map(({ reference }) => reference).filter((reference) => !named.has(reference));
  for (const reference of left)
    await store.record({ kind: 'image-left', subject: reference, data: { source } }, async (transaction) => {
      await writeFindings(transaction, await rowsOf(transaction, reference), []);
      await transaction
        .updateTable('images')
        .set({ left_at: store.now(), compared_at: null })
        .where('reference', '=', reference)
        .execute();
    });
  return left;
}
