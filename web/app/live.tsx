import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { StreamEvent } from '../../src/service/api/contract/events.ts';
import { followEvents } from '../api/event-stream.ts';
import { applyEvent, staleAfter } from './live-changes.ts';

type Hear = (event: StreamEvent) => void;

interface Live {
  readonly connected: boolean;
  /** Counts connections: what is built from events is read anew when it moves. */
  readonly connections: number;
  readonly listen: (hear: Hear) => () => void;
}

const LiveContext = createContext<Live>({ connected: false, connections: 0, listen: () => () => {} });

/** Milliseconds; a run over a thousand images must not have every list read a thousand times. */
const SETTLE_MS = 1500;

export function useLive(): Live {
  return useContext(LiveContext);
}

/** Follows what happens: puts progress in place at once, and has what became stale read again, some at a time. */
export function LiveUpdates({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [state, setState] = useState({ connected: false, connections: 0 });
  const [listeners] = useState(() => new Set<Hear>());
  useEffect(() => {
    const refresher = new Refresher(queries);
    const leave = followEvents({
      onEvent: (event: StreamEvent) => {
        applyEvent(queries, event);
        refresher.add(staleAfter(event));
        for (const hear of listeners) hear(event);
      },
      onConnected: (connected: boolean) => {
        setState((old) => {
          if (connected && old.connections > 0) void queries.invalidateQueries();
          return { connected, connections: old.connections + (connected ? 1 : 0) };
        });
      },
      onMissed: () => void queries.invalidateQueries(),
    });
    return () => {
      leave();
      refresher.stop();
    };
  }, [queries, listeners]);
  const live = useMemo(
    () => ({
      ...state,
      listen: (hear: Hear) => {
        listeners.add(hear);
        return () => listeners.delete(hear);
      },
    }),
    [state, listeners],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

/** Gathers resources that became stale and has them read again together. */
class Refresher {
  readonly #queries: QueryClient;
  readonly #stale = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(queries: QueryClient) {
    this.#queries = queries;
  }

  add(resources: readonly string[]): void {
    for (const resource of resources) this.#stale.add(resource);
    if (this.#stale.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const stale = new Set(this.#stale);
      this.#stale.clear();
      void this.#queries.invalidateQueries({ predicate: ({ queryKey: [resource] }) => stale.has(String(resource)) });
    }, SETTLE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
