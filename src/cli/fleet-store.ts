import { systemClock } from '../core/ports.ts';
import { backupStore, pruneStore, verifyStore } from '../fleet/store/maintenance.ts';
import type { Invocation } from './definition.ts';
import { fleetOf, withStore, write } from './fleet.ts';
import { duration } from './parse.ts';
import { withWorkspace } from './workspace.ts';

/** `suture store verify`. */
export function runStoreVerify(invocation: Invocation): Promise<number> {
  return withStore(invocation, async (store) => {
    const state = await verifyStore(store);
    write(invocation, { kind: 'StoreVerification', store: store.name, ...state }, () => {
      return `${store.name}: ${state.events} events, as they were written\nhead ${state.head}\n`;
    });
    return 0;
  });
}

/** `suture store backup`. */
export function runStoreBackup(invocation: Invocation): Promise<number> {
  return withStore(invocation, async (store) => {
    const backup = await backupStore(store, invocation.args[0] ?? '');
    write(invocation, { kind: 'StoreBackup', store: store.name, ...backup }, () => `${backup.path}\n`);
    return 0;
  });
}

/** `suture store prune`. */
export function runStorePrune(invocation: Invocation): Promise<number> {
  return withStore(invocation, async (store) => {
    const before = systemClock.now() - duration('older-than', invocation.options['olderThan']);
    const pruned = await pruneStore(store, new Date(before).toISOString());
    write(
      invocation,
      { kind: 'StorePruned', ...pruned },
      () => `removed ${pruned.results} results and ${pruned.runs} runs\n`,
    );
    return 0;
  });
}

/** `suture store rebuild`. */
export async function runStoreRebuild(invocation: Invocation): Promise<number> {
  const { rebuildStore } = await import('../fleet/run/rebuild.ts');
  const fleet = await fleetOf(invocation);
  return withStore(invocation, (store) =>
    withWorkspace(invocation, async (workspace) => {
      const rebuilt = await rebuildStore(workspace, store, fleet);
      write(invocation, { kind: 'StoreRebuilt', ...rebuilt }, () => {
        const lines = rebuilt.recovered.map(
          ({ reference, publishedReference }) => `${reference}  ${publishedReference}`,
        );
        const failures = rebuilt.failures.map(({ subject, message }) => `${subject}: ${message}`);
        return [...lines, ...failures, `${lines.length} patched images recovered`, ''].join('\n');
      });
      return rebuilt.failures.length === 0 ? 0 : 3;
    }),
  );
}
