import { SutureError } from '../../../core/errors/error.ts';
import type { FleetStore } from '../../../fleet/store/store.ts';
import { waiverPage, waiverView } from '../../../fleet/views/waivers.ts';
import { addWaiver, removeWaiver } from '../../../fleet/waivers.ts';
import type { Handlers } from '../context.ts';

export const WAIVER_HANDLERS: Pick<Handlers, 'waivers' | 'addWaiver' | 'removeWaiver'> = {
  waivers: ({ context: { store }, query }) => waiverPage(store, query),
  addWaiver: async ({ context: { store, live }, body: { expiresAt, ...waiver }, actor }) => {
    const { id } = await addWaiver(store, { ...waiver, expiresAt: Date.parse(expiresAt) }, actor);
    live.publish({ kind: 'waiver-changed', waiver: id, change: 'added', at: store.now() });
    return there(store, id);
  },
  removeWaiver: async ({ context: { store, live }, parameters: { id }, actor }) => {
    await removeWaiver(store, id, actor);
    live.publish({ kind: 'waiver-changed', waiver: id, change: 'removed', at: store.now() });
    return undefined;
  },
};

async function there(store: FleetStore, id: string) {
  const waiver = await waiverView(store, id);
  if (waiver === undefined) throw new SutureError('WAIVER_UNKNOWN', `there is no waiver ${id}`);
  return waiver;
}
