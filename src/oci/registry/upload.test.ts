import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type Exchange, type TableServer, tableServer } from '../../../test/servers/http-table.ts';
import { describe as describeBytes } from '../../../test/servers/images.ts';
import { fromBytes } from '../../core/streams.ts';
import { createHttpClient } from '../../net/client.ts';
import { anonymous, registryRepository } from './index.ts';

const clock = { now: () => 0, sleep: () => Promise.resolve() };
const http = createHttpClient({ environment: {}, clock, random: () => 0 });
const open: TableServer[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const bytes = randomBytes(100_000);
const blob = describeBytes(bytes);
const head: Exchange = { method: 'HEAD', path: `/v2/app/blobs/${blob.digest}`, status: 404 };
const begin: Exchange = {
  method: 'POST',
  path: '/v2/app/blobs/uploads/',
  status: 202,
  headers: { location: '/up/1?s=1' },
};

async function upload(
  rows: Exchange[],
  chunkSize = 40_000,
  wholeUpTo = 0,
): Promise<{ server: TableServer; outcome: unknown }> {
  const server = await tableServer(rows);
  open.push(server);
  const settings = { chunkSize, wholeUpTo, attempts: 3 };
  const repository = registryRepository({
    host: server.host,
    repository: 'app',
    client: http,
    credentials: anonymous,
    clock,
    plainHttp: true,
    upload: settings,
  });
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += 7001) yield bytes.subarray(at, at + 7001);
  };
  const outcome: unknown = await repository.putBlob(blob, pieces).catch((error: unknown) => error);
  return { server, outcome };
}

const patch = (path: string, start: number, end: number, more: Partial<Exchange> = {}): Exchange => ({
  method: 'PATCH',
  path,
  expect: { 'content-range': `${start}-${end - 1}`, 'content-length': String(end - start) },
  status: 202,
  headers: { location: path, range: `0-${end - 1}` },
  ...more,
});
const finish = (path: string, more: Partial<Exchange> = {}): Exchange => ({
  method: 'PUT',
  path: `${path}&digest=${encodeURIComponent(blob.digest)}`,
  status: 201,
  ...more,
});
const status = (path: string, received: number): Exchange => ({
  path,
  status: 204,
  headers: { location: path, range: `0-${Math.max(0, received - 1)}` },
});
const done = (server: TableServer): void => expect([server.surprises, server.left()]).toEqual([[], 0]);
const sent = (server: TableServer): Buffer =>
  Buffer.concat(server.seen.filter((each) => each.method === 'PATCH').map((each) => each.body));

describe('chunked uploads', () => {
  it('send the blob in order and follow each Location', async () => {
    const { server, outcome } = await upload([
      head,
      begin,
      patch('/up/1?s=1', 0, 40_000, { headers: { location: '/up/1?s=2', range: '0-39999' } }),
      patch('/up/1?s=2', 40_000, 80_000, { headers: { location: '/up/1?s=3' } }),
      patch('/up/1?s=3', 80_000, 100_000),
      finish('/up/1?s=3'),
    ]);
    expect(outcome).toBe('written');
    expect(sent(server).equals(bytes)).toBe(true);
    done(server);
  });

  it('go on from where the registry stands after a cut', async () => {
    const { server, outcome } = await upload([
      head,
      begin,
      patch('/up/1?s=1', 0, 40_000),
      patch('/up/1?s=1', 40_000, 80_000, { cutRequestAfter: 1 }),
      status('/up/1?s=1', 51_234),
      patch('/up/1?s=1', 51_234, 91_234),
      patch('/up/1?s=1', 91_234, 100_000),
      finish('/up/1?s=1'),
    ]);
    expect(outcome).toBe('written');
    const bodies = server.seen.filter((each) => each.method === 'PATCH').map((each) => each.body);
    expect(bodies[2]?.equals(bytes.subarray(51_234, 91_234))).toBe(true);
    expect(bodies[3]?.equals(bytes.subarray(91_234))).toBe(true);
    done(server);
  });

  it('go on after a 5xx, and when the registry took less than was sent', async () => {
    const { server, outcome } = await upload([
      head,
      begin,
      patch('/up/1?s=1', 0, 40_000, { headers: { location: '/up/1?s=1', range: '0-9999' } }),
      patch('/up/1?s=1', 10_000, 50_000, { status: 500 }),
      status('/up/1?s=1', 0),
      patch('/up/1?s=1', 0, 40_000),
      patch('/up/1?s=1', 40_000, 80_000),
      patch('/up/1?s=1', 80_000, 100_000),
      finish('/up/1?s=1'),
    ]);
    expect(outcome).toBe('written');
    done(server);
  });

  it('start over when the registry lost the upload', async () => {
    const { server, outcome } = await upload([
      head,
      begin,
      patch('/up/1?s=1', 0, 40_000),
      patch('/up/1?s=1', 40_000, 80_000, { status: 404 }),
      head,
      { ...begin, headers: { location: '/up/2?s=1' } },
      patch('/up/2?s=1', 0, 40_000),
      patch('/up/2?s=1', 40_000, 80_000),
      patch('/up/2?s=1', 80_000, 100_000),
      finish('/up/2?s=1'),
    ]);
    expect(outcome).toBe('written');
    done(server);
  });

  it('ask for the position after 416, and end when that leads nowhere', async () => {
    const refused = patch('/up/1?s=1', 0, 40_000, { status: 416, repeat: true });
    const { outcome } = await upload([
      { ...head, repeat: true },
      { ...begin, repeat: true },
      refused,
      { ...status('/up/1?s=1', 0), repeat: true },
    ]);
    expect(outcome).toMatchObject({ code: 'REGISTRY_ERROR' });
  });

  it('are over when only the last answer was lost', async () => {
    const { server, outcome } = await upload(
      [
        head,
        begin,
        patch('/up/1?s=1', 0, 100_000),
        finish('/up/1?s=1', { cutRequestAfter: 0 }),
        { ...head, status: 200 },
      ],
      100_000,
    );
    expect(outcome).toBe('written');
    done(server);
  });

  it('keep to the smallest chunk that the registry asks for', async () => {
    const { server, outcome } = await upload(
      [
        head,
        { ...begin, headers: { location: '/up/1?s=1', 'oci-chunk-min-length': '60000' } },
        patch('/up/1?s=1', 0, 60_000),
        patch('/up/1?s=1', 60_000, 100_000),
        finish('/up/1?s=1'),
      ],
      1000,
    );
    expect(outcome).toBe('written');
    done(server);
  });

  it('give up after the attempts without progress', async () => {
    const { server, outcome } = await upload([
      head,
      begin,
      patch('/up/1?s=1', 0, 40_000, { cutRequestAfter: 1, repeat: true }),
      { ...status('/up/1?s=1', 0), repeat: true },
      { ...head, repeat: true },
    ]);
    expect(outcome).toMatchObject({ code: 'NETWORK_INTERRUPTED' });
    expect(server.seen.filter((each) => each.method === 'PATCH')).toHaveLength(3);
  });
});

describe('whole uploads', () => {
  it('are sent again after a cut', async () => {
    const { server, outcome } = await upload(
      [head, begin, finish('/up/1?s=1', { cutRequestAfter: 10 }), head, begin, finish('/up/1?s=1')],
      40_000,
      1e6,
    );
    expect(outcome).toBe('written');
    expect(server.seen.at(-1)?.body.equals(bytes)).toBe(true);
    done(server);
  });

  it('stored under another digest are an error', async () => {
    const stored = { headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } };
    const cancelled = { method: 'DELETE', path: '/up/1?s=1', status: 204 };
    const { outcome } = await upload([head, begin, finish('/up/1?s=1', stored), cancelled], 40_000, 1e6);
    expect(outcome).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('sent to another origin carry no credentials of this one', async () => {
    const storage = await tableServer([finish('/up/1?s=1', { expect: { authorization: undefined } })]);
    open.push(storage);
    const asking = { ...begin, headers: { location: `${storage.url}/up/1?s=1` } };
    const { server, outcome } = await upload([head, asking], 40_000, 1e6);
    expect(outcome).toBe('written');
    done(server);
    done(storage);
  });
});

it('a mount is used, and its open upload when it is refused', async () => {
  const mount = `/v2/app/blobs/uploads/?mount=${encodeURIComponent(blob.digest)}&from=base`;
  const server = await tableServer([
    head,
    { method: 'POST', path: mount, status: 201 },
    head,
    { method: 'POST', path: mount, status: 202, headers: { location: '/up/9?s=1' } },
    finish('/up/9?s=1'),
    head,
    { method: 'POST', path: mount, status: 403 },
    begin,
    finish('/up/1?s=1'),
  ]);
  open.push(server);
  const repository = registryRepository({
    host: server.host,
    repository: 'app',
    client: http,
    credentials: anonymous,
    plainHttp: true,
  });
  const put = () => repository.putBlob(blob, () => fromBytes(bytes), 'base');
  expect([await put(), await put(), await put()]).toEqual(['mounted', 'written', 'written']);
  done(server);
});

it('one blob is sent once, however many ask for it at the same time', async () => {
  const server = await tableServer([head, begin, finish('/up/1?s=1')]);
  open.push(server);
  const repository = registryRepository({
    host: server.host,
    repository: 'app',
    client: http,
    credentials: anonymous,
    plainHttp: true,
  });
  const put = () => repository.putBlob(blob, () => fromBytes(bytes));
  expect((await Promise.all([put(), put(), put()])).sort()).toEqual(['present', 'present', 'written']);
  done(server);
});
