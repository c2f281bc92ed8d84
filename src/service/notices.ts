import type { Environment } from '../core/ports.ts';
import type { Fleet } from '../fleet/config/fleet.ts';
import type { FleetStore } from '../fleet/store/store.ts';
import { VulnerabilityDatabaseStore } from '../knowledge/trivy-db/store/store.ts';
import type { HttpClient } from '../net/types.ts';
import { notifyFleet } from './notify/notify.ts';
import { readSituation } from './situation/read-situation.ts';
import type { DatabaseSituation } from './situation/situation.ts';

export interface NoticePorts {
  readonly store: FleetStore;
  readonly http: HttpClient;
  readonly environment: Environment;
  readonly cacheDirectory: string;
  readonly caFiles: readonly string[];
  fleet(): Promise<Fleet>;
}

/** Tells the channels of the configuration what came up since they were last told; without a channel it does nothing. */
export async function tellChannels(ports: NoticePorts, signal: AbortSignal): Promise<void> {
  const { store, http, environment, caFiles } = ports;
  const fleet = await ports.fleet();
  const { notifications: channels = [] } = fleet;
  if (channels.length === 0) return;
  const courier = { store, http, environment, clock: store.clock, signal, channels, caFiles };
  await notifyFleet(courier, fleet, await readSituation(store, fleet, await databaseOf(ports)));
}

/** The database of this replica. */
export async function databaseOf({
  cacheDirectory,
  store,
}: Pick<NoticePorts, 'cacheDirectory' | 'store'>): Promise<DatabaseSituation | undefined> {
  const databases = await new VulnerabilityDatabaseStore(cacheDirectory, store).status().catch(() => []);
  const found = databases.find(({ active }) => active);
  if (found === undefined) return undefined;
  const { updatedAt, nextUpdate } = found;
  return { updatedAt, ...(nextUpdate === undefined ? {} : { nextUpdate }) };
}
