import { z } from 'zod';

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
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof session>;
