import { SutureError } from '../../core/errors/error.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import type { OidcVerifier } from './oidc.ts';
import type { Principal } from './role.ts';
import { findSession } from './session.ts';
import { findToken, looksLikeToken } from './token.ts';

export interface Credentials {
  /** After `Bearer `. */
  readonly bearer?: string;
  readonly cookie?: string;
}

export interface AccessOptions {
  /** Whoever asks is an admin; on loopback only. */
  readonly open: boolean;
  readonly oidc?: OidcVerifier;
}

/**
 * Who asks. A bearer token comes before a cookie, as it was sent on purpose.
 * @returns undefined when nothing was sent
 * @throws SutureError UNAUTHENTICATED when what was sent does not hold; FORBIDDEN
 */
export async function authenticate(
  store: FleetStore,
  { open, oidc }: AccessOptions,
  { bearer, cookie }: Credentials,
): Promise<Principal | undefined> {
  if (bearer !== undefined) return authenticateBearer(store, oidc, bearer);
  const session = cookie === undefined ? undefined : await findSession(store, cookie);
  if (session !== undefined) return session;
  if (open) return { name: 'anyone', role: 'admin', means: 'none' };
  if (cookie === undefined) return undefined;
  throw new SutureError('UNAUTHENTICATED', 'the session has ended');
}

/** @throws SutureError UNAUTHENTICATED, FORBIDDEN */
export async function authenticateBearer(
  store: FleetStore,
  oidc: OidcVerifier | undefined,
  bearer: string,
): Promise<Principal & { readonly tokenId?: string }> {
  if (!looksLikeToken(bearer) && oidc !== undefined) return oidc.verify(bearer);
  const token = await findToken(store, bearer);
  if (token === undefined)
    throw new SutureError('UNAUTHENTICATED', 'the token is not known, has expired or was revoked');
  return {
    name: `token ${token.id} (${token.name})`,
    role: token.role,
    means: 'token',
    tokenId: token.id,
    ...(token.expires_at === null ? {} : { expiresAt: Date.parse(token.expires_at) }),
  };
}
