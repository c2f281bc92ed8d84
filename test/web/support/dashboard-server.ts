import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { StreamEvent } from '../../../src/service/api/contract/events.ts';
import { ROUTES, type Route, type RouteName } from '../../../src/service/api/contract/routes.ts';
import type { Role } from '../../../src/service/api/contract/session.ts';
import { CONTENT_SECURITY_POLICY } from '../../../src/service/api/security-headers.ts';
import { ANSWERS, type Answer, Refusal } from './fixture-answers.ts';
import type { FixtureFleet } from './fixture-fleet.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export const TOKENS: Readonly<Record<string, Role>> = { 'viewer-token': 'viewer', 'operator-token': 'operator' };

/**
 * Serves the built dashboard and answers its requests from a fleet in memory. Every question and every answer passes the
 * schemas of the contract, so a page that asks wrongly, or a fixture that is not what the service would say, fails its test.
 */
export class DashboardServer {
  readonly #server: Server;
  readonly #root: string;
  readonly #streams = new Set<ServerResponse>();
  readonly #failing = new Map<string, number>();
  readonly #held = new Map<string, Promise<void>>();
  fleet: FixtureFleet;
  /** Of whoever asks; undefined: signed out. */
  role: Role | undefined;
  /** What a page asked that the contract does not allow. */
  readonly violations: string[] = [];

  private constructor(root: string, fleet: FixtureFleet) {
    this.#root = root;
    this.fleet = fleet;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** @param root directory of the built dashboard */
  static async open(root: string, fleet: FixtureFleet): Promise<DashboardServer> {
    const server = new DashboardServer(root, fleet);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** From now on requests below a path fail with a status; without one they succeed again. */
  fail(path: string, status?: number): void {
    if (status === undefined) this.#failing.delete(path);
    else this.#failing.set(path, status);
  }

  /** Lets requests below a path wait until the returned function is called. */
  hold(path: string): () => void {
    let release = () => {};
    this.#held.set(
      path,
      new Promise((resolve) => {
        release = () => {
          this.#held.delete(path);
          resolve();
        };
      }),
    );
    return () => release();
  }

  /** Back to the first state, apart from the fleet. */
  reset(): void {
    this.#failing.clear();
    this.#held.clear();
    this.violations.length = 0;
  }

  emit({ kind, ...data }: StreamEvent): void {
    for (const stream of this.#streams) stream.write(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
    try {
      if (url.pathname.startsWith('/api/v1/')) await this.#answerApi(request, response, url);
      else await this.#answerFile(response, url.pathname);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'INTERNAL', String(error));
      if (!(error instanceof Refusal)) this.violations.push(`${request.method} ${request.url}: ${String(error)}`);
      response.writeHead(refusal.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ code: refusal.code, message: refusal.message, fix: 'Try again.' }));
    }
  }

  async #answerApi(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const path = url.pathname.slice('/api/v1'.length);
    for (const [prefix, held] of this.#held) if (path.startsWith(prefix)) await held;
    for (const [prefix, status] of this.#failing)
      if (path.startsWith(prefix)) throw new Refusal(status, 'TEST_FAILURE', 'The store does not answer.');
    const found = findRoute(request.method ?? 'GET', path);
    if (found === undefined) throw new Error('no such route');
    const { name, route, id } = found;
    if (route.role !== 'anyone' && this.role === undefined) throw new Refusal(401, 'UNAUTHENTICATED', 'Who asks?');
    if (route.role === 'operator' && this.role === 'viewer') throw new Refusal(403, 'FORBIDDEN', 'A viewer may not.');
    const body = await readBody(request);
    const answer: Answer | undefined = ANSWERS[name];
    if (name === 'stream') return this.#follow(response);
    if (answer === undefined) throw new Error('this route has no fixture');
    const query = route.query?.parse(Object.fromEntries(url.searchParams));
    const given = await answer({
      server: this,
      fleet: this.fleet,
      id,
      query: (query ?? {}) as Readonly<Record<string, unknown>>,
      body: route.body?.parse(body),
    });
    response.statusCode = route.status;
    response.setHeader('content-type', route.contentType ?? 'application/json');
    if (route.response === undefined) response.end(typeof given === 'string' ? given : undefined);
    else response.end(JSON.stringify(route.response.parse(given)));
  }

  #follow(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': test\n\n');
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }

  async #answerFile(response: ServerResponse, path: string): Promise<void> {
    const name = extname(path) === '' ? '/index.html' : normalize(path);
    const bytes = await readFile(join(this.#root, name)).catch(() => {
      throw new Refusal(404, 'NOT_FOUND', 'no such file');
    });
    response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' });
    response.end(bytes);
  }
}

function findRoute(method: string, path: string): { name: RouteName; route: Route; id: string } | undefined {
  for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
    const pattern = new RegExp(`^${route.path.replace(':id', '([^/]+)').replaceAll('.', '\\.')}$`);
    const match = pattern.exec(path);
    if (match !== null && route.method === method) return { name, route, id: decodeURIComponent(match[1] ?? '') };
  }
  return undefined;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return parts.length === 0 ? undefined : JSON.parse(Buffer.concat(parts).toString('utf8'));
}
