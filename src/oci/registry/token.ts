import { z } from 'zod';
import { SutureError } from '../../core/errors/error.ts';
import { collect } from '../../core/streams.ts';
import { redactUrl } from '../../net/redact.ts';
import type { HttpClient, HttpResponse } from '../../net/types.ts';
import type { Credential } from './credentials/types.ts';
import { registryError } from './registry-error.ts';

const answer = z.looseObject({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().nonnegative().optional().catch(undefined),
});

export interface AccessToken {
  readonly value: string;
  /** Milliseconds it is good for from now; the token specification's default is 60 s. */
  readonly lifetime: number;
}

export interface TokenRequest {
  /** Where the challenge came from: `https://registry.example.org`. */
  readonly origin: string;
  readonly realm: string;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
}

const LARGEST_ANSWER = 1024 * 1024;

/**
 * Gets an access token from the realm of a Bearer challenge (distribution "Token Authentication Specification"): GET with
 * Basic, or the OAuth2 POST for identity tokens. The realm may be another host, as with Docker Hub, but never a plain-HTTP
 * one for an https registry, and what is posted is not sent on to where a realm redirects.
 * @throws SutureError REGISTRY_UNAUTHORIZED, REGISTRY_ERROR, NETWORK_*
 */
export async function requestToken(
  client: HttpClient,
  request: TokenRequest,
  signal?: AbortSignal,
): Promise<AccessToken> {
  const realm = checkRealm(request);
  const common = signal === undefined ? {} : { signal };
  const { credential } = request;
  const response =
    credential?.kind === 'identityToken'
      ? await client.request(realm.href, { ...exchange(request, credential.token), ...common })
      : await client.get(withQuery(realm, request).href, {
          headers: basicHeader(credential),
          limit: LARGEST_ANSWER,
          ...common,
        });
  if (response.status !== 200) throw await refused(response, request);
  return readToken(response);
}

function checkRealm(request: TokenRequest): URL {
  const realm = URL.canParse(request.realm) ? new URL(request.realm) : undefined;
  const allowed = request.origin.startsWith('http:') ? ['http:', 'https:'] : ['https:'];
  if (realm === undefined || !allowed.includes(realm.protocol) || realm.username !== '' || realm.password !== '') {
    throw new SutureError(
      'REGISTRY_ERROR',
      `${request.origin} names a place for tokens that is not safe to send credentials to: ${redactUrl(request.realm)}`,
    );
  }
  return realm;
}

function withQuery(realm: URL, { service, scopes, credential }: TokenRequest): URL {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credential?.kind === 'basic') url.searchParams.set('account', credential.username);
  return url;
}

export function basicHeader(credential: Credential | undefined): Record<string, string> {
  if (credential?.kind !== 'basic') return {};
  const userinfo = Buffer.from(`${credential.username}:${credential.password}`).toString('base64');
  return { authorization: `Basic ${userinfo}` };
}

function exchange(request: TokenRequest, token: string) {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token, client_id: 'suture' });
  if (request.service !== undefined) form.set('service', request.service);
  if (request.scopes.length > 0) form.set('scope', request.scopes.join(' '));
  return {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(form.toString()),
    redirect: 'manual',
    retry: true,
    limit: LARGEST_ANSWER,
  } as const;
}

async function refused(response: HttpResponse, request: TokenRequest): Promise<SutureError> {
  const who = request.credential === undefined ? 'an anonymous token' : 'a token with the stored credentials';
  const error = await registryError(response, `${who} (${request.scopes.join(' ') || 'no scope'})`);
  const unauthorized = response.status === 400 || response.status === 401 || response.status === 403;
  return unauthorized ? new SutureError('REGISTRY_UNAUTHORIZED', error.message) : error;
}

async function readToken(response: HttpResponse): Promise<AccessToken> {
  const bytes = await collect(response.body, LARGEST_ANSWER, response.url);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    json = undefined;
  }
  const parsed = answer.safeParse(json);
  const value = parsed.success ? parsed.data.token || parsed.data.access_token : undefined;
  // A token goes into a header: nothing that could end the line.
  if (!parsed.success || !value || !/^[\x21-\x7e]+$/.test(value)) {
    throw new SutureError('REGISTRY_ERROR', `${response.url} answered without a token`);
  }
  return { value, lifetime: Math.max(parsed.data.expires_in ?? 60, 60) * 1000 };
}
