import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Registry } from 'prom-client';
import { SutureError } from '../../core/errors/error.ts';
import type { Clock } from '../../core/ports.ts';
import type { Fleet } from '../../fleet/config/fleet.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { VulnerabilityDatabaseStore } from '../../knowledge/trivy-db/store/store.ts';
import { readSituation } from '../situation/read-situation.ts';
import type { DatabaseSituation } from '../situation/situation.ts';
import { fleetSamples } from './fleet-samples.ts';
import { addRemediationTimes, registryOf } from './registry.ts';
import { type Sample, sample } from './sample.ts';

/** The vulnerability database of this machine; undefined when there is none that can be used. */
export async function databaseSituation(cacheDirectory: string, clock: Clock): Promise<DatabaseSituation | undefined> {
  const store = new VulnerabilityDatabaseStore(cacheDirectory, { clock });
  const found = (await store.status().catch(() => [])).find(({ active }) => active);
  if (found === undefined) return undefined;
  const { updatedAt, nextUpdate } = found;
  return { updatedAt, ...(nextUpdate === undefined ? {} : { nextUpdate }) };
}

export interface FleetMetricsInput {
  readonly store: FleetStore;
  readonly fleet: Fleet;
  readonly database: DatabaseSituation | undefined;
  readonly version: string;
}

/** All metrics of a fleet in the text format of Prometheus, from the store alone. */
export async function fleetMetricsText(input: FleetMetricsInput): Promise<string> {
  return (await fleetRegistry(input)).metrics();
}

/** What the store says of a fleet, as a registry that a service merges with what it counts itself. */
export async function fleetRegistry({ store, fleet, database, version }: FleetMetricsInput): Promise<Registry> {
  const registry = registryOf([
    sample('patch_build_info', 1, { version }),
    sample('patch_store_up', 1),
    ...fleetSamples(await readSituation(store, fleet, database)),
    ...(await notificationSamples(store, fleet)),
  ]);
  await addRemediationTimes(registry, store);
  return registry;
}

/** When nobody takes messages, somebody must hear of it another way. */
async function notificationSamples(store: FleetStore, { notifications = [] }: Fleet): Promise<Sample[]> {
  const now = store.now();
  const rows = await store.database
    .selectFrom('deliveries')
    .select(['channel', 'due_at', 'failed_at'])
    .where('delivered_at', 'is', null)
    .execute();
  return notifications.flatMap(({ name }) => {
    const own = rows.filter((row) => row.channel === name);
    const waiting = own.filter((row) => row.failed_at === null && row.due_at <= now).length;
    const labels = { channel: name };
    return [
      sample('patch_notifications_waiting', waiting, labels),
      sample('patch_notifications_given_up', own.filter((row) => row.failed_at !== null).length, labels),
    ];
  });
}

/**
 * Writes metrics where the textfile collector of node_exporter finds them: a reader sees the old file or the new one, never a
 * part, and never the name that it has until then.
 * @throws SutureError FILE_UNWRITABLE
 */
export async function writeMetricsFile(file: string, text: string): Promise<void> {
  const path = resolve(file);
  const part = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await writeFile(part, text, { mode: 0o644, flag: 'wx' });
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true });
    throw new SutureError('FILE_UNWRITABLE', `the metrics file ${path} cannot be written`, { cause });
  }
}

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;
