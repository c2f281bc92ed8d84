import { sql } from 'kysely';
import type { Digest } from '../../core/digest.ts';
import type { FleetStore } from '../store/store.ts';
import { numberOf } from './conditions.ts';
import { PRESENT } from './image-rows.ts';

/** Package repositories as runs last saw them, those with the oldest index first. */
export async function repositoriesView(store: FleetStore, limit: number) {
  const { rows } = await sql<{ repository: string; digest: string; date: string; images: unknown; seen: string }>`
    select r.repository, r.digest, r.date, count(*) as images, max(images.last_checked_at) as seen
    from image_repositories as r join images on images.reference = r.reference where ${PRESENT}
    group by r.repository, r.digest, r.date order by r.date`.execute(store.database);
  const newest = new Map<string, { row: (typeof rows)[number]; images: number; seen: string }>();
  for (const row of rows) {
    const known = newest.get(row.repository);
    const images = (known?.images ?? 0) + numberOf(row.images);
    // Rows come by date: a later one is the newer index, whatever older ones other images saw last.
    newest.set(row.repository, {
      row,
      images,
      seen: known !== undefined && known.seen > row.seen ? known.seen : row.seen,
    });
  }
  const list = [...newest.values()].map(({ row, images, seen }) => ({
    id: row.repository,
    digest: row.digest as Digest,
    date: new Date(row.date).toISOString(),
    ageSeconds: Math.max(0, Math.floor((store.clock.now() - Date.parse(row.date)) / 1000)),
    seenAt: seen,
    images,
  }));
  return list.sort((a, b) => (a.date < b.date ? -1 : 1)).slice(0, limit);
}
