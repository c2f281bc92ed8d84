import { SutureError } from '../../core/errors/error.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { isLoopbackName } from '../api/guard.ts';
import { hasActiveToken } from './token.ts';

export interface AccessSetup {
  /** --insecure-no-auth */
  readonly open: boolean;
  readonly hasOidc: boolean;
  readonly hosts: readonly string[];
}

/** A service that nobody can log in to, or that everybody can, does not start. @throws SutureError ACCESS_UNGUARDED */
export async function checkAccess(store: FleetStore, { open, hasOidc, hosts }: AccessSetup): Promise<void> {
  const outside = hosts.find((host) => !isLoopbackName(host));
  if (open && outside !== undefined)
    throw new SutureError('ACCESS_UNGUARDED', `--insecure-no-auth does not go with the address ${outside}`, {
      fix: 'Listen on 127.0.0.1, or make a token with `suture token create --name NAME --role admin` and leave the option out.',
    });
  if (!open && !hasOidc && !(await hasActiveToken(store)))
    throw new SutureError('ACCESS_UNGUARDED', 'there is no token that holds, and OIDC is not configured');
}
