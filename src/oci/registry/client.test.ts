import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type Exchange, type TableServer, tableServer } from '../../../test/servers/http-table.ts';
import { describe as describeBytes, sampleImage } from '../../../test/servers/images.ts';
import { collect, fromBytes } from '../../core/streams.ts';
import { createHttpClient } from '../../net/client.ts';
import { MEDIA_TYPES } from '../model.ts';
import { anonymous, type Credential, fixedCredential, type RegistryRepository, registryRepository } from './index.ts';
import type { UploadOptions } from './upload.ts';

const open: { close(): Promise<void> }[] = [];
let now = 0;
const clock = { now: () => now, sleep: () => Promise.resolve() };
const http = createHttpClient({ environment: {}, clock, random: () => 0 });

afterEach(async () => {
  now = 0;
  for (const each of open.splice(0)) await each.close();
});

async function serve(...rows: Exchange[]): Promise<TableServer> {
  const server = await tableServer(rows);
  open.push(server);
  return server;
}

function repository(
  server: TableServer,
  credential?: Credential,
  upload: Partial<UploadOptions> = {},
): RegistryRepository {
  const credentials = credential === undefined ? anonymous : fixedCredential(server.host, credential);
  return registryRepository({
    host: server.host,
    repository: 'app',
    client: http,
    credentials,
    clock,
    plainHttp: true,
    upload,
  });
}

const image = sampleImage('x');
const manifestRow = (more: Partial<Exchange> = {}): Exchange => ({
  path: `/v2/app/manifests/${image.descriptor.digest}`,
  body: image.manifest,
  headers: { 'content-type': MEDIA_TYPES.ociManifest },
  ...more,
});
const basic: Credential = { kind: 'basic', username: 'me', password: 'pw' };
const basicHeader = `Basic ${Buffer.from('me:pw').toString('base64')}`;
const expectDone = (...servers: TableServer[]): void => {
  for (const server of servers) expect([server.surprises, server.left()]).toEqual([[], 0]);
};

describe('manifests', () => {
  it('survive 429 and 503', async () => {
    const server = await serve(
      manifestRow({ status: 429, headers: { 'retry-after': '1' } }),
      manifestRow({ status: 503 }),
      manifestRow(),
    );
    await expect(repository(server).manifest(image.descriptor)).resolves.toHaveLength(image.manifest.length);
    const limited = await serve(
      manifestRow({ status: 429, headers: { 'retry-after': '7200' }, body: '{"errors":[{"code":"TOOMANYREQUESTS"}]}' }),
    );
    await expect(repository(limited).manifest(image.descriptor)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expectDone(server, limited);
  });

  it('with other bytes than their digest are refused', async () => {
    const server = await serve(
      manifestRow({ body: Buffer.concat([image.manifest, Buffer.from(' ')]) }),
      manifestRow({ body: ' '.repeat(image.manifest.length) }),
    );
    await expect(repository(server).manifest(image.descriptor)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    await expect(repository(server).manifest(image.descriptor)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('are resolved by GET where HEAD says too little or nothing', async () => {
    const path = '/v2/app/manifests/v1';
    const server = await serve(
      { method: 'HEAD', path, headers: { 'content-type': 'application/json' } },
      { path, expect: { accept: /oci\.image\.index.*docker\.distribution\.manifest\.v2/ }, body: image.manifest },
      { method: 'HEAD', path, status: 405 },
      { path, body: image.manifest, headers: { 'content-type': `${MEDIA_TYPES.ociManifest}; charset=utf-8` } },
    );
    expect(await repository(server).resolve('v1')).toEqual(image.descriptor);
    expect(await repository(server).resolve('v1')).toEqual(image.descriptor);
    expectDone(server);
  });

  it('answered under another digest than asked for, or than stated, are refused', async () => {
    const other = `sha256:${'1'.repeat(64)}`;
    const stated = { 'content-type': MEDIA_TYPES.ociManifest, 'docker-content-digest': other, 'content-length': '10' };
    const path = `/v2/app/manifests/${image.descriptor.digest}`;
    const server = await serve(
      { method: 'HEAD', path, headers: stated },
      { method: 'HEAD', path: '/v2/app/manifests/v1', status: 405 },
      { path: '/v2/app/manifests/v1', body: image.manifest, headers: { 'docker-content-digest': other } },
    );
    await expect(repository(server).resolve(image.descriptor.digest)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
    await expect(repository(server).resolve('v1')).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('of schema 1 are named as such', async () => {
    const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
    const headers = { 'content-type': type, 'docker-content-digest': image.descriptor.digest, 'content-length': '100' };
    const server = await serve({ method: 'HEAD', path: '/v2/app/manifests/v1', headers });
    await expect(repository(server).resolve('v1')).rejects.toThrow(/schema 1/);
  });
});

describe('blob pulls', () => {
  const bytes = randomBytes(50_000);
  const blob = describeBytes(bytes);
  const path = `/v2/app/blobs/${blob.digest}`;
  const read = (server: TableServer, credential?: Credential) =>
    collect(repository(server, credential).blob(blob), 1e6, 'blob');

  it('go on after a cut, at the storage they were redirected to, without credentials there', async () => {
    const storage = await serve(
      { path: '/s?sig=a', expect: { authorization: undefined }, body: bytes, cutAfter: 20_000 },
      {
        path: '/s?sig=b',
        expect: { authorization: undefined, range: 'bytes=20000-' },
        status: 206,
        headers: { 'content-range': 'bytes 20000-49999/50000' },
        body: bytes.subarray(20_000),
      },
    );
    const redirect = (signature: string): Exchange => ({
      path,
      expect: { authorization: basicHeader },
      status: 307,
      headers: { location: `${storage.url}/s?sig=${signature}` },
    });
    const server = await serve(
      { path, status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
      redirect('a'),
      redirect('b'),
    );
    expect((await read(server, basic)).equals(bytes)).toBe(true);
    expectDone(server, storage);
  });

  it('that end early, run on or hold other bytes are refused', async () => {
    const short = await serve({ path, body: bytes.subarray(0, 100), repeat: true });
    await expect(read(short)).rejects.toMatchObject({ code: 'NETWORK_INTERRUPTED' });
    const long = await serve({ path, body: Buffer.concat([bytes, bytes]) });
    await expect(read(long)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    const other = await serve({ path, body: randomBytes(50_000) });
    await expect(read(other)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('that are not there say what the registry said', async () => {
    const server = await serve({ path, status: 404, body: '{"errors":[{"code":"BLOB_UNKNOWN","message":"gone"}]}' });
    await expect(read(server)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringContaining('BLOB_UNKNOWN gone') as string,
    });
  });
});

describe('lists', () => {
  const tags = async (server: TableServer): Promise<string[]> => {
    const all: string[] = [];
    for await (const tag of repository(server).tags()) all.push(tag);
    return all;
  };
  const first = '/v2/app/tags/list?n=1000';

  it('follow their pages on the same origin', async () => {
    const server = await serve(
      { path: first, body: '{"tags":["a"]}', headers: { link: '</v2/app/tags/list?last=a>; rel="next"' } },
      { path: '/v2/app/tags/list?last=a', body: '{"tags":null}' },
    );
    expect(await tags(server)).toEqual(['a']);
    expectDone(server);
  });

  it('never leave the origin, nor go in circles, nor have another shape', async () => {
    const other = await serve();
    const leaving = await serve({
      path: first,
      body: '{"tags":[]}',
      headers: { link: `<${other.url}/x>; rel="next"` },
    });
    await expect(tags(leaving)).rejects.toThrow(/continues its list elsewhere/);
    expect(other.seen).toEqual([]);
    const circle = await serve({
      path: first,
      body: '{"tags":["a"]}',
      headers: { link: `<${first}>; rel=next` },
      repeat: true,
    });
    await expect(tags(circle)).rejects.toThrow(/does not end/);
    const odd = await serve({ path: first, body: '{"tags":[1]}' });
    await expect(tags(odd)).rejects.toMatchObject({ code: 'REGISTRY_ERROR' });
  });
});

it('a push error of the registry is told in its words', async () => {
  const blob = describeBytes(Buffer.from('x'));
  const server = await serve(
    { method: 'HEAD', path: `/v2/app/blobs/${blob.digest}`, status: 404 },
    {
      method: 'POST',
      path: '/v2/app/blobs/uploads/',
      status: 403,
      body: '{"errors":[{"code":"DENIED","message":"read only"}]}',
    },
  );
  const work = repository(server).putBlob(blob, () => fromBytes(Buffer.from('x')));
  await expect(work).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
    message: expect.stringContaining('DENIED read only') as string,
  });
});
