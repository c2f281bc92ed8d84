import { z } from 'zod';
import { listOf } from './page.ts';
import { role } from './session.ts';
import { timestamp } from './values.ts';

export const token = z
  .object({
    id: z.string(),
    name: z.string(),
    role,
    state: z.enum(['active', 'expired', 'revoked']),
    createdAt: timestamp,
    expiresAt: timestamp.exactOptional(),
  })
  .meta({ id: 'Token' });
export type Token = z.infer<typeof token>;

/** GET /tokens: all that ever were, oldest first. */
export const tokenList = listOf(token).meta({ id: 'TokenList' });
export type TokenList = z.infer<typeof tokenList>;

/** POST /tokens */
export const newToken = z
  .strictObject({
    name: z.string().trim().min(1).max(64),
    role,
    expiresAt: timestamp.exactOptional(),
  })
  .meta({ id: 'NewToken' });
export type NewToken = z.infer<typeof newToken>;

/** 201: the only time that the token itself is told. */
export const createdToken = token.extend({ token: z.string() }).meta({ id: 'CreatedToken' });
export type CreatedToken = z.infer<typeof createdToken>;

/** DELETE /tokens/{id}: 204. */
export const tokenParameters = z.strictObject({ id: z.string().min(1).max(128) });
export type TokenParameters = z.infer<typeof tokenParameters>;
