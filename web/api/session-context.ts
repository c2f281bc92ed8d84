import { createContext, useContext } from 'react';
import type { Role, Session } from '../../src/service/api/contract/session.ts';
import type { ApiClient } from './client.ts';

export interface SignedIn {
  readonly client: ApiClient;
  readonly session: Session;
  readonly signOut: () => void;
}

export const SessionContext = createContext<SignedIn | undefined>(undefined);

/** Who is signed in; pages are only drawn when somebody is. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SessionContext);
  if (signedIn === undefined) throw new Error('no session around this component');
  return signedIn;
}

const RANK: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, admin: 2 };

/** Whether the user may what needs this role: controls that the service would refuse are not drawn. */
export function useMay(role: Role): boolean {
  return RANK[useSignedIn().session.role] >= RANK[role];
}
