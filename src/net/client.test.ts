import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type Exchange, type TableServer, tableServer } from '../../test/servers/http-table.ts';
import { collect } from '../core/streams.ts';
import { createHttpClient } from './client.ts';
import { requireOk } from './status.ts';
import type { HttpClientOptions } from './types.ts';

const open: { close(): Promise<void> }[] = [];
const waits: number[] = [];
const clock = {
  now: () => 0,
  sleep: (ms: number) => {
    waits.push(ms);
    return Promise.resolve();
  },
};

async function serve(...rows: Exchange[]): Promise<TableServer> {
  const server = await tableServer(rows);
  open.push(server);
  return server;
}

function client(options: Partial<HttpClientOptions> = {}) {
  waits.length = 0;
  const made = createHttpClient({ environment: {}, clock, random: () => 0, version: '1.2.3', ...options });
  open.push(made);
  return made;
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const text = async (stream: AsyncIterable<Uint8Array>): Promise<string> =>
  (await collect(stream, 1e6, 'a test')).toString();

describe('get', () => {
  it('hands over status, headers and body, and says who asks', async () => {
    const server = await serve({
      path: '/file?x=1',
      expect: { 'user-agent': 'suture/1.2.3', range: 'bytes=2-4', 'accept-encoding': 'identity' },
      status: 206,
      headers: { 'X-Thing': 'yes' },
      body: 'llo',
    });
    const response = await client().get(`${server.url}/file?x=1`, { range: { start: 2, end: 4 } });
    expect(response.status).toBe(206);
    expect(response.headers['x-thing']).toBe('yes');
    expect(response.url).toBe(`${server.url}/file?x=***`);
    expect(await text(response.body)).toBe('llo');
    expect(server.surprises).toEqual([]);
  });

  it('resolves for 404 with the page read, and requireOk refuses it', async () => {
    const server = await serve({ path: '/no', status: 404, body: 'nothing here' });
    const response = await client().get(`${server.url}/no`);
    expect(response.status).toBe(404);
    expect(await text(response.body)).toBe('nothing here');
    expect(() => requireOk(response, 'the file')).toThrow(expect.objectContaining({ code: 'HTTP_STATUS' }));
  });

  it('repeats 503 with back-off and 429 after Retry-After', async () => {
    const server = await serve(
      { path: '/', status: 503 },
      { path: '/', status: 429, headers: { 'retry-after': '9' } },
      { path: '/', status: 502 },
      { path: '/', body: 'at last' },
    );
    expect(await text((await client().get(`${server.url}/`)).body)).toBe('at last');
    expect(waits).toEqual([250, 9000, 1000]);
  });

  it('gives a 429 back at once when the server wants more patience than we have', async () => {
    const server = await serve({ path: '/', status: 429, headers: { 'retry-after': '3600' } });
    const response = await client().get(`${server.url}/`);
    expect(() => requireOk(response, 'x')).toThrow(expect.objectContaining({ code: 'RATE_LIMITED', retryable: true }));
    expect(waits).toEqual([]);
  });

  it('does not repeat a POST unless the caller says it may', async () => {
    const server = await serve({ method: 'POST', path: '/', status: 503, repeat: true });
    const http = client({ retries: { attempts: 3 } });
    await http.request(`${server.url}/`, { method: 'POST', body: Buffer.from('x') });
    expect(server.seen.length).toBe(1);
    await http.request(`${server.url}/`, { method: 'POST', body: Buffer.from('x'), retry: true });
    expect(server.seen.length).toBe(4);
  });

  it('opens a streamed body again for each attempt', async () => {
    const server = await serve({ method: 'PUT', path: '/', status: 503 }, { method: 'PUT', path: '/', status: 201 });
    const body = {
      size: 6,
      open: async function* () {
        yield Buffer.from('abc');
        yield Buffer.from('def');
      },
    };
    const response = await client().request(`${server.url}/`, { method: 'PUT', body });
    expect(response.status).toBe(201);
    expect(server.seen.map((each) => each.body.toString())).toEqual(['abcdef', 'abcdef']);
  });

  it('passes on the error of the stream it was to send', async () => {
    const server = await serve({ method: 'PUT', path: '/' });
    const failing = {
      size: 6,
      open: async function* () {
        yield Buffer.from('abc');
        throw new Error('my disk is broken');
      },
    };
    await expect(client().request(`${server.url}/`, { method: 'PUT', body: failing })).rejects.toThrow(
      'my disk is broken',
    );
  });

  it('names a refused connection, an unknown host and a cut answer', async () => {
    const server = await serve();
    await server.close();
    const http = client({ retries: { attempts: 2 } });
    await expect(http.get(server.url)).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE', retryable: true });
    expect(waits).toHaveLength(1);
    await expect(http.get('http://does-not-exist.invalid/')).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' });
    const cutting = await serve({ path: '/', body: 'abcdef', cutAfter: 3 });
    const response = await http.get(`${cutting.url}/`);
    await expect(text(response.body)).rejects.toMatchObject({ code: 'NETWORK_INTERRUPTED' });
  });

  it('limits the time without an answer', async () => {
    const { createServer } = await import('node:net');
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as { port: number };
    const http = client({ timeouts: { headers: 200 }, retries: { attempts: 1 } });
    await expect(http.get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'NETWORK_TIMEOUT' });
    await http.close();
    silent.close();
  });

  it('stops at the size limit, announced or not', async () => {
    const server = await serve(
      { path: '/', body: 'x'.repeat(50) },
      { path: '/', body: 'x'.repeat(50), headers: { 'transfer-encoding': 'chunked' } },
    );
    const http = client();
    await expect(http.get(`${server.url}/`, { limit: 49 })).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const chunked = await http.get(`${server.url}/`, { limit: 49 });
    await expect(text(chunked.body)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('stops when the caller aborts, with the reason of the caller', async () => {
    const server = await serve({ path: '/', body: 'x'.repeat(1000), cutAfter: 10 });
    const stop = new AbortController();
    stop.abort(new Error('changed my mind'));
    await expect(client().get(`${server.url}/`, { signal: stop.signal })).rejects.toThrow('changed my mind');
  });
});

describe('redirects', () => {
  it('keeps Authorization on the same origin and drops it on another', async () => {
    const storage = await serve({
      path: '/blob?sig=1',
      expect: { authorization: undefined, cookie: undefined },
      body: 'ok',
    });
    const server = await serve(
      { path: '/a', status: 302, headers: { location: '/b' } },
      {
        path: '/b',
        expect: { authorization: 'Bearer t' },
        status: 307,
        headers: { location: `${storage.url}/blob?sig=1` },
      },
    );
    const headers = { Authorization: 'Bearer t', cookie: 'c=1' };
    expect(await text((await client().get(`${server.url}/a`, { headers })).body)).toBe('ok');
    expect([...server.surprises, ...storage.surprises]).toEqual([]);
  });

  it('refuses loops, other schemes and userinfo', async () => {
    const server = await serve(
      { path: '/loop', status: 302, headers: { location: '/loop' }, repeat: true },
      { path: '/file', status: 302, headers: { location: 'file:///etc/passwd' } },
      { path: '/user', status: 302, headers: { location: 'http://a:b@example.org/' } },
    );
    for (const path of ['/loop', '/file', '/user']) {
      await expect(client().get(server.url + path)).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' });
    }
  });

  it('does not turn a POST into something else', async () => {
    const server = await serve({ method: 'POST', path: '/', status: 302, headers: { location: '/x' } });
    const response = await client().request(`${server.url}/`, { method: 'POST' });
    expect(response.status).toBe(302);
  });
});

describe('download', () => {
  const content = randomBytes(100_000);

  it('goes on where the connection was cut, as often as it takes', async () => {
    const etag = '"v1"';
    const part = (start: number): Partial<Exchange> => ({
      expect: { range: `bytes=${start}-`, 'if-range': etag },
      status: 206,
      headers: { etag, 'content-range': `bytes ${start}-99999/100000` },
      body: content.subarray(start),
    });
    const server = await serve(
      { path: '/f', expect: { range: undefined }, headers: { etag }, body: content, cutAfter: 30_000 },
      { path: '/f', ...part(30_000), cutAfter: 20_000 },
      { path: '/f', ...part(50_000) },
    );
    const got = await collect(client({ retries: { attempts: 2 } }).download(`${server.url}/f`), 1e6, 'f');
    expect(got.equals(content)).toBe(true);
    expect(server.surprises).toEqual([]);
  });

  it('skips what it has when the server sends the whole again', async () => {
    const etag = '"v1"';
    const server = await serve(
      { path: '/f', headers: { etag }, body: content, cutAfter: 30_000 },
      { path: '/f', headers: { etag }, body: content },
    );
    expect((await collect(client().download(`${server.url}/f`), 1e6, 'f')).equals(content)).toBe(true);
  });

  it('never joins two versions of a file', async () => {
    const server = await serve(
      { path: '/f', headers: { etag: '"v1"' }, body: content, cutAfter: 30_000 },
      { path: '/f', headers: { etag: '"v2"' }, body: content },
    );
    await expect(collect(client().download(`${server.url}/f`), 1e6, 'f')).rejects.toMatchObject({
      code: 'CONTENT_CHANGED',
    });
  });

  it('does not continue what the server gives no strong validator for', async () => {
    const server = await serve({ path: '/f', headers: { etag: 'W/"v1"' }, body: content, cutAfter: 30_000 });
    await expect(collect(client().download(`${server.url}/f`), 1e6, 'f')).rejects.toMatchObject({
      code: 'NETWORK_INTERRUPTED',
    });
  });

  it('refuses a range that does not follow', async () => {
    const server = await serve(
      { path: '/f', body: content, cutAfter: 30_000 },
      { path: '/f', status: 206, headers: { 'content-range': 'bytes 0-99999/100000' }, body: content },
    );
    const stream = client().download(`${server.url}/f`, { contentAddressed: true, size: content.length });
    await expect(collect(stream, 1e6, 'f')).rejects.toMatchObject({ code: 'CONTENT_CHANGED' });
  });

  it('gives up after the attempts of the policy without progress', async () => {
    const server = await serve(
      { path: '/f', headers: { etag: '"1"' }, body: content, cutAfter: 10 },
      {
        path: '/f',
        status: 206,
        headers: { 'content-range': 'bytes 10-99999/100000' },
        body: content,
        cutAfter: 0,
        repeat: true,
      },
    );
    const stream = client({ retries: { attempts: 3 } }).download(`${server.url}/f`);
    await expect(collect(stream, 1e6, 'f')).rejects.toMatchObject({ code: 'NETWORK_INTERRUPTED' });
    expect(server.seen.length).toBeLessThan(8);
  });
});
