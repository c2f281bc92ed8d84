import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ScannedImage } from '../../packages/inventory/types.ts';
import { canonicalJson } from '../../patch/canonical-json.ts';
import type { FleetStore } from './store.ts';

/** `before`: of the image as it was found; `after`: of what may run. */
export type InventoryRole = 'before' | 'after';

export interface StoredImage {
  readonly reference: string;
  readonly role: InventoryRole;
  readonly image: ScannedImage;
}

/**
 * Keeps what is installed in an image (of an index: in each of its images), so that a new vulnerability database is compared
 * without pulling anything. Images of one base with the same packages share one document.
 */
export async function recordInventories(
  store: FleetStore,
  reference: string,
  role: InventoryRole,
  images: readonly ScannedImage[],
): Promise<void> {
  const documents = images.map((image) => {
    const json = canonicalJson(image);
    return { digest: sha256(json), document: deflateRawSync(json).toString('base64') };
  });
  await store.database.transaction().execute(async (transaction) => {
    for (const row of documents)
      await transaction
        .insertInto('inventories')
        .values(row)
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .execute();
    await transaction
      .deleteFrom('image_inventories')
      .where('reference', '=', reference)
      .where('role', '=', role)
      .execute();
    for (const [position, { digest }] of documents.entries())
      await transaction.insertInto('image_inventories').values({ reference, role, position, digest }).execute();
  });
}

/** The inventories of these images, by reference. An image that was never scanned has none. */
export async function* storedInventories(
  store: FleetStore,
  references: readonly string[],
): AsyncGenerator<StoredImage> {
  for (let at = 0; at < references.length; at += BATCH) {
    const rows = await store.database
      .selectFrom('image_inventories')
      .innerJoin('inventories', 'inventories.digest', 'image_inventories.digest')
      .select(['reference', 'role', 'document'])
      .where('reference', 'in', references.slice(at, at + BATCH))
      .orderBy('reference')
      .orderBy('role')
      .orderBy('position')
      .execute();
    for (const { reference, role, document } of rows)
      yield { reference, role: role === 'after' ? 'after' : 'before', image: readDocument(document) };
  }
}

const BATCH = 100;

/** Documents were written by `recordInventories`, into a store that only this program writes. */
function readDocument(document: string): ScannedImage {
  const json = inflateRawSync(Buffer.from(document, 'base64'), { maxOutputLength: LIMITS.report });
  return JSON.parse(json.toString('utf8')) as ScannedImage;
}

/** Removes documents that no image has any more. */
export async function pruneInventories(store: FleetStore): Promise<void> {
  await store.database
    .deleteFrom('inventories')
    .where('digest', 'not in', (query) => query.selectFrom('image_inventories').select('digest'))
    .execute();
}
