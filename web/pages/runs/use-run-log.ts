import { useCallback, useEffect, useRef, useState } from 'react';
import type { RunLog, RunLogLine } from '../../../src/service/api/contract/runs.ts';
import { useSignedIn } from '../../api/session-context.ts';
import { useLive } from '../../app/live.tsx';
import { mergeLines } from './log-lines.ts';

const PAGE = 500;

export interface FollowedLog {
  readonly lines: readonly RunLogLine[];
  readonly loading: boolean;
  readonly error: Error | undefined;
  readonly retry: () => void;
}

/** All lines of a run so far, and those to come. Every connection of the event stream reads on from where the last reading ended. */
export function useRunLog(id: string): FollowedLog {
  const { client } = useSignedIn();
  const { listen, connections } = useLive();
  const [lines, setLines] = useState<readonly RunLogLine[]>([]);
  const [loading, setLoading] = useState(true);
  const [error, setError] = useState<Error>();
  const [attempt, setAttempt] = useState(0);
  const cursor = useRef<string>(undefined);
  const add = useCallback((more: readonly RunLogLine[]) => setLines((known) => mergeLines(known, more)), []);
  useEffect(
    () =>
      listen((event) => {
        if (event.kind === 'run-log' && event.run === id) add(event.lines);
      }),
    [listen, id, add],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new connection or attempt reads on, whatever its number
  useEffect(() => {
    const abort = new AbortController();
    const read = async () => {
      for (;;) {
        const page = await client.json<RunLog>({
          path: `/runs/${encodeURIComponent(id)}/log`,
          query: { cursor: cursor.current, limit: PAGE },
          signal: abort.signal,
        });
        add(page.items);
        if (page.next === undefined || page.next === cursor.current || page.items.length === 0) return;
        cursor.current = page.next;
      }
    };
    setError(undefined);
    read()
      .catch((cause: Error) => abort.signal.aborted || setError(cause))
      .finally(() => abort.signal.aborted || setLoading(false));
    return () => abort.abort();
  }, [client, id, add, connections, attempt]);
  return { lines, loading, error, retry: () => setAttempt((count) => count + 1) };
}
