import { setFlagsFromString } from 'node:v8';
import { systemClock } from '../core/ports.ts';
import type { Progress } from '../core/progress.ts';
import { createHttpClient } from '../net/client.ts';
import type { HttpClient } from '../net/types.ts';
import { LayerStore } from '../oci/layer/layer-store.ts';
import { credentialStore } from '../oci/registry/index.ts';
import { registryOpener } from '../oci/registry-opener.ts';
import { machineAuthFiles } from '../packages/deb/repository/transport/machine-auth.ts';
import { SharedLayers } from '../patch/shared/shared-layers.ts';
import type { Workspace } from '../patch/workspace.ts';
import { cacheDirectory } from './cache-directory.ts';
import type { Invocation } from './definition.ts';
import { positiveNumber, redirect, words } from './parse.ts';
import { progressRenderer } from './terminal/progress.ts';
import { BUILD, VERSION } from './version.ts';

/**
 * A patch makes short-lived things for a few seconds: room for them grows at once. Only numbers that the collector reads may be
 * set while a program runs; to switch marking off made Node crash.
 */
const COLLECTOR = ['--semi-space-growth-factor=4'];

/**
 * Opens what the options of a command name, runs `work`, and closes it whatever happens.
 * @param collector V8's options for what the command does with its memory
 */
export async function withWorkspace<T>(
  invocation: Invocation,
  work: (workspace: Workspace) => Promise<T>,
  collector: readonly string[] = COLLECTOR,
): Promise<T> {
  const { options, terminal, environment, signal } = invocation;
  for (const flag of collector) setFlagsFromString(flag);
  const progress = progressRenderer(terminal, options, environment, () => systemClock.now());
  const workspace = openWorkspace(invocation, progress);
  try {
    signal.throwIfAborted();
    return await work(workspace);
  } finally {
    progress.close();
    await workspace.http.close();
  }
}

/**
 * The same with progress and a signal of its own, for one of many works of a long-lived process.
 * @param seen looks on at the requests
 */
export async function withOwnWorkspace<T>(
  invocation: Invocation,
  progress: Progress,
  work: (workspace: Workspace) => Promise<T>,
  seen: (client: HttpClient) => HttpClient,
): Promise<T> {
  const workspace = openWorkspace(invocation, progress, seen);
  try {
    return await work(workspace);
  } finally {
    await workspace.http.close();
  }
}

function openWorkspace(
  { options, environment, signal }: Invocation,
  progress: Progress,
  seen: (client: HttpClient) => HttpClient = (client) => client,
): Workspace {
  const cache = cacheDirectory(options['cacheDir'], environment);
  const silence = options['timeout'] === undefined ? 60_000 : positiveNumber('timeout', options['timeout']) * 1000;
  const client = createHttpClient({
    environment,
    version: VERSION,
    clock: systemClock,
    timeouts: { headers: silence, idleBody: silence },
    ...(typeof options['caFile'] === 'string' ? { caFiles: [options['caFile']] } : {}),
  });
  const http = stoppedBy(signal, seen(client));
  const plainHosts = new Set(words(options['plainHttp']));
  const credentials = credentialStore({ environment, progress });
  const opener = (plainHttp: boolean | 'auto') => registryOpener({ client: http, credentials, plainHttp, signal });
  const [usual, plain] = [opener('auto'), opener(true)];
  const layers = new LayerStore(cache, { keepCompressed: options['outputImage'] !== undefined });
  return {
    cacheDirectory: cache,
    layers,
    blobs: layers.blobs,
    ...(options['cachedLayers'] === false
      ? {}
      : { sharedLayers: new SharedLayers(cache, layers.blobs, `${VERSION} ${BUILD}`) }),
    http,
    locations: {
      openRegistry: (reference) => (plainHosts.has(reference.host) ? plain : usual)(reference),
      catalog: (host) => (plainHosts.has(host) ? plain : usual).catalog(host),
      temporaryDirectory: environment['TMPDIR'] || '/tmp',
    },
    repositories: {
      redirects: words(options['mirror']).map(redirect),
      keyrings: words(options['keyring']),
      sourcesFiles: words(options['sources']),
      authFiles: options['aptAuth'] === undefined ? machineAuthFiles() : words(options['aptAuth']),
      offline: options['offline'] === true,
    },
    clock: systemClock,
    environment,
    progress,
    signal,
    toolVersion: VERSION,
  };
}

/** The client, every request of which ends with the signal. */
function stoppedBy(signal: AbortSignal, client: HttpClient): HttpClient {
  return {
    get: (url, options) => client.get(url, { signal, ...options }),
    request: (url, request) => client.request(url, { signal, ...request }),
    download: (url, options) => client.download(url, { signal, ...options }),
    close: () => client.close(),
  };
}
