import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SutureError } from '../core/errors/error.ts';
import { systemClock } from '../core/ports.ts';
import { createHttpClient } from '../net/client.ts';
import type { HttpClient } from '../net/types.ts';
import type { OidcOptions } from '../service/access/oidc.ts';
import { isRole, type Role } from '../service/access/role.ts';
import type { LogOptions } from '../service/log.ts';
import type { ServiceMetrics } from '../service/metrics/service-metrics.ts';
import type { Address, ServiceOptions } from '../service/service.ts';
import { cacheDirectory } from './cache-directory.ts';
import type { Invocation } from './definition.ts';
import { fleetFile, withRepositories, withStore } from './fleet.ts';
import { listenAddress, words } from './parse.ts';
import { VERSION } from './version.ts';
import { withOwnWorkspace } from './workspace.ts';

/** `suture serve`. Ends with 0 when it is asked to stop. */
export async function runServe(invocation: Invocation): Promise<number> {
  const { startService } = await import('../service/service.ts');
  const { ServiceMetrics } = await import('../service/metrics/service-metrics.ts');
  const { signal, options, environment } = invocation;
  const configuration = fleetFile(invocation);
  const http = createHttpClient({
    environment,
    version: VERSION,
    clock: systemClock,
    ...(typeof options['caFile'] === 'string' ? { caFiles: [options['caFile']] } : {}),
  });
  try {
    return await withStore(invocation, async (store) => {
      const service = await startService({
        ...serviceOptions(invocation, http, new ServiceMetrics()),
        store,
        configuration,
      });
      announce(invocation, service.url);
      await new Promise<void>((resolve) =>
        signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
      );
      await service.stop();
      // Being asked to stop is how a service ends, and no failure.
      process.exitCode = 0;
      return 0;
    });
  } finally {
    await http.close();
  }
}

function serviceOptions(
  invocation: Invocation,
  http: HttpClient,
  metrics: ServiceMetrics,
): Omit<ServiceOptions, 'store' | 'configuration'> {
  const { options, environment } = invocation;
  const oidc = oidcOptions(invocation);
  const tls = tlsFiles(invocation);
  const hookSecret = secretOf(options['hookSecretFile']);
  const metricsListen = options['metricsListen'];
  const webDirectory = dashboardDirectory();
  return {
    http,
    environment,
    metrics,
    caFiles: typeof options['caFile'] === 'string' ? [options['caFile']] : [],
    cacheDirectory: cacheDirectory(options['cacheDir'], environment),
    version: VERSION,
    listen: address(String(options['listen'])),
    trustedProxies: words(options['trustedProxy']),
    open: options['insecureNoAuth'] === true,
    log: logOptions(invocation),
    withWorkspace: (fleet, signal, progress, work) =>
      withOwnWorkspace(
        { ...invocation, signal },
        progress,
        (workspace) => work(withRepositories(workspace, fleet)),
        (client) => metrics.counted(client),
      ),
    ...(typeof metricsListen === 'string' ? { metricsListen: address(metricsListen) } : {}),
    ...(oidc === undefined ? {} : { oidc }),
    ...(tls === undefined ? {} : { tls }),
    ...(hookSecret === undefined ? {} : { hookSecret }),
    ...(webDirectory === undefined ? {} : { webDirectory }),
  };
}

function announce({ terminal, options }: Invocation, url: string): void {
  terminal.stdout.write(
    options['output'] === 'json'
      ? `${JSON.stringify({ kind: 'Service', url, pid: process.pid })}\n`
      : `serving ${url}; stop with Ctrl-C\n`,
  );
}

/** Without a host it would be everywhere; that has to be said. */
function address(text: string): Address {
  const { host, port } = listenAddress(text.startsWith(':') ? `127.0.0.1${text}` : text);
  return { host, port };
}

function logOptions({ options, terminal }: Invocation): LogOptions {
  return {
    format: options['logFormat'] === 'json' ? 'json' : 'text',
    level: options['quiet'] === true ? 'warn' : options['verbose'] === true ? 'debug' : 'info',
    write: (text) => terminal.stderr.write(text),
  };
}

/** @throws SutureError USAGE */
function oidcOptions({ options }: Invocation): OidcOptions | undefined {
  const { oidcIssuer: issuer, oidcAudience: audience, oidcJwks: jwks, oidcRoleClaim: claim } = options;
  if (typeof issuer !== 'string') return undefined;
  const roles = new Map(words(options['oidcRole']).map(roleOfValue));
  if (typeof audience !== 'string' || roles.size === 0)
    throw new SutureError('USAGE', '--oidc-issuer needs --oidc-audience and at least one --oidc-role', {
      fix: 'Give for example --oidc-audience suture --oidc-role platform=operator.',
    });
  return {
    issuer,
    audience,
    roleClaim: typeof claim === 'string' ? claim : 'groups',
    roles,
    ...(typeof jwks === 'string' ? { jwks } : {}),
  };
}

function roleOfValue(text: string): [string, Role] {
  const at = text.lastIndexOf('=');
  const role = text.slice(at + 1);
  if (at > 0 && isRole(role)) return [text.slice(0, at), role];
  throw new SutureError('USAGE', `--oidc-role: "${text}" is not VALUE=ROLE`, {
    fix: 'The role is viewer, operator or admin: platform=operator.',
  });
}

/** @throws SutureError USAGE */
function tlsFiles({ options }: Invocation): { cert: string; key: string } | undefined {
  const { tlsCert: cert, tlsKey: key } = options;
  if (cert === undefined && key === undefined) return undefined;
  if (typeof cert === 'string' && typeof key === 'string') return { cert, key };
  throw new SutureError('USAGE', '--tls-cert and --tls-key go together', { fix: 'Give both, or neither.' });
}

/** @throws SutureError FILE_UNREADABLE, USAGE */
function secretOf(file: unknown): string | undefined {
  if (typeof file !== 'string') return undefined;
  let secret: string;
  try {
    secret = readFileSync(file, 'utf8').split('\n', 1)[0]?.trim() ?? '';
  } catch (cause) {
    throw new SutureError('FILE_UNREADABLE', `cannot read the secret file ${file}`, { cause });
  }
  if (secret.length >= 16) return secret;
  throw new SutureError('USAGE', `the secret in ${file} is shorter than 16 characters`, {
    fix: 'Make one with `openssl rand -hex 32`.',
  });
}

/** Beside the bundle, or where `make build` puts it when run from sources. */
function dashboardDirectory(): string | undefined {
  return ['./web', '../web', '../../dist/web']
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((directory) => existsSync(`${directory}/index.html`));
}
