import { createHmac } from 'node:crypto';
import { connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestService } from '../../../test/support/service.ts';
import { systemClock } from '../../core/ports.ts';
import { CONTENT_SECURITY_POLICY } from './security-headers.ts';

describe('the webhook of a registry', () => {
  const secret = 'sixteen characters or more';
  let hooked: TestService;
  beforeAll(async () => {
    hooked = await TestService.start(systemClock, { hookSecret: secret });
  });
  afterAll(() => hooked.close());
  const event = (repository: string, tag: string) => ({
    events: [
      { action: 'push', target: { repository, tag }, request: { host: 'registry.example.org' } },
      { action: 'pull', target: { repository, tag }, request: { host: 'registry.example.org' } },
      { action: 'push', target: { repository, mediaType: 'x' } },
    ],
  });
  const tell = (body: unknown, headers: Record<string, string>) =>
    hooked.call('POST', '/hooks/registry', { body: JSON.stringify(body), headers });
  const json = { 'content-type': 'application/json' };
  const signed = (body: unknown) => ({
    ...json,
    'x-suture-signature': `sha256=${createHmac('sha256', secret).update(JSON.stringify(body)).digest('hex')}`,
  });

  it.each([
    ['distribution', event('base/node', '20'), 1],
    ['distribution, another tag', event('base/node', '18'), 0],
    ['distribution, a patched image', event('base/node', '20-patched-20260101000000'), 0],
    [
      'Harbor',
      { type: 'PUSH_ARTIFACT', event_data: { resources: [{ resource_url: 'registry.example.org/shop/api:1' }] } },
      1,
    ],
    [
      'Harbor, a pull',
      { type: 'PULL_ARTIFACT', event_data: { resources: [{ resource_url: 'registry.example.org/shop/api:1' }] } },
      0,
    ],
    ['a reference', { reference: 'registry.example.org/shop/api:1' }, 1],
    ['a reference of nobody', { reference: 'registry.example.org/other:1' }, 0],
    ['no reference', { reference: '::' }, 0],
  ])('%s', async (_, body, images) => {
    const answer = await tell(body, signed(body));
    expect([answer.status, answer.json]).toEqual([202, { images }]);
  });

  it('makes one run of what is pushed while nothing runs', async () => {
    const { json: runs } = await hooked.call('GET', '/runs', { token: hooked.tokens.viewer });
    expect((runs as { items: unknown[] }).items).toMatchObject([
      {
        trigger: 'webhook',
        scope: { references: ['registry.example.org/base/node:20', 'registry.example.org/shop/api:1'] },
      },
    ]);
  });

  it('takes its secret, a signature with it, or an operator, and nobody else', async () => {
    const body = event('base/node', '20');
    const as = (authorization: string) => tell(body, { ...json, authorization });
    expect((await as(`Bearer ${secret}`)).status).toBe(202);
    expect((await as(secret)).status).toBe(202);
    expect((await as(`Bearer ${hooked.tokens.operator}`)).status).toBe(202);
    expect((await as(`Bearer ${hooked.tokens.viewer}`)).status).toBe(403);
    expect((await as('Bearer other')).status).toBe(401);
    expect((await tell(body, json)).status).toBe(401);
    const other = { reference: 'registry.example.org/shop/api:1' };
    expect((await tell(other, signed(body))).status).toBe(401);
    const large = { reference: 'x'.repeat(1_100_000) };
    expect((await tell(large, signed(large))).status).toBe(413);
    expect((await tell({ else: 1 }, signed({ else: 1 }))).status).toBe(400);
  });
});

describe('the stream of events', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start(systemClock);
  });
  afterAll(() => service.close());
  const connect = async (headers: Record<string, string> = {}) => {
    const stop = new AbortController();
    const response = await fetch(`${service.url}/api/v1/events/stream`, {
      headers: { authorization: `Bearer ${service.tokens.viewer}`, ...headers },
      signal: stop.signal,
    });
    return { response, stop };
  };
  const publish = (run: string) =>
    service.live.publish({ kind: 'run-queued', run, trigger: 'manual', at: '2026-01-01T00:00:00Z' });

  it('tells what happens, and says when something was missed', async () => {
    const { response, stop } = await connect({ 'last-event-id': '999999' });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    publish('told');
    let text = '';
    while (!text.includes('told')) text += Buffer.from((await reader.read()).value ?? []).toString();
    expect(text).toMatch(/^retry: 3000\n/);
    expect(text).toContain('event: missed\ndata: {}\n\n');
    expect(text).toMatch(/id: \d+\nevent: run-queued\ndata: \{"run":"told",/);
    expect(response.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
    stop.abort();
    await expect.poll(() => service.live.readers).toBe(0);
  });

  it('lets go of a reader who does not read', async () => {
    const socket = connectSocket(Number(new URL(service.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `GET /api/v1/events/stream HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${service.tokens.viewer}\r\n\r\n`,
    );
    await expect.poll(() => service.live.readers).toBe(1);
    socket.pause();
    for (let at = 0; at < 100 && service.live.readers > 0; at++) {
      for (let more = 0; more < 20; more++) publish('x'.repeat(50_000));
      await service.live.flush();
    }
    await expect.poll(() => service.live.readers).toBe(0);
    socket.destroy();
  });
});
