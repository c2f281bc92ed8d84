import { createHash, randomBytes } from 'node:crypto';
import { SutureError } from '../../core/errors/error.ts';
import type { Actor } from '../../fleet/store/ledger.ts';
import type { TokenRow } from '../../fleet/store/service-tables.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { isRole, type Role } from './role.ts';

export interface NewToken {
  readonly name: string;
  readonly role: Role;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** Recognised by secret scanners, and by people who find one where it does not belong. */
const PREFIX = 'suture_';
const TOKEN = /^suture_[A-Za-z0-9_-]{43}$/;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,63}$/u;

/**
 * Makes a token. It is returned this once; the store has its hash only. It has 256 random bits, so a plain SHA-256 cannot be
 * turned back: slow hashes are for what people choose.
 * @throws SutureError USAGE
 */
export async function createToken(
  store: FleetStore,
  { name, role, expiresAt }: NewToken,
  actor?: Actor,
): Promise<{ readonly token: string; readonly row: TokenRow }> {
  if (!NAME.test(name))
    throw new SutureError('USAGE', `"${name}" is no name for a token`, {
      fix: 'Give up to 64 letters, digits, blanks and . _ @ -, beginning with a letter or digit.',
    });
  if (expiresAt !== undefined && !(expiresAt > store.clock.now()))
    throw new SutureError('USAGE', 'a token must expire in the future');
  const token = `${PREFIX}${randomBytes(32).toString('base64url')}`;
  const row: TokenRow = {
    id: `t-${randomBytes(5).toString('hex')}`,
    name,
    role,
    hash: hashOf(token),
    created_at: store.now(),
    expires_at: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    revoked_at: null,
  };
  const data = { name, role, expiresAt: row.expires_at };
  await store.record(
    { kind: 'token-created', subject: row.id, data, ...(actor && { actor }) },
    async (transaction) => void (await transaction.insertInto('tokens').values(row).execute()),
  );
  return { token, row };
}

/** Ends a token, and the sessions that were opened with it. @throws SutureError TOKEN_UNKNOWN */
export async function revokeToken(store: FleetStore, id: string, actor?: Actor): Promise<void> {
  const found = (await listTokens(store)).find((row) => row.id === id && row.revoked_at === null);
  if (found === undefined) throw new SutureError('TOKEN_UNKNOWN', `there is no token ${id}`);
  await store.record(
    { kind: 'token-revoked', subject: id, data: { name: found.name }, ...(actor && { actor }) },
    async (transaction) => {
      await transaction.updateTable('tokens').set({ revoked_at: store.now() }).where('id', '=', id).execute();
      await transaction.deleteFrom('sessions').where('token_id', '=', id).execute();
    },
  );
}

/** All tokens that ever were, oldest first. */
export function listTokens(store: FleetStore): Promise<readonly TokenRow[]> {
  return store.database.selectFrom('tokens').selectAll().orderBy('created_at').orderBy('id').execute();
}

export type TokenState = 'active' | 'expired' | 'revoked';

export function tokenState(row: Pick<TokenRow, 'expires_at' | 'revoked_at'>, now: number): TokenState {
  if (row.revoked_at !== null) return 'revoked';
  return row.expires_at !== null && Date.parse(row.expires_at) <= now ? 'expired' : 'active';
}

/** Whether anybody can come in by a token now. */
export async function hasActiveToken(store: FleetStore): Promise<boolean> {
  const now = store.clock.now();
  return (await listTokens(store)).some((row) => tokenState(row, now) === 'active');
}

/** The token that a secret is, when it holds. The look-up is by hash, so its duration says nothing about the secret. */
export async function findToken(store: FleetStore, secret: string): Promise<(TokenRow & { role: Role }) | undefined> {
  if (!TOKEN.test(secret)) return undefined;
  const row = await store.database
    .selectFrom('tokens')
    .selectAll()
    .where('hash', '=', hashOf(secret))
    .executeTakeFirst();
  return valid(store, row);
}

/** The token of an id, when it holds. */
export async function tokenById(store: FleetStore, id: string): Promise<(TokenRow & { role: Role }) | undefined> {
  return valid(store, await store.database.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst());
}

function valid(store: FleetStore, row: TokenRow | undefined): (TokenRow & { role: Role }) | undefined {
  if (row === undefined || tokenState(row, store.clock.now()) !== 'active') return undefined;
  const { role } = row;
  return isRole(role) ? { ...row, role } : undefined;
}

/** Whether a bearer token is one of ours, or by its form something else. */
export function looksLikeToken(secret: string): boolean {
  return secret.startsWith(PREFIX);
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
