import type { TokenRow } from '../../../fleet/store/service-tables.ts';
import { createToken, listTokens, revokeToken, tokenState } from '../../access/token.ts';
import type { Handlers } from '../context.ts';
import type { Token } from '../contract/tokens.ts';
import { describeSession } from '../session.ts';

export const ACCESS_HANDLERS: Pick<Handlers, 'session' | 'tokens' | 'createToken' | 'revokeToken'> = {
  session: ({ principal, context }) => describeSession(principal, context.version),
  tokens: async ({ context: { store } }) => {
    const rows = await listTokens(store);
    return { items: rows.map((row) => describe(row, store.clock.now())), total: rows.length };
  },
  createToken: async ({ context: { store }, body: { name, role, expiresAt }, actor }) => {
    const end = expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) };
    const { token, row } = await createToken(store, { name, role, ...end }, actor);
    return { ...describe(row, store.clock.now()), token };
  },
  revokeToken: async ({ context: { store }, parameters: { id }, actor }) => {
    await revokeToken(store, id, actor);
    return undefined;
  },
};

function describe(row: TokenRow, now: number): Token {
  return {
    id: row.id,
    name: row.name,
    // Written by `createToken`.
    role: row.role as Token['role'],
    state: tokenState(row, now),
    createdAt: row.created_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
  };
}
