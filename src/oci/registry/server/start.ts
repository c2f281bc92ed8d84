import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { SutureError } from '../../../core/errors/error.ts';
import { LIMITS } from '../../../core/limits.ts';
import { type Clock, systemClock } from '../../../core/ports.ts';
import { handleBlob, handleUpload, handleUploads } from './blobs.ts';
import { answerFailure, answerJson, type Exchange } from './exchange.ts';
import { RegistryFailure } from './failure.ts';
import { handleCatalog, handleManifest, handleReferrers, handleTags } from './manifests.ts';
import { parseRoute, type Route } from './route.ts';
import { Storage } from './storage.ts';
import { Uploads } from './uploads.ts';

export interface RegistryServerOptions {
  /** Where everything is kept; made when absent. One process per directory. */
  readonly directory: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly readOnly?: boolean;
  /** Asked for by Basic authentication, for reading as well. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** Largest blob in bytes. */
  readonly largestBlob?: number;
  /** Milliseconds until an untouched upload is forgotten; default a day. */
  readonly uploadExpiry?: number;
  readonly clock?: Clock;
  /** Called with what went wrong inside; the client sees only a 500. */
  readonly onError?: (error: unknown) => void;
}

export interface RegistryServer {
  /** `http://127.0.0.1:5000` */
  readonly url: string;
  /** `127.0.0.1:5000`, as it stands in image references. */
  readonly host: string;
  readonly port: number;
  /** Stops taking requests; those under way are cut. */
  close(): Promise<void>;
}

const HOUR = 3_600_000;

/**
 * A small registry over a directory (distribution-spec 1.1: pull, push, content discovery, content management). Every
 * change is one rename, so it may be killed at any time.
 * @throws SutureError FILE_UNWRITABLE, NETWORK_UNREACHABLE when the address cannot be listened on
 */
export async function startRegistry(options: RegistryServerOptions): Promise<RegistryServer> {
  const clock = options.clock ?? systemClock;
  const storage = new Storage(options.directory);
  const limits = { blobSize: options.largestBlob ?? LIMITS.layer, expiry: options.uploadExpiry ?? 24 * HOUR };
  const uploads = new Uploads(storage, limits, clock);
  try {
    // A read-only registry may lie on a read-only disk.
    if (options.readOnly !== true) {
      await storage.prepare();
      await uploads.expire();
    }
  } catch (cause) {
    throw new SutureError('FILE_UNWRITABLE', `The registry directory ${options.directory} cannot be used`, { cause });
  }
  const server = createServer((request, response) => {
    void serve(request, response, storage, uploads, options);
  });
  // An upload may take long as long as it moves; a connection on which nothing moves is given up.
  server.requestTimeout = 0;
  server.setTimeout(120_000);
  const sweep = setInterval(() => void (options.readOnly === true || uploads.expire().catch(() => {})), HOUR);
  sweep.unref();
  const port = await listen(server, options.host ?? '127.0.0.1', options.port);
  const host = `${bracketed(options.host ?? '127.0.0.1')}:${port}`;
  return {
    url: `http://${host}`,
    host,
    port,
    close: () => {
      clearInterval(sweep);
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'it is in use' : (cause.code ?? cause.message);
      reject(
        new SutureError('NETWORK_UNREACHABLE', `Cannot listen on ${bracketed(host)}:${port}: ${reason}`, { cause }),
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  storage: Storage,
  uploads: Uploads,
  options: RegistryServerOptions,
): Promise<void> {
  const method = request.method ?? 'GET';
  const url = new URL(`http://registry${request.url?.startsWith('/') ? request.url : '/'}`);
  const exchange: Exchange = { method, query: url.searchParams, request, response, storage, uploads };
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  response.setHeader('x-content-type-options', 'nosniff');
  try {
    authenticate(request, options.auth);
    if (options.readOnly === true && method !== 'GET' && method !== 'HEAD') {
      throw new RegistryFailure(405, 'UNSUPPORTED', 'this registry is read only', { allow: 'GET, HEAD' });
    }
    await dispatch(exchange, decodePath(url.pathname));
  } catch (error) {
    finishFailed(exchange, error, options);
  }
}

function finishFailed(exchange: Exchange, error: unknown, options: RegistryServerOptions): void {
  const { request, response } = exchange;
  const gone = request.destroyed && !request.complete;
  if (gone || response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof RegistryFailure) {
    answerFailure(exchange, error);
  } else {
    options.onError?.(error);
    const failure = new RegistryFailure(500, 'UNSUPPORTED', 'the registry cannot serve this request');
    answerFailure(exchange, failure);
  }
  // A body that was not read would be taken for the next request.
  if (!request.complete) request.resume().once('end', () => {});
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new RegistryFailure(400, 'NAME_INVALID', 'the path is not valid');
  }
}

function authenticate(request: IncomingMessage, auth: RegistryServerOptions['auth']): void {
  if (auth === undefined) return;
  const expected = `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`;
  // Compared as hashes: equal length whatever was sent, and no time that tells how much of it was right.
  const [given, wanted] = [request.headers.authorization ?? '', expected].map((text) =>
    createHash('sha256').update(text).digest(),
  );
  if (given !== undefined && wanted !== undefined && timingSafeEqual(given, wanted)) return;
  const challenge = { 'www-authenticate': 'Basic realm="suture registry", charset="UTF-8"' };
  throw new RegistryFailure(401, 'UNAUTHORIZED', 'a name and password are needed', challenge);
}

async function dispatch(exchange: Exchange, path: string): Promise<void> {
  const route: Route | 'bad name' | undefined = parseRoute(path);
  if (route === 'bad name') throw new RegistryFailure(400, 'NAME_INVALID', 'the repository name is not valid');
  if (route === undefined) throw new RegistryFailure(404, 'UNSUPPORTED', 'there is nothing at this path');
  switch (route.kind) {
    case 'root':
      return answerJson(exchange, {});
    case 'catalog':
      return handleCatalog(exchange);
    case 'tags':
      return handleTags(exchange, route.repository);
    case 'manifest':
      return handleManifest(exchange, route.repository, route.target);
    case 'blob':
      return handleBlob(exchange, route.repository, route.digest);
    case 'uploads':
      return handleUploads(exchange, route.repository);
    case 'upload':
      return handleUpload(exchange, route.repository, route.id);
    case 'referrers':
      return handleReferrers(exchange, route.repository, route.digest);
  }
}
