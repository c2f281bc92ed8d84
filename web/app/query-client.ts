import { QueryClient } from '@tanstack/react-query';
import { isTransient } from '../api/client.ts';

const STALE_MS = 30_000;

/** Answers are fresh for half a minute, or until an event says otherwise. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: STALE_MS,
        retry: (count, error) => count < 2 && isTransient(error),
        retryDelay: (attempt) => 600 * 2 ** attempt,
      },
    },
  });
}
