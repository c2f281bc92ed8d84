import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../test/servers/certificates.ts';
import { freePort, isInstalled } from '../../test/servers/programs.ts';
import { SUTURE_YAML } from '../../test/support/service.ts';
import { systemClock } from '../core/ports.ts';
import { FleetStore } from '../fleet/store/store.ts';
import { createHttpClient } from '../net/client.ts';
import { createToken } from './access/token.ts';
import { ServiceMetrics } from './metrics/service-metrics.ts';
import { type Service, type ServiceOptions, startService } from './service.ts';

let directory: string;
let store: FleetStore;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'suture-tls-'));
  writeFileSync(join(directory, 'suture.yaml'), SUTURE_YAML);
  mkdirSync(join(directory, 'web/assets'), { recursive: true });
  writeFileSync(join(directory, 'web/index.html'), '<!doctype html><title>Suture</title>');
  writeFileSync(join(directory, 'web/assets/main-abc.js'), 'export {};');
  store = await FleetStore.open(join(directory, 'fleet.db'), systemClock);
});
afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

const lines: string[] = [];
function options(more: Partial<ServiceOptions> = {}): ServiceOptions {
  return {
    store,
    http: createHttpClient({ environment: {} }),
    environment: {},
    caFiles: [],
    metrics: new ServiceMetrics(),
    cacheDirectory: join(directory, 'cache'),
    version: '1',
    configuration: join(directory, 'suture.yaml'),
    listen: { host: '127.0.0.1', port: 0 },
    trustedProxies: [],
    open: false,
    webDirectory: join(directory, 'web'),
    log: { format: 'json', level: 'info', write: (line) => lines.push(line) },
    withWorkspace: () => Promise.reject(new Error('nothing is run here')),
    ...more,
  };
}

describe.skipIf(!isInstalled('openssl', 'version'))('over TLS (Debian package openssl)', () => {
  let service: Service;
  let ca: string;
  let metricsPort: number;
  let token: string;
  beforeAll(async () => {
    const certificates = makeCertificates(directory);
    ca = certificates.read(certificates.ca);
    metricsPort = await freePort();
    ({ token } = await createToken(store, { name: 'tls', role: 'viewer' }));
    service = await startService(
      options({ tls: certificates.server, metricsListen: { host: '127.0.0.1', port: metricsPort } }),
    );
  });
  afterAll(() => service.stop());

  const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET', body = '') =>
    new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
      const asked = request(`${service.url}${path}`, { ca, headers, method }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      asked.once('error', reject);
      asked.end(body);
    });

  it('sends cookies that stay on this host and over TLS', async () => {
    const answer = await get(
      '/api/v1/session',
      { 'content-type': 'application/json' },
      'POST',
      JSON.stringify({ token }),
    );
    expect(answer.status).toBe(201);
    expect(String(answer.headers['set-cookie'])).toMatch(/^__Host-suture_session=[\w-]{43}; .*; Secure$/);
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
    const [cookie = ''] = String(answer.headers['set-cookie']).split(';');
    expect((await get('/api/v1/session', { cookie })).status).toBe(200);
  });

  it('serves the dashboard under every address of a page, and nothing else there', async () => {
    for (const path of ['/', '/images?q=a', '/runs/1']) {
      const { status, headers, text } = await get(path, { accept: 'text/html' });
      expect([status, text, headers['cache-control']]).toEqual([
        200,
        '<!doctype html><title>Suture</title>',
        'no-cache',
      ]);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
    }
    expect((await get('/assets/main-abc.js')).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    for (const path of ['/assets/none.js', '/api/v1/none', '/../fleet.db', '/%2e%2e/fleet.db', '/fleet.db'])
      expect((await get(path)).status).toBe(404);
  });

  it('gives metrics without a login on an address of their own only', async () => {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(text).toContain('patch_store_up 1');
    expect((await fetch(`http://127.0.0.1:${metricsPort}/api/v1/images`)).status).toBe(404);
    expect((await get('/metrics')).status).toBe(404);
  });

  it('writes one JSON object for each request, without secrets', async () => {
    await get('/api/v1/images?q=hidden', { authorization: `Bearer ${token}`, 'x-request-id': 'log-1' });
    const line = lines
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .find(({ reqId }) => reqId === 'log-1');
    expect(line).toMatchObject({ level: 'info', method: 'GET', path: '/api/v1/images', status: 200, ip: '127.0.0.1' });
    expect(lines.join('')).not.toContain(token);
  });

  it('says what is wrong with its address or its certificate', async () => {
    const port = Number(new URL(service.url).port);
    await expect(startService(options({ listen: { host: '127.0.0.1', port } }))).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
    });
    const tls = { cert: join(directory, 'server.pem'), key: join(directory, 'client.key') };
    await expect(startService(options({ tls }))).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });
});
