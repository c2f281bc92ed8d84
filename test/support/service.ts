import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../src/core/ports.ts';
import type { Fleet } from '../../src/fleet/config/fleet.ts';
import { loadFleet } from '../../src/fleet/config/load.ts';
import { FleetStore } from '../../src/fleet/store/store.ts';
import type { AccessOptions } from '../../src/service/access/authenticate.ts';
import type { Role } from '../../src/service/access/role.ts';
import { createToken } from '../../src/service/access/token.ts';
import { buildServer } from '../../src/service/api/server.ts';
import { LiveEvents } from '../../src/service/runs/live.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

export const SUTURE_YAML = `apiVersion: suture.dev/v1alpha1
kind: Fleet
defaults: {schedule: {cron: '0 3 * * *', timeZone: Europe/Berlin, jitter: 10m}}
images:
  - {name: shop, images: ["registry.example.org/shop/api:1"]}
  - {name: base, repository: registry.example.org/base/node, tags: {pattern: '^2'}}
`;

/** The API on a free loopback port, over a store in a file, with a token of each role. */
export class TestService {
  readonly directory: string;
  readonly store: FleetStore;
  readonly live: LiveEvents;
  readonly app: FastifyInstance;
  readonly url: string;
  readonly tokens: Readonly<Record<Role, string>>;
  stopping = false;

  private constructor(
    directory: string,
    store: FleetStore,
    live: LiveEvents,
    app: FastifyInstance,
    tokens: Readonly<Record<Role, string>>,
  ) {
    this.directory = directory;
    this.store = store;
    this.live = live;
    this.app = app;
    this.url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    this.tokens = tokens;
  }

  static async start(
    clock: Clock,
    options: {
      readonly access?: AccessOptions;
      readonly hookSecret?: string;
      readonly webDirectory?: string;
      readonly trustedProxies?: readonly string[];
    } = {},
  ): Promise<TestService> {
    const directory = mkdtempSync(join(tmpdir(), 'suture-service-'));
    const file = join(directory, 'suture.yaml');
    writeFileSync(file, SUTURE_YAML);
    const fleet: Fleet = await loadFleet(file);
    const store = await FleetStore.open(join(directory, 'fleet.db'), clock);
    const live = new LiveEvents(store, { pollMs: 50, gatherMs: 5 });
    const made = async (role: Role) => (await createToken(store, { name: role, role })).token;
    const tokens = { viewer: await made('viewer'), operator: await made('operator'), admin: await made('admin') };
    let service: TestService | undefined;
    const app = await buildServer({
      context: {
        store,
        live,
        access: options.access ?? { open: false },
        version: '1.2.3',
        cacheDirectory: join(directory, 'cache'),
        fleet: () => fleet,
        wake: () => {},
        isStopping: () => service?.stopping ?? false,
        ...(options.hookSecret === undefined ? {} : { hookSecret: options.hookSecret }),
      },
      ...(options.webDirectory === undefined ? {} : { webDirectory: options.webDirectory }),
      ...(options.trustedProxies === undefined ? {} : { trustedProxies: options.trustedProxies }),
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    service = new TestService(directory, store, live, app, tokens);
    return service;
  }

  /** A request below /api/v1; a body that is no text is sent as JSON. */
  async call(
    method: string,
    path: string,
    options: {
      readonly token?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    } = {},
  ): Promise<Answer> {
    const { token, headers = {}, body } = options;
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  }

  /** With headers that a browser does not let a page set, such as Host. */
  raw(method: string, path: string, headers: Readonly<Record<string, string>>, body = ''): Promise<number> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(this.url);
      const request = httpRequest({ host: hostname, port, method, path: `/api/v1${path}`, headers }, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
      });
      request.once('error', reject);
      request.end(body);
    });
  }

  async close(): Promise<void> {
    await this.live.close();
    await this.app.close();
    await this.store.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
