import type { ImageOwner } from './results.ts';
import type { FleetStore } from './store.ts';

const BATCH = 500;

/** Writes where images belong that the store knows, where that is not what it knows. */
export async function rememberOwners(store: FleetStore, owners: ReadonlyMap<string, ImageOwner>): Promise<void> {
  const references = [...owners.keys()];
  for (let at = 0; at < references.length; at += BATCH) {
    const rows = await store.database
      .selectFrom('images')
      .select(['reference', 'team', 'owner', 'image_set', 'source', 'left_at'])
      .where('reference', 'in', references.slice(at, at + BATCH))
      .execute();
    for (const { reference, left_at: left, ...stored } of rows) {
      const { team = null, owner = null, set = null, source = null } = owners.get(reference) ?? {};
      const wanted = { team, owner, image_set: set, source };
      const isSame = (Object.keys(wanted) as (keyof typeof wanted)[]).every((name) => stored[name] === wanted[name]);
      if (isSame && left === null) continue;
      await store.database
        .updateTable('images')
        .set({ ...wanted, left_at: null })
        .where('reference', '=', reference)
        .execute();
    }
  }
}
