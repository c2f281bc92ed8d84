import { z } from 'zod';
import { timestamp } from './values.ts';

/** Each may do what the ones before it may. viewer: read. operator: run, waive. admin: everything. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export const role = z.enum(ROLES).meta({ id: 'Role' });
export type Role = z.infer<typeof role>;

/** GET /session */
export const session = z
  .object({
    name: z.string().describe('of the token, or the subject of the bearer'),
    role,
    version: z.string().describe('of the program'),
    expiresAt: timestamp.exactOptional(),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof session>;

/** POST /session: 201 and a cookie that scripts cannot read. A token of `suture token create`, or an OIDC bearer. */
export const login = z.strictObject({ token: z.string().min(1).max(16_384) }).meta({ id: 'Login' });
export type Login = z.infer<typeof login>;
