/** What a caller may do: a viewer reads, an operator starts runs and waives, an admin manages access as well. Each may all that those before may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export function isRole(text: unknown): text is Role {
  return ROLES.some((role) => role === text);
}

export function allows(held: Role, needed: Role): boolean {
  return ROLES.indexOf(held) >= ROLES.indexOf(needed);
}

/** Who a request comes from. */
export interface Principal {
  /** As the ledger has it: `token t-0123456789 (ci)`. */
  readonly name: string;
  readonly role: Role;
  /** `cookie`: sent by a browser unasked, so a write needs proof that the page meant it. */
  readonly means: 'token' | 'oidc' | 'cookie' | 'none';
  /** Milliseconds since the epoch; undefined for what does not end. */
  readonly expiresAt?: number;
}
