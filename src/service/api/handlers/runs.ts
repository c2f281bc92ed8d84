import { SutureError } from '../../../core/errors/error.ts';
import { fleetMayContain } from '../../../fleet/config/membership.ts';
import type { FleetStore } from '../../../fleet/store/store.ts';
import { listRunImages, listRuns, runLog, runSummary, runView } from '../../../fleet/views/runs.ts';
import { cancelRun, requestRun } from '../../runs/queue.ts';
import type { ApiContext, Handlers } from '../context.ts';
import type { NewRun } from '../contract/runs.ts';

/** A run in one of these writes no more. */
const OVER = new Set(['done', 'failed', 'cancelled', 'interrupted']);

export const RUN_HANDLERS: Pick<Handlers, 'runs' | 'run' | 'runImages' | 'runLog' | 'startRun' | 'cancelRun'> = {
  runs: ({ context: { store }, query }) => listRuns(store, query),
  run: async ({ context: { store }, parameters: { id } }) => known(await runView(store, id), id),
  runImages: async ({ context: { store }, parameters: { id }, query }) => {
    await summaryOf(store, id);
    return listRunImages(store, { ...query, id });
  },
  runLog: async ({ context: { store }, parameters: { id }, query }) => {
    const { status } = await summaryOf(store, id);
    return runLog(store, { ...query, id, isOver: OVER.has(status) });
  },
  startRun: async ({ context, body, actor }) => {
    checkScope(context, body);
    const { store, live } = context;
    const run = await requestRun(store, { trigger: 'manual', scope: body, actor });
    if (run === undefined) throw new SutureError('RUN_UNKNOWN', 'the run was not taken');
    live.publish({ kind: 'run-queued', run, trigger: 'manual', at: store.now() });
    context.wake();
    return summaryOf(store, run);
  },
  cancelRun: async ({ context: { store }, parameters: { id }, actor }) => {
    await cancelRun(store, id, actor);
    return summaryOf(store, id);
  },
};

/** What is not of the fleet is a mistake of who asks, and better said now than in the notes of a run. @throws SutureError REQUEST_INVALID */
function checkScope(context: ApiContext, { sets, references }: NewRun): void {
  const fleet = context.fleet();
  const names = new Set(fleet.sets.map(({ name }) => name));
  const set = sets?.find((name) => !names.has(name));
  if (set !== undefined) throw new SutureError('REQUEST_INVALID', `there is no image set ${set}`);
  const stranger = references?.find((reference) => !isOfFleet(fleet, reference));
  if (stranger !== undefined) throw new SutureError('REQUEST_INVALID', `${stranger} is not of this fleet`);
}

function isOfFleet(fleet: Parameters<typeof fleetMayContain>[0], reference: string): boolean {
  try {
    return fleetMayContain(fleet, reference);
  } catch {
    return false;
  }
}

async function summaryOf(store: FleetStore, id: string) {
  return known(await runSummary(store, id), id);
}

/** @throws SutureError RUN_UNKNOWN */
function known<T>(found: T | undefined, id: string): T {
  if (found === undefined) throw new SutureError('RUN_UNKNOWN', `there is no run ${id}`);
  return found;
}
