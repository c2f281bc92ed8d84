import type { Server as TlsServer } from 'node:tls';
import fastify, { type FastifyInstance } from 'fastify';
import { SutureError } from '../core/errors/error.ts';
import type { Environment } from '../core/ports.ts';
import type { RunReport } from '../fleet/run/report.ts';
import type { FleetStore } from '../fleet/store/store.ts';
import type { HttpClient } from '../net/types.ts';
import { checkAccess } from './access/check-access.ts';
import { type OidcOptions, OidcVerifier } from './access/oidc.ts';
import type { ApiContext } from './api/context.ts';
import { type Metrics, registerMetrics } from './api/observability.ts';
import { buildServer } from './api/server.ts';
import { FleetSource } from './fleet-source.ts';
import { DatabaseWatch } from './knowledge/database-watch.ts';
import type { LogOptions } from './log.ts';
import type { ServiceMetrics } from './metrics/service-metrics.ts';
import { databaseOf, tellChannels } from './notices.ts';
import { workInOffice } from './office.ts';
import { type ExecutorPorts, RunExecutor } from './runs/executor.ts';
import { LiveEvents } from './runs/live.ts';
import { LEASE_TIMES, Lease, type LeaseTimes } from './schedule/lease.ts';
import { followTls, readTls, type TlsFiles } from './tls-files.ts';

/** Milliseconds that telling people of a run may hold up the next one. */
const TELLING_MS = 60_000;

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
  readonly environment: Environment;
  readonly caFiles: readonly string[];
  /** Counts what it does, where it is given. */
  readonly metrics: ServiceMetrics;
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
  const logger = () => log;
  const notices = { ...options, fleet: () => fleet.current() };
  const metrics = metricsOf(options, fleet);
  const executor = new RunExecutor(
    executorPorts(options, fleet, live, logger, () => tellChannels(notices, AbortSignal.timeout(TELLING_MS))),
  );
  const app = await buildServer({
    context: apiContext(options, fleet, live, { wake: () => executor.wake(), isStopping: () => stopping }),
    log: options.log,
    trustedProxies: options.trustedProxies,
    ...(options.metricsListen === undefined ? { metrics } : {}),
    ...(tls === undefined ? {} : { tls }),
    ...(options.webDirectory === undefined ? {} : { webDirectory: options.webDirectory }),
  });
  log = app.log;
  const tell = (signal: AbortSignal) => tellChannels(notices, signal);
  const office = workInOffice({ store, fleet, live, executor, log, tell });
  const lease = new Lease(store, 'scheduler', { taken: office }, options.leaseTimes ?? LEASE_TIMES);
  const url = await listenOn(app, listen);
  const metricsApp = options.metricsListen && (await serveMetrics(metrics, options.metricsListen));
  const unfollow = options.tls && followTls(app.server as unknown as TlsServer, options.tls, app.log);
  await lease.start();
  return {
    url,
    async stop() {
      stopping = true;
      await lease.stop();
      await live.close();
      await app.close();
      await metricsApp?.close();
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

function metricsOf({ metrics, store, cacheDirectory, version }: ServiceOptions, fleet: FleetSource): Metrics {
  return {
    contentType: metrics.registry.contentType,
    render: async () =>
      metrics.text({
        store,
        fleet: await fleet.current(),
        database: await databaseOf({ store, cacheDirectory }),
        version,
      }),
  };
}

/** An address of its own, for those who may see it without a login. */
async function serveMetrics(metrics: Metrics, address: Address): Promise<FastifyInstance> {
  const app = fastify({ forceCloseConnections: 'idle' });
  registerMetrics(app, metrics);
  await listenOn(app, address);
  return app;
}

function executorPorts(
  { store, withWorkspace, cacheDirectory, version }: ServiceOptions,
  fleet: FleetSource,
  live: LiveEvents,
  log: () => FastifyInstance['log'] | undefined,
  tell: () => Promise<void>,
): ExecutorPorts {
  const watch = new DatabaseWatch({
    store,
    live,
    cacheDirectory,
    version,
    fleet: () => fleet.current(),
    log: ({ images, touched, toRun, digest, run }) =>
      log()?.info(
        { digest, images, touched: touched.length, toRun: toRun.length, run },
        'another vulnerability database is applied',
      ),
  });
  return {
    store,
    live,
    idle: () => watch.look(),
    readFleet: () => fleet.read(),
    withWorkspace,
    ended: async ({ run, counts }: RunReport) => {
      log()?.info({ run, counts }, 'a run is done');
      // Nobody to be told, or a channel that is out of reach, is no failure of the run.
      await tell().catch((error: unknown) => log()?.error({ err: error }, 'people cannot be told'));
    },
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
