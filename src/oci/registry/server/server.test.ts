import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describe as describeBytes, push, sampleArtifact, sampleImage } from '../../../../test/servers/images.ts';
import { createHttpClient } from '../../../net/client.ts';
import { MEDIA_TYPES } from '../../model.ts';
import { anonymous, type RegistryRepository, registryRepository } from '../index.ts';
import { parseRange } from './blobs.ts';
import { type RegistryServer, type RegistryServerOptions, startRegistry } from './index.ts';
import { parseRoute } from './route.ts';

let directory: string;
let server: RegistryServer;
const http = createHttpClient({ environment: {} });

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'suture-registry-'));
  await start();
});

afterEach(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

async function start(options: Partial<RegistryServerOptions> = {}): Promise<void> {
  await (server as RegistryServer | undefined)?.close();
  server = await startRegistry({ directory: join(directory, 'data'), port: 0, ...options });
}

function repository(name = 'team/app'): RegistryRepository {
  return registryRepository({
    host: server.host,
    repository: name,
    client: http,
    credentials: anonymous,
    plainHttp: true,
  });
}

const ask = (path: string, init: RequestInit = {}): Promise<Response> => fetch(server.url + path, init);

async function failure(response: Response): Promise<unknown> {
  const { errors } = (await response.json()) as { errors: { code: string }[] };
  return [response.status, errors[0]?.code];
}

/** Starts an upload and gives its path. */
async function begin(name = 'team/app'): Promise<string> {
  const response = await ask(`/v2/${name}/blobs/uploads/`, { method: 'POST' });
  expect(response.status).toBe(202);
  return response.headers.get('location') ?? '';
}

describe('reading', () => {
  it('serves ranges, conditions and HEAD', async () => {
    const bytes = randomBytes(1000);
    const { digest } = describeBytes(bytes);
    await repository().putBlob(describeBytes(bytes), async function* () {
      yield bytes;
    });
    const path = `/v2/team/app/blobs/${digest}`;
    const part = await ask(path, { headers: { range: 'bytes=10-19' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe('bytes 10-19/1000');
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true);
    expect((await ask(path, { headers: { range: 'bytes=1000-' } })).status).toBe(416);
    expect((await ask(path, { headers: { range: 'bytes=5-', 'if-range': '"other"' } })).status).toBe(200);
    expect((await ask(path, { headers: { 'if-none-match': `"${digest}"` } })).status).toBe(304);
    const head = await ask(path, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.headers.get('docker-content-digest')]).toEqual([
      200,
      '1000',
      digest,
    ]);
    expect(await failure(await ask(`/v2/team/other/blobs/${digest}`))).toEqual([404, 'BLOB_UNKNOWN']);
  });

  it('pages tags and the catalog by n and last', async () => {
    for (const tag of ['a', 'b', 'c']) await push(repository(), sampleImage(tag), tag);
    await push(repository('zoo'), sampleImage('zoo'), 'x');
    const first = await ask('/v2/team/app/tags/list?n=2');
    expect(await first.json()).toEqual({ name: 'team/app', tags: ['a', 'b'] });
    expect(first.headers.get('link')).toBe('</v2/team/app/tags/list?n=2&last=b>; rel="next"');
    const second = await ask('/v2/team/app/tags/list?n=2&last=b');
    expect(await second.json()).toEqual({ name: 'team/app', tags: ['c'] });
    expect(second.headers.get('link')).toBeNull();
    expect(await (await ask('/v2/team/app/tags/list?n=0')).json()).toEqual({ name: 'team/app', tags: [] });
    expect(await (await ask('/v2/_catalog?n=1')).json()).toEqual({ repositories: ['team/app'] });
    expect(await (await ask('/v2/_catalog?n=1&last=team/app')).json()).toEqual({ repositories: ['zoo'] });
    expect(await failure(await ask('/v2/team/none/tags/list'))).toEqual([404, 'NAME_UNKNOWN']);
  });

  it('filters referrers and says so', async () => {
    const image = sampleImage('subject');
    await push(repository(), image, 'v1');
    await push(repository(), sampleArtifact('application/x-a', image.descriptor, 'a'));
    await push(repository(), sampleArtifact('application/x-b', image.descriptor, 'b'));
    const path = `/v2/team/app/referrers/${image.descriptor.digest}`;
    const filtered = await ask(`${path}?artifactType=application/x-a`);
    expect(filtered.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(filtered.headers.get('content-type')).toBe(MEDIA_TYPES.ociIndex);
    expect(((await filtered.json()) as { manifests: unknown[] }).manifests).toHaveLength(1);
    expect(((await (await ask(path)).json()) as { manifests: unknown[] }).manifests).toHaveLength(2);
  });
});

describe('writing', () => {
  it('takes a blob in one POST', async () => {
    const bytes = randomBytes(500);
    const { digest } = describeBytes(bytes);
    const response = await ask(`/v2/team/app/blobs/uploads/?digest=${digest}`, { method: 'POST', body: bytes });
    expect(response.status).toBe(201);
    expect((await ask(response.headers.get('location') ?? '')).status).toBe(200);
  });

  it('refuses chunks out of order, and tells how far it is', async () => {
    const path = await begin();
    const patch = (range: string, body: string): Promise<Response> =>
      ask(path, { method: 'PATCH', body, headers: { 'content-range': range } });
    expect((await patch('0-4', 'hello')).headers.get('range')).toBe('0-4');
    const wrong = await patch('9-10', '!!');
    expect(wrong.headers.get('range')).toBe('0-4');
    expect(await failure(wrong)).toEqual([416, 'BLOB_UPLOAD_INVALID']);
    const status = await ask(path);
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-4']);
    const { digest } = describeBytes(Buffer.from('hello world'));
    expect((await ask(`${path}?digest=${digest}`, { method: 'PUT', body: ' world' })).status).toBe(201);
    expect(await (await ask(`/v2/team/app/blobs/${digest}`)).text()).toBe('hello world');
    expect(await failure(await ask(path))).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
  });

  it('drops an upload with another digest than announced', async () => {
    const path = await begin();
    const { digest } = describeBytes(Buffer.from('expected'));
    expect(await failure(await ask(`${path}?digest=${digest}`, { method: 'PUT', body: 'something else' }))).toEqual([
      400,
      'DIGEST_INVALID',
    ]);
    expect((await ask(`/v2/team/app/blobs/${digest}`)).status).toBe(404);
  });

  it('keeps what arrived before a cut, and goes on after a restart', async () => {
    const path = await begin();
    const bytes = randomBytes(60_000);
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => {
        socket.write(`PATCH ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n`);
        socket.write(bytes.subarray(0, 25_000), () => setTimeout(() => socket.destroy(), 100));
      });
      socket.once('close', () => resolve());
    });
    await start();
    const range = (await ask(path)).headers.get('range');
    expect(range).toBe('0-24999');
    const { digest } = describeBytes(bytes);
    const rest = await ask(`${path}?digest=${digest}`, {
      method: 'PUT',
      body: bytes.subarray(25_000),
      headers: { 'content-range': '25000-59999' },
    });
    expect(rest.status).toBe(201);
    expect(Buffer.from(await (await ask(`/v2/team/app/blobs/${digest}`)).arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('forgets uploads that nobody goes on with', async () => {
    const path = await begin();
    const uploads = join(directory, 'data', 'repositories', 'team', 'app', '_uploads');
    const [id = ''] = readdirSync(uploads);
    const old = Date.now() / 1000 - 90_000;
    utimesSync(join(uploads, id), old, old);
    await begin();
    expect((await ask(path)).status).toBe(404);
    expect(readdirSync(uploads)).toHaveLength(1);
  });

  it('bounds blobs and manifests', async () => {
    await start({ largestBlob: 1000 });
    const path = await begin();
    expect(await failure(await ask(path, { method: 'PATCH', body: randomBytes(1001) }))).toEqual([413, 'SIZE_INVALID']);
    const headers = { 'content-type': MEDIA_TYPES.ociManifest };
    const huge = await ask('/v2/team/app/manifests/v1', { method: 'PUT', headers, body: ' '.repeat(4_200_000) });
    expect(await failure(huge)).toEqual([413, 'SIZE_INVALID']);
  });

  it('refuses manifests that are not what they say', async () => {
    const put = (target: string, type: string, body: string): Promise<Response> =>
      ask(`/v2/team/app/manifests/${target}`, { method: 'PUT', headers: { 'content-type': type }, body });
    expect(await failure(await put('v1', MEDIA_TYPES.ociManifest, 'not json'))).toEqual([400, 'MANIFEST_INVALID']);
    expect(await failure(await put('v1', MEDIA_TYPES.ociManifest, '{"schemaVersion":2,"manifests":[]}'))).toEqual([
      400,
      'MANIFEST_INVALID',
    ]);
    const index = '{"schemaVersion":2,"manifests":[]}';
    const wrong = `sha256:${'0'.repeat(64)}`;
    expect(await failure(await put(wrong, MEDIA_TYPES.ociIndex, index))).toEqual([400, 'DIGEST_INVALID']);
    expect(await failure(await put('-bad', MEDIA_TYPES.ociIndex, index))).toEqual([400, 'TAG_INVALID']);
    expect((await put('v1', MEDIA_TYPES.ociIndex, index)).status).toBe(201);
  });

  it('deletes a tag alone, and a manifest with its tags and referrers', async () => {
    const image = sampleImage('x');
    await push(repository(), image, 'a');
    await push(repository(), image, 'b');
    await repository().delete('a');
    expect(await (await ask('/v2/team/app/tags/list')).json()).toEqual({ name: 'team/app', tags: ['b'] });
    const artifact = sampleArtifact('application/x-a', image.descriptor, 'a');
    await push(repository(), artifact);
    await repository().delete(artifact.descriptor.digest);
    expect(await repository().referrers(image.descriptor.digest)).toEqual([]);
    await repository().delete(image.descriptor.digest);
    expect(await (await ask('/v2/team/app/tags/list')).json()).toEqual({ name: 'team/app', tags: [] });
  });
});

describe('access', () => {
  it('asks for the name and password, for everything', async () => {
    await start({ auth: { user: 'me', password: 'pässword' } });
    expect(await failure(await ask('/v2/'))).toEqual([401, 'UNAUTHORIZED']);
    const basic = (text: string) => ({ headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` } });
    expect((await ask('/v2/', basic('me:wrong'))).status).toBe(401);
    expect((await ask('/v2/', basic('me:pässword'))).status).toBe(200);
  });

  it('is read only on demand', async () => {
    await push(repository(), sampleImage('x'), 'v1');
    await start({ readOnly: true });
    expect((await ask('/v2/team/app/manifests/v1')).status).toBe(200);
    expect(await failure(await ask('/v2/team/app/blobs/uploads/', { method: 'POST' }))).toEqual([405, 'UNSUPPORTED']);
    expect((await ask('/v2/team/app/manifests/v1', { method: 'DELETE' })).status).toBe(405);
  });

  it('never leaves its directory', () => {
    for (const path of [
      '/v2/../x/tags/list',
      '/v2/a/../b/manifests/v1',
      '/v2/_tags/x/manifests/v1',
      '/v2/A/tags/list',
    ]) {
      expect(parseRoute(path)).toBe('bad name');
    }
    expect(parseRoute('/v2/a/blobs/uploads/../../x')).toBeUndefined();
    expect(parseRoute('/v2/a/../blobs/uploads/x')).toBe('bad name');
    expect(parseRoute('/v2/a/blobs/uploads/..')).toBeUndefined();
    expect(parseRoute('/v2/a/blobs/uploads/')).toEqual({ kind: 'uploads', repository: 'a' });
    expect(parseRoute('/v2/a/manifests/manifests/v1')).toEqual({
      kind: 'manifest',
      repository: 'a/manifests',
      target: 'v1',
    });
  });

  it('reports an address in use', async () => {
    await expect(startRegistry({ directory, port: server.port })).rejects.toMatchObject({
      code: 'NETWORK_UNREACHABLE',
    });
  });
});

it.each([
  ['bytes=0-', 10, { start: 0, end: 9 }],
  ['bytes=-3', 10, { start: 7, end: 9 }],
  ['bytes=-30', 10, { start: 0, end: 9 }],
  ['bytes=4-400', 10, { start: 4, end: 9 }],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=5-2', 10, undefined],
  ['bytes=0-1,4-5', 10, undefined],
  ['items=0-1', 10, undefined],
])('parseRange %s of %d', (header, size, expected) => {
  expect(parseRange(header, size)).toEqual(expected);
});
