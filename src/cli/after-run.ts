import type { Fleet } from '../fleet/config/fleet.ts';
import type { FleetStore } from '../fleet/store/store.ts';
import type { Workspace } from '../patch/workspace.ts';
import type { Invocation } from './definition.ts';
import { words } from './parse.ts';
import { VERSION } from './version.ts';

/** Milliseconds that a command waits for channels that do not take a message at once; what is left waits for the next run. */
const PATIENCE = 20_000;

/**
 * What a run of the command line does that a service does by itself: tell the channels what came up, and write the metrics file.
 * A channel that takes no message is a warning, as the message waits in the store.
 * @throws SutureError FILE_UNWRITABLE for the metrics file
 */
export async function afterRun(
  { options }: Invocation,
  workspace: Workspace,
  store: FleetStore,
  fleet: Fleet,
): Promise<void> {
  const { notifications: channels = [] } = fleet;
  const file = options['metricsFile'];
  if (channels.length === 0 && typeof file !== 'string') return;
  const { databaseSituation, fleetMetricsText, writeMetricsFile } = await import('../service/metrics/fleet-metrics.ts');
  const database = await databaseSituation(workspace.cacheDirectory, workspace.clock);
  if (channels.length > 0 && !workspace.signal.aborted) {
    const { readSituation } = await import('../service/situation/read-situation.ts');
    const { notifyFleet } = await import('../service/notify/notify.ts');
    const { http, environment, clock, signal, progress } = workspace;
    const courier = { store, http, environment, clock, signal, channels, caFiles: words(options['caFile']) };
    const { failures } = await notifyFleet(courier, fleet, await readSituation(store, fleet, database), PATIENCE);
    for (const message of new Set(failures.map((failure) => failure.message)))
      progress.emit({ kind: 'note', level: 'warning', message });
  }
  if (typeof file === 'string')
    await writeMetricsFile(file, await fleetMetricsText({ store, fleet, database, version: VERSION }));
}
