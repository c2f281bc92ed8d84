import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { SutureError } from '../../core/errors/error.ts';
import { FailedLogins } from '../access/failed-logins.ts';
import { type LogOptions, loggerOptions } from '../log.ts';
import type { ApiContext } from './context.ts';
import { registerDashboard } from './dashboard.ts';
import { failureOf } from './error-body.ts';
import { registerExports } from './exports.ts';
import { registerHook } from './hook.ts';
import { type Metrics, registerHealth, registerMetrics } from './observability.ts';
import { describeApi, openApiText } from './openapi.ts';
import { registerPlainRoutes } from './plain-routes.ts';
import { secure } from './security-headers.ts';
import { registerSession } from './session.ts';
import { registerStream } from './stream.ts';

/** Below it lies the whole API. */
export const API_PREFIX = '/api/v1';

/** Bytes of a body: a run over ten thousand references fits. */
const BODY_LIMIT = 2 * 1024 * 1024;
/** Milliseconds for a request to arrive whole; the slow are many. */
const REQUEST_TIMEOUT = 30_000;
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

export interface ServerOptions {
  readonly context: ApiContext;
  /** Absent: nothing is logged. */
  readonly log?: LogOptions;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Addresses of proxies whose X-Forwarded headers are believed. */
  readonly trustedProxies?: readonly string[];
  readonly metrics?: Metrics;
  /** The dashboard as it was built. */
  readonly webDirectory?: string;
}

/** The HTTP server with every route of the contract, not listening yet. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { context, metrics, webDirectory } = options;
  const app = fastify(serverOptions(options));
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('principal', undefined);
  onlyJson(app);
  answerInOurWords(app, context);
  await describeApi(app, context.version);
  const logins = new FailedLogins();
  await app.register(
    async (api) => {
      registerPlainRoutes(api, context, logins);
      registerSession(api, context, logins);
      registerStream(api, context, logins);
      registerExports(api, context, logins);
      await api.register(async (hooks) => registerHook(hooks, context, logins));
      let document: string | undefined;
      api.get('/openapi.json', { schema: { hide: true } }, async (_, reply) => {
        document ??= openApiText(app);
        return reply.type('application/json').send(document);
      });
    },
    { prefix: API_PREFIX },
  );
  registerHealth(app, context);
  if (metrics !== undefined) registerMetrics(app, metrics, { context, logins });
  if (webDirectory !== undefined) await registerDashboard(app, webDirectory);
  return app;
}

function serverOptions({ log, tls, trustedProxies = [] }: ServerOptions): FastifyServerOptions {
  return {
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    genReqId: (request) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    logController: new LogController({ disableRequestLogging: true }),
    ...(log === undefined ? {} : { logger: loggerOptions(log) }),
    ...(tls === undefined ? {} : { https: { ...tls, minVersion: 'TLSv1.2' } }),
  } as FastifyServerOptions;
}

/** Other types of body are those that another site's form could send. */
function onlyJson(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain');
}

function answerInOurWords(app: FastifyInstance, context: ApiContext): void {
  app.addHook('onRequest', async (request, reply) => {
    secure(reply, request.protocol === 'https');
    reply.header('x-request-id', request.id);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    if (context.isStopping() && request.url.startsWith('/api/'))
      throw new SutureError('SERVICE_STOPPING', 'the service is stopping');
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, url, ip, principal } = request;
    const [path] = url.split('?');
    const fields = { method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime), ip };
    request.log.info({ ...fields, ...(principal && { by: principal.name }) }, 'request');
  });
  app.setErrorHandler(async (error, request, reply) => {
    const { status, body, retryAfter } = failureOf(error);
    if (status >= 500) request.log.error({ err: error }, body.message);
    else request.log.info({ code: body.code }, body.message);
    if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
    if (status === 401) reply.header('www-authenticate', 'Bearer realm="suture"');
    // A body that was not read would be read as the next request.
    if (status === 413) reply.header('connection', 'close');
    await reply.status(status).type('application/json').serializer(JSON.stringify).send(body);
  });
  app.setNotFoundHandler(async (request, reply) => {
    const missing = new SutureError(
      'NOT_FOUND',
      `there is no ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}`,
    );
    const { status, body } = failureOf(missing);
    await reply.status(status).type('application/json').send(JSON.stringify(body));
  });
}
