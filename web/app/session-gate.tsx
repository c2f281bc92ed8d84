import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react';
import type { Session } from '../../src/service/api/contract/session.ts';
import { ApiClient } from '../api/client.ts';
import { ApiFailure } from '../api/failure.ts';
import { SessionContext } from '../api/session-context.ts';
import { FailureNotice } from '../parts/failure-notice.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { SignInPage } from './sign-in-page.tsx';

type State =
  | { readonly kind: 'checking' }
  | { readonly kind: 'signed-out'; readonly expired: boolean }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'signed-in'; readonly session: Session };

/** Lets nobody through whom the service does not know; it is asked before anybody is asked for a token. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [state, setState] = useState<State>({ kind: 'checking' });
  const leave = useCallback(
    (expired: boolean) => {
      queries.clear();
      setState({ kind: 'signed-out', expired });
    },
    [queries],
  );
  const client = useMemo(() => new ApiClient(() => leave(true)), [leave]);
  const checking = state.kind === 'checking';
  useEffect(() => {
    if (!checking) return;
    new ApiClient().json<Session>({ path: '/session' }).then(
      (session) => setState({ kind: 'signed-in', session }),
      (error: Error) =>
        setState(
          error instanceof ApiFailure && error.status === 401
            ? { kind: 'signed-out', expired: false }
            : { kind: 'failed', error },
        ),
    );
  }, [checking]);
  const session = state.kind === 'signed-in' ? state.session : undefined;
  const signedIn = useMemo(
    () =>
      session && {
        client,
        session,
        // Signed out even if the service cannot be told: the page forgets what it knew.
        signOut: () => void client.json({ method: 'DELETE', path: '/session' }).finally(() => leave(false)),
      },
    [session, client, leave],
  );
  if (signedIn !== undefined) return <SessionContext value={signedIn}>{children}</SessionContext>;
  if (state.kind === 'checking') return <Skeleton lines={4} />;
  if (state.kind === 'failed')
    return (
      <main>
        <FailureNotice error={state.error} onRetry={() => setState({ kind: 'checking' })} />
      </main>
    );
  return (
    <SignInPage
      expired={state.kind === 'signed-out' && state.expired}
      onSignIn={(opened) => setState({ kind: 'signed-in', session: opened })}
    />
  );
}
