import { type FormEvent, useEffect, useState } from 'react';
import type { Session } from '../../src/service/api/contract/session.ts';
import { ApiClient } from '../api/client.ts';
import { ApiFailure } from '../api/failure.ts';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import { Brand } from './brand.tsx';
import styles from './sign-in-page.module.css';

interface SignInPageProps {
  /** There was a session, and it has ended. */
  readonly expired: boolean;
  readonly onSignIn: (session: Session) => void;
}

/** Changes a token for a session. */
export function SignInPage({ expired, onSignIn }: SignInPageProps) {
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(expired ? 'Your session has ended. Sign in again.' : undefined);
  useEffect(() => {
    document.title = 'Sign in · Suture';
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = token.trim();
    if (given === '') return setError('Enter a token.');
    setBusy(true);
    new ApiClient()
      .json<Session>({ method: 'POST', path: '/session', body: { token: given } })
      .then(onSignIn, (failure: Error) => {
        setBusy(false);
        const refused = failure instanceof ApiFailure && failure.status === 401;
        setError(refused ? 'The service does not know this token.' : failure.message);
      });
  };
  return (
    <main className={styles['page']}>
      <form className={styles['card']} onSubmit={submit} noValidate>
        <Brand />
        <h1>Sign in</h1>
        <Field
          label="Access token"
          error={error}
          hint={
            <>
              Made by <code>suture token create</code>; it decides what you may do here. It is not kept in the browser.
            </>
          }
        >
          {(control) => (
            <input
              {...control}
              type="password"
              name="token"
              autoComplete="current-password"
              spellCheck={false}
              value={token}
              onChange={(event) => setToken(event.target.value)}
              // biome-ignore lint/a11y/noAutofocus: the only thing to do on this page
              autoFocus
            />
          )}
        </Field>
        <Button type="submit" kind="primary" busy={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </Button>
      </form>
    </main>
  );
}
