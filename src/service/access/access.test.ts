import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TableServer, tableServer } from '../../../test/servers/http-table.ts';
import type { Clock } from '../../core/ports.ts';
import { FleetStore } from '../../fleet/store/store.ts';
import { createHttpClient } from '../../net/client.ts';
import type { HttpClient } from '../../net/types.ts';
import { authenticateBearer } from './authenticate.ts';
import { checkAccess } from './check-access.ts';
import { FailedLogins } from './failed-logins.ts';
import { OidcVerifier } from './oidc.ts';
import { createToken, findToken, listTokens, revokeToken } from './token.ts';

let time = Date.parse('2026-01-01T00:00:00Z');
const clock: Clock = { now: () => time, sleep: () => Promise.resolve() };

let directory: string;
let store: FleetStore;
let http: HttpClient;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'suture-access-'));
  store = await FleetStore.open(join(directory, 'fleet.db'), clock);
  http = createHttpClient({ environment: {}, retries: { attempts: 1 } });
});
afterAll(async () => {
  await http.close();
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a service', () => {
  it('does not start where nobody can log in, or everybody on a network', async () => {
    const setup = { open: false, hasOidc: false, hosts: ['127.0.0.1'] };
    await expect(checkAccess(store, setup)).rejects.toMatchObject({ code: 'ACCESS_UNGUARDED', exitCode: 2 });
    await checkAccess(store, { ...setup, open: true });
    await checkAccess(store, { ...setup, hasOidc: true, hosts: ['0.0.0.0'] });
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'suture.example.org', '127.0.0.1.example.org'])
      await expect(checkAccess(store, { ...setup, open: true, hosts: [host] })).rejects.toMatchObject({
        code: 'ACCESS_UNGUARDED',
      });
    const { row } = await createToken(store, { name: 'first', role: 'admin' });
    await checkAccess(store, { ...setup, hosts: ['0.0.0.0'] });
    await revokeToken(store, row.id);
    await expect(checkAccess(store, setup)).rejects.toMatchObject({ code: 'ACCESS_UNGUARDED' });
  });
});

describe('a token', () => {
  it('is kept as a hash only, and holds until it expires or is revoked', async () => {
    const { token, row } = await createToken(store, { name: 'ci', role: 'operator', expiresAt: time + 1000 });
    expect(token).toMatch(/^suture_[\w-]{43}$/);
    expect(JSON.stringify(await listTokens(store))).not.toContain(token.slice('suture_'.length));
    expect(await findToken(store, token)).toMatchObject({ id: row.id, role: 'operator' });
    expect(await findToken(store, `${token}x`)).toBeUndefined();
    expect(await findToken(store, token.slice(0, -1))).toBeUndefined();
    time += 1000;
    expect(await findToken(store, token)).toBeUndefined();
    await expect(revokeToken(store, 't-unknown')).rejects.toMatchObject({ code: 'TOKEN_UNKNOWN' });
    for (const name of ['', ' x', 'a\nb', 'x'.repeat(65)])
      await expect(createToken(store, { name, role: 'viewer' })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('failed logins', () => {
  it('are forgotten with time, one after the other', () => {
    let now = 0;
    const logins = new FailedLogins(() => now);
    for (let attempt = 0; attempt < 9; attempt++) logins.failed('a');
    expect(logins.wait('a')).toBe(0);
    for (let attempt = 0; attempt < 100; attempt++) logins.failed('a');
    expect(logins.wait('a')).toBe(6);
    now += 6_000;
    expect(logins.wait('a')).toBe(0);
    logins.failed('a');
    expect(logins.wait('a')).toBe(6);
    expect(logins.wait('b')).toBe(0);
  });
});

describe('a bearer of an OpenID provider', () => {
  const audience = 'suture';
  let provider: TableServer;
  let issuer: string;
  let now = 0;
  const roles = new Map([
    ['platform', 'operator'],
    ['security', 'viewer'],
  ] as const);
  const makeKey = async (kid: string) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
  };
  type Key = Awaited<ReturnType<typeof makeKey>>;
  let first: Key;
  let second: Key;

  const sign = (key: Key, claims: JWTPayload = {}) =>
    new SignJWT({ sub: 'jo', groups: ['security', 'platform'], ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: key.kid })
      .setIssuer(claims.iss ?? issuer)
      .setAudience(claims.aud ?? audience)
      .setIssuedAt()
      .setExpirationTime(claims.exp ?? '5m')
      .sign(key.privateKey);
  const serve = (...keys: Key[]) =>
    provider.add({ path: '/keys', body: JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }) });
  const verifier = (more: object = {}) =>
    new OidcVerifier(http, { issuer, audience, roleClaim: 'groups', roles, ...more }, () => now);

  beforeAll(async () => {
    provider = await tableServer();
    issuer = `${provider.url}/realm`;
    [first, second] = [await makeKey('one'), await makeKey('two')];
    provider.add({
      path: '/realm/.well-known/openid-configuration',
      body: JSON.stringify({ issuer, jwks_uri: `${provider.url}/keys` }),
      repeat: true,
    });
  });
  afterAll(() => provider.close());

  it('gives the highest role of its groups, for as long as it holds', async () => {
    serve(first);
    const check = verifier();
    expect(await check.verify(await sign(first))).toMatchObject({ name: 'oidc jo', role: 'operator', means: 'oidc' });
    expect(await check.verify(await sign(first, { groups: 'security', email: 'jo@example.org' }))).toMatchObject({
      name: 'oidc jo@example.org',
      role: 'viewer',
    });
    await expect(check.verify(await sign(first, { groups: ['others'] }))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(check.verify(await sign(first, { groups: { platform: true } }))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    // The keys were asked for once.
    expect(provider.left()).toBe(0);
    expect(provider.surprises).toEqual([]);
  });

  it('is refused when forged, for somebody else, or too old', async () => {
    const file = join(directory, 'jwks.json');
    writeFileSync(file, JSON.stringify({ keys: [first.jwk] }));
    const check = verifier({ jwks: file });
    const good = await sign(first);
    expect((await check.verify(good)).role).toBe('operator');
    const [header = '', payload = '', signature = ''] = good.split('.');
    const none = new UnsecuredJWT({ sub: 'jo', groups: ['platform'] })
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime('5m')
      .encode();
    const admin = Buffer.from(payload, 'base64url').toString().replace('jo', 'eve');
    const hmac = await new SignJWT({ sub: 'jo', groups: ['platform'] })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime('5m')
      .sign(Buffer.from(JSON.stringify(first.jwk)));
    const stranger = { ...second, kid: 'one' };
    const seconds = Math.floor(Date.now() / 1000);
    const bad = [
      none,
      hmac,
      `${header}.${Buffer.from(admin).toString('base64url')}.${signature}`,
      `${header}.${payload}.`,
      await sign(stranger),
      await sign(first, { iss: 'https://other.example.org' }),
      await sign(first, { aud: 'other' }),
      await sign(first, { exp: seconds - 60 }),
      await new SignJWT({ sub: 'jo', groups: ['platform'] })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .setIssuer(issuer)
        .setAudience(audience)
        .sign(first.privateKey),
      'not.a.token',
      '',
    ];
    for (const token of bad) await expect(check.verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    // One of our tokens goes to the store, whatever the provider would say of it.
    await expect(authenticateBearer(store, check, `suture_${'a'.repeat(43)}`)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('is checked with the keys that the provider changed to, asked for at most every half minute', async () => {
    serve(first);
    const check = verifier();
    await check.verify(await sign(first));
    const rotated = await sign(second);
    await expect(check.verify(rotated)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    now += 31_000;
    serve(second);
    expect((await check.verify(rotated)).role).toBe('operator');
    await expect(check.verify(await sign(first))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(provider.surprises).toEqual([]);
  });

  it('says what is wrong with the provider', async () => {
    const away = new OidcVerifier(http, { issuer: 'http://127.0.0.1:9', audience, roleClaim: 'groups', roles });
    await expect(away.verify(await sign(first))).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' });
    const other = verifier({ issuer: `${provider.url}/realm/` });
    await expect(other.verify(await sign(first))).rejects.toMatchObject({ code: 'INVALID_DATA' });
  });
});
