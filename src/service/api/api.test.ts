import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestService } from '../../../test/support/service.ts';
import type { Clock } from '../../core/ports.ts';
import { verifyLedger } from '../../fleet/store/ledger.ts';
import { allows, ROLES } from '../access/role.ts';
import { createToken } from '../access/token.ts';
import { apiError } from './contract/error.ts';
import { ROUTES, type Route, type RouteName } from './contract/routes.ts';
import { openApiDocument } from './openapi-document.ts';
import { CONTENT_SECURITY_POLICY } from './security-headers.ts';

let time = Date.parse('2026-01-01T00:00:00Z');
const clock: Clock = { now: () => time, sleep: () => Promise.resolve() };
const HOUR = 3_600_000;

let service: TestService;
beforeAll(async () => {
  service = await TestService.start(clock);
});
afterAll(() => service.close());

const code = ({ json }: { json: unknown }) => (json as { code?: string }).code;

describe('every route of the contract', () => {
  const names = (Object.keys(ROUTES) as RouteName[]).filter((name) => name !== 'stream');
  const table = names.flatMap((name) =>
    ['nobody' as const, ...ROLES].map((caller) => {
      const route: Route = ROUTES[name];
      return { caller, name, route };
    }),
  );
  it.each(table)('$name for $caller', async ({ caller, route }) => {
    const { method, role, path } = route;
    const token = caller === 'nobody' ? {} : { token: service.tokens[caller] };
    const body = route.body === undefined ? {} : { body: {} };
    const { status, json } = await service.call(method, path.replace(':id', 'x'), { ...token, ...body });
    const needed = role === 'hook' ? 'operator' : role;
    if (needed === 'anyone') expect(status).toBe(400);
    else if (caller === 'nobody') expect(status).toBe(401);
    else if (allows(caller, needed)) expect([200, 202, 204, 400, 404]).toContain(status);
    else expect(status).toBe(403);
    // What fails says so in the one form.
    if (status >= 400) expect(apiError.strict().safeParse(json).success).toBe(true);
  });

  it('is described by the document that is served', async () => {
    const { json } = await service.call('GET', '/openapi.json');
    const { openapi, paths } = json as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    expect(openapi).toBe('3.1.0');
    const described = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(described.sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it('is in docs/openapi.json as it is', async () => {
    const published = readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8');
    expect(published).toBe(await openApiDocument());
  });

  it('has headers that keep other sites out', async () => {
    for (const path of ['/session', '/nowhere']) {
      const { headers } = await service.call('GET', path);
      expect(headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|\*/);
    const named = await service.call('GET', '/session', { headers: { 'x-request-id': 'trace-1' } });
    expect(named.headers.get('x-request-id')).toBe('trace-1');
    const forged = await service.call('GET', '/session', { headers: { 'x-request-id': 'a b{}' } });
    expect(forged.headers.get('x-request-id')).not.toBe('a b{}');
  });
});

describe('a request', () => {
  it.each([
    ['of another shape', { body: { sets: [1] } }, 400, 'REQUEST_INVALID'],
    ['with a member that is not known', { body: { all: true } }, 400, 'REQUEST_INVALID'],
    ['that is no JSON', { body: '{', headers: { 'content-type': 'application/json' } }, 400, 'REQUEST_INVALID'],
    [
      'as a form would send it',
      { body: '{}', headers: { 'content-type': 'text/plain' } },
      415,
      'MEDIA_TYPE_UNSUPPORTED',
    ],
    ['that is too large', { body: { references: ['x'.repeat(3_000_000)] } }, 413, 'REQUEST_TOO_LARGE'],
    [
      'for an image of somebody else',
      { body: { references: ['registry.example.org/other:1'] } },
      400,
      'REQUEST_INVALID',
    ],
    ['for a set that is not there', { body: { sets: ['none'] } }, 400, 'REQUEST_INVALID'],
  ])('%s is refused', async (_, options, status, expected) => {
    const answer = await service.call('POST', '/runs', { token: service.tokens.operator, ...options });
    expect([answer.status, code(answer)]).toEqual([status, expected]);
  });

  it('that is written is in the ledger, with who and from where', async () => {
    const { admin, operator } = service.tokens;
    const run = await service.call('POST', '/runs', { token: operator, body: { sets: ['shop'] } });
    expect(run.json).toMatchObject({ status: 'queued', trigger: 'manual', scope: { sets: ['shop'] }, finished: 0 });
    const { id } = run.json as { id: string };
    const cancelled = await service.call('POST', `/runs/${id}/cancel`, { token: operator });
    expect([cancelled.status, cancelled.json]).toMatchObject([202, { status: 'cancelled' }]);
    expect(code(await service.call('POST', `/runs/${id}/cancel`, { token: operator }))).toBe('RUN_ENDED');
    const waiver = {
      vulnerability: 'CVE-2026-1',
      image: '**',
      owner: 'jo@example.org',
      ticket: 'SEC-1',
      reason: 'not reachable',
      expiresAt: new Date(time + HOUR).toISOString(),
    };
    const added = await service.call('POST', '/waivers', { token: operator, body: waiver });
    expect([added.status, added.json]).toMatchObject([201, { state: 'expiring', justification: 'none' }]);
    const { id: waiverId } = added.json as { id: string };
    expect((await service.call('DELETE', `/waivers/${waiverId}`, { token: operator })).status).toBe(204);
    const made = await service.call('POST', '/tokens', { token: admin, body: { name: 'ci', role: 'viewer' } });
    const token = made.json as { id: string; token: string };
    expect((await service.call('GET', '/session', token)).json).toMatchObject({ role: 'viewer', version: '1.2.3' });
    expect((await service.call('DELETE', `/tokens/${token.id}`, { token: admin })).status).toBe(204);
    expect((await service.call('GET', '/session', token)).status).toBe(401);
    const { json } = await service.call('GET', '/events?limit=6', { token: operator });
    const events = (json as { items: { kind: string; subject: string; data: { actor?: unknown } }[] }).items;
    expect(events.map(({ kind }) => kind)).toEqual([
      'token-revoked',
      'token-created',
      'waiver-removed',
      'waiver-added',
      'run-cancelled',
      'run-requested',
    ]);
    for (const { data } of events) {
      const { name, address } = data.actor as { name: string; address: string };
      expect(name).toMatch(/^token t-\w+ \((?:admin|operator)\)$/);
      expect(address).toBe('127.0.0.1');
    }
    expect(JSON.stringify(events)).not.toContain(token.token);
    await verifyLedger(service.store.database);
  });
});

describe('logging in', () => {
  const cookieOf = (headers: Headers) => headers.get('set-cookie')?.split(';')[0] ?? '';

  it('gives a cookie that scripts cannot read, which ends with the token and by logging out', async () => {
    const { token, row } = await createToken(service.store, {
      name: 'short',
      role: 'operator',
      expiresAt: time + HOUR,
    });
    const answer = await service.call('POST', '/session', { body: { token } });
    expect([answer.status, answer.json]).toMatchObject([201, { role: 'operator' }]);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^suture_session=[\w-]{43}; Max-Age=3600; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const cookie = cookieOf(answer.headers);
    expect((await service.call('GET', '/session', { headers: { cookie } })).json).toMatchObject({ role: 'operator' });
    const origin = service.url;
    const write = (headers: Record<string, string>) =>
      service.call('POST', '/runs', { headers: { cookie, ...headers }, body: { sets: ['base'] } });
    expect((await write({ origin })).status).toBe(202);
    expect((await write({ 'x-suture-request': '1' })).status).toBe(202);
    for (const headers of [{}, { origin: 'https://evil.example.org' }, { origin: 'null', 'x-suture-request': '1' }])
      expect(code(await write(headers))).toBe('CROSS_SITE');
    expect((await service.call('DELETE', '/session', { headers: { cookie, origin } })).status).toBe(204);
    expect((await service.call('GET', '/session', { headers: { cookie } })).status).toBe(401);
    const again = cookieOf((await service.call('POST', '/session', { body: { token } })).headers);
    time += HOUR;
    expect((await service.call('GET', '/session', { headers: { cookie: again } })).status).toBe(401);
    expect((await service.call('GET', '/session', { token })).status).toBe(401);
    expect(row.hash).not.toContain(token);
  });

  it('is not done for a page of another site', async () => {
    const answer = await service.call('POST', '/session', {
      body: { token: service.tokens.viewer },
      headers: { origin: 'https://evil.example.org' },
    });
    expect(code(answer)).toBe('CROSS_SITE');
  });

  it('takes no session that was made up, and none of a revoked token', async () => {
    const forged = `suture_session=${'A'.repeat(43)}`;
    expect((await service.call('GET', '/session', { headers: { cookie: forged } })).status).toBe(401);
    const { token, row } = await createToken(service.store, { name: 'gone', role: 'admin' });
    const cookie = cookieOf((await service.call('POST', '/session', { body: { token } })).headers);
    expect((await service.call('GET', '/tokens', { headers: { cookie } })).status).toBe(200);
    await service.call('DELETE', `/tokens/${row.id}`, { token: service.tokens.admin });
    expect((await service.call('GET', '/tokens', { headers: { cookie } })).status).toBe(401);
  });

  it('is slowed down after ten failures, for that address only', async () => {
    const other = await TestService.start(clock, { trustedProxies: ['127.0.0.1'] });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    try {
      for (let attempt = 0; attempt < 10; attempt++) {
        const wrong = { body: { token: `suture_${'x'.repeat(43)}` }, headers: from('192.0.2.1') };
        expect((await other.call('POST', '/session', wrong)).status).toBe(401);
      }
      const right = { token: other.tokens.admin };
      const limited = await other.call('POST', '/session', { body: right, headers: from('192.0.2.1') });
      expect([limited.status, code(limited)]).toEqual([429, 'LOGIN_LIMITED']);
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await other.call('GET', '/session', { ...right, headers: from('192.0.2.1') })).status).toBe(429);
      expect((await other.call('POST', '/session', { body: right, headers: from('192.0.2.2') })).status).toBe(201);
    } finally {
      await other.close();
    }
  });
});

describe('without authentication', () => {
  it('answers names of loopback, and writes of its own page only', async () => {
    const open = await TestService.start(clock, { access: { open: true } });
    try {
      expect((await open.call('GET', '/tokens')).status).toBe(200);
      const { host } = new URL(open.url);
      expect(await open.raw('GET', '/images', { host: 'rebound.example.org' })).toBe(403);
      const json = { host, 'content-type': 'application/json' };
      expect(await open.raw('POST', '/runs', { ...json, origin: 'https://evil.example.org' }, '{}')).toBe(403);
      expect(await open.raw('POST', '/runs', { ...json, 'sec-fetch-site': 'cross-site' }, '{}')).toBe(403);
      expect(await open.raw('POST', '/runs', json, '{}')).toBe(202);
    } finally {
      await open.close();
    }
  });
});

describe('a service that stops', () => {
  it('says so, and takes no more requests', async () => {
    service.stopping = true;
    try {
      expect(code(await service.call('GET', '/images', { token: service.tokens.viewer }))).toBe('SERVICE_STOPPING');
      const ready = await fetch(`${service.url}/readyz`);
      expect([ready.status, await ready.text()]).toEqual([503, 'the service is stopping\n']);
      expect((await fetch(`${service.url}/livez`)).status).toBe(200);
    } finally {
      service.stopping = false;
    }
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  });
});
