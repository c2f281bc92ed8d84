import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { SutureError } from '../../core/errors/error.ts';
import { collect } from '../../core/streams.ts';
import { requireOk } from '../../net/status.ts';
import type { HttpClient } from '../../net/types.ts';
import { allows, type Principal, type Role } from './role.ts';

export interface OidcOptions {
  /** As the `iss` claim says it. */
  readonly issuer: string;
  readonly audience: string;
  /** File or URL of the key set; found by the issuer's discovery document when absent. */
  readonly jwks?: string;
  /** Claim that roles follow from, with dots between its levels: `groups`, `realm_access.roles`. */
  readonly roleClaim: string;
  /** Role by value of that claim; the highest counts. */
  readonly roles: ReadonlyMap<string, Role>;
}

/** Signatures only: with a shared secret the key set would be the key. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const LIMIT = 1024 * 1024;
const TOLERANCE_SECONDS = 30;
/** A key set is taken anew after this long, and for a key that it does not have, but not more often than the second. */
const KEEP_MS = 10 * 60_000;
const COOL_DOWN_MS = 30_000;

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

/** Checks bearer tokens of an OpenID provider. */
export class OidcVerifier {
  readonly #http: HttpClient;
  readonly #options: OidcOptions;
  readonly #now: () => number;
  #keys: { readonly get: JWTVerifyGetKey; readonly at: number } | undefined;
  #fetching: Promise<JWTVerifyGetKey> | undefined;

  /** @param now milliseconds of a clock that never goes back */
  constructor(http: HttpClient, options: OidcOptions, now: () => number = () => performance.now()) {
    this.#http = http;
    this.#options = options;
    this.#now = now;
  }

  /**
   * Who a bearer token stands for.
   * @throws SutureError UNAUTHENTICATED; FORBIDDEN when nothing in it gives a role; those of the key set's source
   */
  async verify(bearer: string): Promise<Principal> {
    const payload = await this.#payload(bearer);
    const role = this.#role(payload);
    const subject = typeof payload['email'] === 'string' ? payload['email'] : payload.sub;
    if (subject === undefined || subject === '') throw refused('it names nobody');
    if (role === undefined)
      throw new SutureError('FORBIDDEN', `no value of the claim ${this.#options.roleClaim} gives ${subject} a role`);
    const { exp } = payload;
    return {
      name: `oidc ${subject.slice(0, 200)}`,
      role,
      means: 'oidc',
      ...(exp === undefined ? {} : { expiresAt: exp * 1000 }),
    };
  }

  async #payload(bearer: string): Promise<JWTPayload> {
    const { issuer, audience } = this.#options;
    const check = async (get: JWTVerifyGetKey) =>
      (
        await jwtVerify(bearer, get, {
          issuer,
          audience,
          algorithms: ALGORITHMS,
          clockTolerance: TOLERANCE_SECONDS,
          requiredClaims: ['exp', 'sub'],
        })
      ).payload;
    try {
      return await check(await this.#keySet(KEEP_MS));
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey)
        // The provider may have changed its keys since.
        return await check(await this.#keySet(COOL_DOWN_MS)).catch((again: unknown) => {
          throw asRefusal(again);
        });
      throw asRefusal(error);
    }
  }

  /** The key set, at most this old. */
  async #keySet(maxAge: number): Promise<JWTVerifyGetKey> {
    if (this.#keys !== undefined && this.#now() - this.#keys.at < maxAge) return this.#keys.get;
    this.#fetching ??= this.#readKeys().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #readKeys(): Promise<JWTVerifyGetKey> {
    const place = this.#options.jwks ?? (await this.#discover());
    const bytes = /^https?:\/\//.test(place) ? await this.#get(place) : await readLocal(place);
    const keys = parse(keySet, bytes, place);
    const get = createLocalJWKSet(keys as JSONWebKeySet);
    this.#keys = { get, at: this.#now() };
    return get;
  }

  /** OpenID Connect Discovery 1.0, section 4. */
  async #discover(): Promise<string> {
    const { issuer } = this.#options;
    const place = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const found = parse(discovery, await this.#get(place), place);
    if (found.issuer !== issuer)
      throw new SutureError('INVALID_DATA', `${place} is of the issuer ${found.issuer}, not ${issuer}`);
    return found.jwks_uri;
  }

  async #get(url: string): Promise<Uint8Array> {
    const response = await this.#http.get(url, { limit: LIMIT, headers: { accept: 'application/json' } });
    requireOk(response, url);
    return collect(response.body, LIMIT, url);
  }

  #role(payload: JWTPayload): Role | undefined {
    const { roleClaim, roles } = this.#options;
    const value = roleClaim
      .split('.')
      .reduce<unknown>(
        (claims, name) =>
          typeof claims === 'object' && claims !== null && Object.hasOwn(claims, name)
            ? (claims as Record<string, unknown>)[name]
            : undefined,
        payload,
      );
    const values = (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
    return values
      .map((item) => roles.get(item))
      .filter((role) => role !== undefined)
      .reduce<Role | undefined>((best, role) => (best !== undefined && allows(best, role) ? best : role), undefined);
  }
}

async function readLocal(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new SutureError('FILE_UNREADABLE', `cannot read the key set ${path}`, { cause });
  }
}

function parse<T extends z.ZodType>(schema: T, bytes: Uint8Array, what: string): z.output<T> {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new SutureError('INVALID_DATA', `${what} is not what OpenID Connect says`, { cause });
  }
}

/** What jose refuses is the caller's fault; everything else is ours or the provider's. */
function asRefusal(error: unknown): unknown {
  return error instanceof errors.JOSEError ? refused(error.message, error) : error;
}

function refused(why: string, cause?: unknown): SutureError {
  return new SutureError('UNAUTHENTICATED', `the bearer token is not valid: ${why}`, { cause });
}
