import { SutureError } from '../core/errors/error.ts';
import { isRole } from '../service/access/role.ts';
import { createToken, listTokens, revokeToken, tokenState } from '../service/access/token.ts';
import type { Invocation } from './definition.ts';
import { view, withStore, write } from './fleet.ts';
import { duration } from './parse.ts';
import { table } from './render/table.ts';

/** Who the ledger says it was. */
const ACTOR = { name: 'command line' };

/** `suture token create`. */
export function runTokenCreate(invocation: Invocation): Promise<number> {
  const { name, role, expiresIn } = invocation.options;
  if (typeof name !== 'string' || name === '') throw new SutureError('USAGE', 'a token needs --name');
  if (!isRole(role)) throw new SutureError('USAGE', `--role: "${String(role)}" is no role`);
  const lasts = expiresIn === undefined ? undefined : duration('expires-in', expiresIn);
  return withStore(invocation, async (store) => {
    const ends = lasts === undefined ? {} : { expiresAt: store.clock.now() + lasts };
    const { token, row } = await createToken(store, { name, role, ...ends }, ACTOR);
    const { id, expires_at: expiresAt } = row;
    write(invocation, { kind: 'TokenCreated', id, name, role, expiresAt, token }, () => `${token}\n`);
    if (invocation.options['output'] !== 'json' && invocation.options['quiet'] !== true)
      invocation.terminal.stderr.write(
        `${id} (${name}, ${role}) ${expiresAt === null ? 'does not expire' : `expires ${expiresAt}`}; it is shown this once\n`,
      );
    return 0;
  });
}

/** `suture token list`. */
export function runTokenList(invocation: Invocation): Promise<number> {
  return withStore(invocation, async (store) => {
    const now = store.clock.now();
    const rows = (await listTokens(store)).map((row) => ({ row, state: tokenState(row, now) }));
    const shown = rows.filter(({ state }) => state === 'active' || invocation.options['all'] === true);
    const tokens = shown.map(({ row: { id, name, role, created_at: createdAt, expires_at: expiresAt }, state }) => {
      return { id, name, role, state, createdAt, expiresAt };
    });
    write(invocation, { kind: 'TokenList', tokens }, () => {
      const lines = tokens.map(({ id, state, role, name, createdAt, expiresAt }) => [
        id,
        state,
        role,
        name,
        createdAt.slice(0, 16),
        expiresAt?.slice(0, 16) ?? 'never',
      ]);
      const head = ['id', 'state', 'role', 'name', 'made', 'expires'];
      return `${table(head, lines, view(invocation).columns, (text) => text).join('\n')}\n`;
    });
    return 0;
  });
}

/** `suture token revoke`. */
export function runTokenRevoke(invocation: Invocation): Promise<number> {
  const [id = ''] = invocation.args;
  return withStore(invocation, async (store) => {
    await revokeToken(store, id, ACTOR);
    write(invocation, { kind: 'TokenRevoked', id }, () => `${id} does not hold any more\n`);
    return 0;
  });
}
