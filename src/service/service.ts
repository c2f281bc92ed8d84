import type { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { SutureError } from '../core/errors/error.ts';
import type { RunReport } from '../fleet/run/report.ts';
import type { FleetStore } from '../fleet/store/store.ts';
import type { HttpClient } from '../net/types.ts';
import { checkAccess } from './access/check-access.ts';
import { type OidcOptions, OidcVerifier } from './access/oidc.ts';
import type { ApiContext } from './api/context.ts';
import { buildServer } from './api/server.ts';
import { FleetSource } from './fleet-source.ts';
import type { LogOptions } from './log.ts';
import { workInOffice } from './office.ts';
import { type ExecutorPorts, RunExecutor } from './runs/executor.ts';
import { LiveEvents } from './runs/live.ts';
import { LEASE_TIMES, Lease, type LeaseTimes } from './schedule/lease.ts';
import { followTls, readTls, type TlsFiles } from './tls-files.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ServiceOptions {
  readonly store: FleetStore;
  readonly http: HttpClient;
  readonly cacheDirectory: string;
  readonly version: string;
  /** suture.yaml, or what else names a fleet. */
  readonly configuration: string;
  readonly listen: Address;
  /** Of /metrics without a login; else it is where the API is, with a login. */
  readonly metricsListen?: Address;
  /** PEM files. */
  readonly tls?: TlsFiles;
  readonly trustedProxies: readonly string[];
  /** Without any login; on loopback only. */
  readonly open: boolean;
  readonly oidc?: OidcOptions;
  readonly hookSecret?: string;
  /** The dashboard as it was built. */
  readonly webDirectory?: string;
  readonly log: LogOptions;
  readonly withWorkspace: ExecutorPorts['withWorkspace'];
  readonly leaseTimes?: LeaseTimes;
}

export interface Service {
  /** Where the API is. */
  readonly url: string;
  /** Takes no more requests, gives the image in hand back, and ends. */
  stop(): Promise<void>;
}

/**
 * Starts the service: the API at once, the scheduler as soon as no other replica has it.
 * @throws SutureError ACCESS_UNGUARDED, CONFIGURATION, LISTEN_FAILED
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { store, open, oidc, listen } = options;
  await checkAccess(store, { open, hasOidc: oidc !== undefined, hosts: [listen.host] });
  let log: FastifyInstance['log'] | undefined;
  const fleet = await FleetSource.open(options.configuration, (error) =>
    log?.error({ err: error }, 'the configuration cannot be read; what was read before holds on'),
  );
  const live = new LiveEvents(store);
  let stopping = false;
  const tls = options.tls && (await readTls(options.tls));
  const executor = new RunExecutor(executorPorts(options, fleet, live, () => log));
  const app = await buildServer({
    context: apiContext(options, fleet, live, { wake: () => executor.wake(), isStopping: () => stopping }),
    log: options.log,
    trustedProxies: options.trustedProxies,
    ...(tls === undefined ? {} : { tls }),
    ...(options.webDirectory === undefined ? {} : { webDirectory: options.webDirectory }),
  });
  log = app.log;
  const office = workInOffice({ store, fleet, live, executor, log });
  const lease = new Lease(store, 'scheduler', { taken: office }, options.leaseTimes ?? LEASE_TIMES);
  const url = await listenOn(app, listen);
  const unfollow = options.tls && followTls(app.server as unknown as TlsServer, options.tls, app.log);
  await lease.start();
  return {
    url,
    async stop() {
      stopping = true;
      await lease.stop();
      await live.close();
      await app.close();
      unfollow?.();
    },
  };
}

function apiContext(
  { store, cacheDirectory, version, open, oidc, http, hookSecret }: ServiceOptions,
  fleet: FleetSource,
  live: LiveEvents,
  process: Pick<ApiContext, 'wake' | 'isStopping'>,
): ApiContext {
  return {
    store,
    live,
    access: { open, ...(oidc === undefined ? {} : { oidc: new OidcVerifier(http, oidc) }) },
    version,
    cacheDirectory,
    fleet: () => fleet.last,
    ...(hookSecret === undefined ? {} : { hookSecret }),
    ...process,
  };
}

function executorPorts(
  { store, withWorkspace }: ServiceOptions,
  fleet: FleetSource,
  live: LiveEvents,
  log: () => FastifyInstance['log'] | undefined,
): ExecutorPorts {
  return {
    store,
    live,
    readFleet: () => fleet.read(),
    withWorkspace,
    ended: async ({ run, counts }: RunReport) => log()?.info({ run, counts }, 'a run is done'),
    log: (level, message, more) => log()?.[level](more, message),
  };
}

async function listenOn(app: FastifyInstance, { host, port }: Address): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    await app.close();
    throw new SutureError('LISTEN_FAILED', `cannot listen on ${host}:${port}`, { cause });
  }
}
