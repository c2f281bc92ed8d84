import { afterEach, describe, expect, it } from 'vitest';
import { type Exchange, type TableServer, tableServer } from '../../../test/servers/http-table.ts';
import { sampleImage } from '../../../test/servers/images.ts';
import { createHttpClient } from '../../net/client.ts';
import { MEDIA_TYPES } from '../model.ts';
import { anonymous, type Credential, fixedCredential, type RegistryRepository, registryRepository } from './index.ts';
import { requestToken } from './token.ts';
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
const challenge = (realm: string): Partial<Exchange> => ({
  status: 401,
  headers: { 'www-authenticate': `Bearer realm="${realm}",service="reg",scope="ignored"` },
});
const expectDone = (...servers: TableServer[]): void => {
  for (const server of servers) expect([server.surprises, server.left()]).toEqual([[], 0]);
};

describe('tokens', () => {
  const tokenPath = /^\/token\?service=reg&scope=repository%3Aapp%3Apull(%2Cpush)?(&account=me)?$/;

  it('are got with Basic, used again, and renewed when they end', async () => {
    const realm = await serve(
      { path: tokenPath, expect: { authorization: basicHeader }, body: '{"token":"T1","expires_in":100}' },
      { path: tokenPath, expect: { authorization: basicHeader }, body: '{"access_token":"T2"}' },
    );
    const server = await serve(
      manifestRow({ expect: { authorization: undefined }, ...challenge(`${realm.url}/token`) }),
      manifestRow({ expect: { authorization: 'Bearer T1' } }),
      manifestRow({ expect: { authorization: 'Bearer T1' } }),
      manifestRow({ expect: { authorization: 'Bearer T2' } }),
    );
    const app = repository(server, basic);
    await app.manifest(image.descriptor);
    await app.manifest(image.descriptor);
    now = 95_000;
    await app.manifest(image.descriptor);
    expectDone(server, realm);
  });

  it('are asked for once for requests at the same time', async () => {
    const realm = await serve({ path: tokenPath, body: '{"token":"T1"}' });
    const server = await serve(
      manifestRow(challenge(`${realm.url}/token`)),
      manifestRow({ expect: { authorization: 'Bearer T1' }, repeat: true }),
    );
    const app = repository(server);
    await app.manifest(image.descriptor);
    await Promise.all([1, 2, 3].map(() => app.manifest(image.descriptor)));
    expectDone(server, realm);
  });

  it('refused by the registry are renewed once, then it ends', async () => {
    const realm = await serve({ path: tokenPath, body: '{"token":"T1"}' }, { path: tokenPath, body: '{"token":"T2"}' });
    const body = '{"errors":[{"code":"UNAUTHORIZED","message":"no\\u001b[31m entry"}]}';
    const refuse = { ...challenge(`${realm.url}/token`), body };
    const server = await serve(manifestRow(refuse), manifestRow(refuse), manifestRow(refuse), manifestRow(refuse));
    const app = repository(server, basic);
    const error: unknown = await app.manifest(image.descriptor).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
    expect(String(error)).toContain('UNAUTHORIZED no [31m entry');
    expect(server.seen).toHaveLength(2);
    await expect(app.manifest(image.descriptor)).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
    expectDone(server, realm);
  });

  it('are traded for identity tokens by POST, which is not sent on', async () => {
    const realm = await serve({ method: 'POST', path: '/token', body: '{"access_token":"T1"}' });
    const server = await serve(
      manifestRow(challenge(`${realm.url}/token`)),
      manifestRow({ expect: { authorization: 'Bearer T1' } }),
    );
    await repository(server, { kind: 'identityToken', token: 'R' }).manifest(image.descriptor);
    expect(Object.fromEntries(new URLSearchParams(realm.seen[0]?.body.toString()))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'R',
      client_id: 'suture',
      service: 'reg',
      scope: 'repository:app:pull',
    });
    const other = await serve();
    const moving = await serve({
      method: 'POST',
      path: '/token',
      status: 307,
      headers: { location: `${other.url}/token` },
    });
    const again = await serve(manifestRow(challenge(`${moving.url}/token`)));
    const credential = { kind: 'identityToken', token: 'R' } as const;
    await expect(repository(again, credential).manifest(image.descriptor)).rejects.toMatchObject({
      code: 'REGISTRY_ERROR',
    });
    expect(other.seen).toEqual([]);
    expectDone(server, realm, moving, again, other);
  });

  it('are not asked for where credentials would not be safe', async () => {
    const request = { origin: 'https://registry.example.org', service: undefined, scopes: [], credential: basic };
    for (const realm of ['http://auth.example.org/token', 'https://a:b@auth.example.org/', 'ftp://x/', 'nonsense']) {
      await expect(requestToken(http, { ...request, realm })).rejects.toMatchObject({ code: 'REGISTRY_ERROR' });
    }
  });

  it('that could break out of the header are refused', async () => {
    const realm = await serve({ path: tokenPath, body: '{"token":"a\\r\\nx: y"}' });
    const server = await serve(manifestRow(challenge(`${realm.url}/token`)));
    await expect(repository(server).manifest(image.descriptor)).rejects.toThrow(/without a token/);
  });

  it('refused by the realm name the place and keep the password', async () => {
    const realm = await serve({ path: tokenPath, status: 401, body: '{"errors":[{"code":"DENIED"}]}' });
    const server = await serve(manifestRow(challenge(`${realm.url}/token`)));
    const error: unknown = await repository(server, basic)
      .manifest(image.descriptor)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
    expect(String(error)).not.toMatch(/pw|account=me/);
  });
});

describe('Basic', () => {
  it('is answered once, and only with a credential', async () => {
    const refuse = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    const server = await serve(manifestRow(refuse), manifestRow({ expect: { authorization: basicHeader } }));
    await repository(server, basic).manifest(image.descriptor);
    const strict = await serve(manifestRow(refuse), manifestRow(refuse), manifestRow(refuse));
    await expect(repository(strict).manifest(image.descriptor)).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
    });
    await expect(repository(strict, basic).manifest(image.descriptor)).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
    });
    expectDone(server, strict);
  });
});
