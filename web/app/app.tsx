import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Toasts } from '../parts/toasts.tsx';
import { makeQueryClient } from './query-client.ts';
import { SessionGate } from './session-gate.tsx';
import { Workspace } from './workspace.tsx';

/** The dashboard: signed out, the sign-in page; signed in, the pages. */
export function App() {
  const [queries] = useState(makeQueryClient);
  return (
    <QueryClientProvider client={queries}>
      <Toasts>
        <SessionGate>
          <Workspace />
        </SessionGate>
      </Toasts>
    </QueryClientProvider>
  );
}
