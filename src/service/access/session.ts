import { randomBytes } from 'node:crypto';
import type { Actor } from '../../fleet/store/ledger.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { isRole, type Principal, type Role } from './role.ts';
import { hashOf, tokenById } from './token.ts';

/** A dashboard is logged in for at most this long. */
export const SESSION_MS = 12 * 3_600_000;

const VALUE = /^[A-Za-z0-9_-]{43}$/;

export interface SessionOwner {
  readonly subject: string;
  readonly role: Role;
  /** Whose end is the session's too. */
  readonly tokenId?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

export interface OpenedSession {
  /** Of the cookie: 256 random bits, which cannot be forged and of which the store has the hash only. */
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Opens a session, which ends with the token or ID token it was opened with, or after twelve hours. */
export async function openSession(
  store: FleetStore,
  { subject, role, tokenId, expiresAt }: SessionOwner,
  actor: Actor,
): Promise<OpenedSession> {
  const value = randomBytes(32).toString('base64url');
  const now = store.clock.now();
  const end = Math.min(now + SESSION_MS, expiresAt ?? Number.POSITIVE_INFINITY);
  const row = {
    hash: hashOf(value),
    token_id: tokenId ?? null,
    subject,
    role,
    created_at: store.now(),
    expires_at: new Date(end).toISOString(),
  };
  await store.record({ kind: 'session-opened', subject, data: { role }, actor }, async (transaction) => {
    await transaction.deleteFrom('sessions').where('expires_at', '<=', store.now()).execute();
    await transaction.insertInto('sessions').values(row).execute();
  });
  return { value, expiresAt: end };
}

/** Who a session's cookie stands for; what its token may now, not what it could when the session began. */
export async function findSession(store: FleetStore, value: string): Promise<Principal | undefined> {
  if (!VALUE.test(value)) return undefined;
  const row = await store.database
    .selectFrom('sessions')
    .selectAll()
    .where('hash', '=', hashOf(value))
    .executeTakeFirst();
  if (row === undefined || Date.parse(row.expires_at) <= store.clock.now()) return undefined;
  const session = { name: row.subject, means: 'cookie' as const, expiresAt: Date.parse(row.expires_at) };
  if (row.token_id === null) return isRole(row.role) ? { ...session, role: row.role } : undefined;
  const token = await tokenById(store, row.token_id);
  return token && { ...session, role: token.role };
}

/** Ends a session; one that does not exist has ended. */
export async function closeSession(store: FleetStore, value: string, actor: Actor): Promise<void> {
  await store.record({ kind: 'session-closed', subject: actor.name, data: {}, actor }, async (transaction) => {
    await transaction.deleteFrom('sessions').where('hash', '=', hashOf(value)).execute();
  });
}
