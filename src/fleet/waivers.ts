import { randomBytes } from 'node:crypto';
import { SutureError } from '../core/errors/error.ts';
import type { Actor } from './store/ledger.ts';
import { restateWaived } from './store/restate.ts';
import type { WaiverRow } from './store/schema.ts';
import type { FleetStore } from './store/store.ts';

export { type WaiverState, waiverState } from './waiver-match.ts';

/** OpenVEX justifications of `not_affected`; `none` waives without saying that the image is safe. */
export const JUSTIFICATIONS = [
  'none',
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
] as const;
export type Justification = (typeof JUSTIFICATIONS)[number];

export interface NewWaiver {
  /** CVE or advisory id. */
  readonly vulnerability: string;
  /** Glob over image references: `*` within a path part, `**` over all. */
  readonly image: string;
  readonly package?: string;
  readonly owner: string;
  readonly ticket: string;
  readonly reason: string;
  readonly justification: Justification;
  /** Milliseconds since the epoch. There is no waiver without an end. */
  readonly expiresAt: number;
}

/** Of one glob; with more of them a match takes long, and nobody needs them. */
const MOST_WILDCARDS = 8;

/** Accepts a risk for a time. The ledger keeps who, why and until when. @throws SutureError USAGE */
export async function addWaiver(store: FleetStore, waiver: NewWaiver, actor?: Actor): Promise<WaiverRow> {
  for (const field of ['vulnerability', 'image', 'owner', 'ticket', 'reason'] as const)
    if (waiver[field].trim() === '') throw new SutureError('USAGE', `a waiver needs --${field}`);
  if ((waiver.image.match(/\*+/g) ?? []).length > MOST_WILDCARDS)
    throw new SutureError('USAGE', `the image of a waiver has more than ${MOST_WILDCARDS} wildcards`);
  if (!(waiver.expiresAt > store.clock.now())) throw new SutureError('USAGE', 'a waiver must end in the future');
  const row: WaiverRow = {
    id: `w-${randomBytes(5).toString('hex')}`,
    vulnerability: waiver.vulnerability,
    image: waiver.image,
    package: waiver.package ?? null,
    owner: waiver.owner,
    ticket: waiver.ticket,
    reason: waiver.reason,
    justification: waiver.justification,
    created_at: store.now(),
    expires_at: new Date(waiver.expiresAt).toISOString(),
    removed_at: null,
  };
  const event = { kind: 'waiver-added' as const, subject: row.id, data: { ...row }, ...(actor && { actor }) };
  await store.record(event, async (transaction) => {
    await transaction.insertInto('waivers').values(row).execute();
    await restateWaived(store, transaction, row);
  });
  return row;
}

/** Ends a waiver before its time: the clocks that it stopped run on. @throws SutureError WAIVER_UNKNOWN */
export async function removeWaiver(store: FleetStore, id: string, actor?: Actor): Promise<void> {
  const event = { kind: 'waiver-removed' as const, subject: id, data: {}, ...(actor && { actor }) };
  await store.record(event, async (transaction) => {
    const now = store.now();
    const removed = await transaction
      .updateTable('waivers')
      .set({ removed_at: now })
      .where('id', '=', id)
      .where('removed_at', 'is', null)
      // One that has ended stays as it was: it stopped clocks until its own end.
      .where('expires_at', '>', now)
      .returning(['vulnerability', 'image'])
      .executeTakeFirst();
    if (removed === undefined) throw new SutureError('WAIVER_UNKNOWN', `there is no waiver ${id} that holds`);
    await restateWaived(store, transaction, removed);
  });
}

/** All waivers that ever were, by expiry. */
export async function listWaivers(store: FleetStore): Promise<readonly WaiverRow[]> {
  return store.database.selectFrom('waivers').selectAll().orderBy('expires_at').orderBy('id').execute();
}
