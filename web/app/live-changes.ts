import type { QueryClient } from '@tanstack/react-query';
import type { StreamEvent } from '../../src/service/api/contract/events.ts';
import type { Run, RunList, RunSummary } from '../../src/service/api/contract/runs.ts';

const RUNS = ['runs', 'run', 'overview', 'events', 'schedule'];
const FINDINGS = ['images', 'image', 'vulnerabilities', 'vulnerability', 'teams', 'team', 'overview', 'search'];

/** Which resources an event makes stale, by the first part of their keys. */
export function staleAfter(event: StreamEvent): readonly string[] {
  switch (event.kind) {
    case 'run-queued':
    case 'run-started':
      return RUNS;
    case 'run-progress':
    case 'run-log':
      return [];
    case 'image-finished':
      return event.unchanged ? [] : ['run', 'images', 'image'];
    case 'run-finished':
      return [...RUNS, ...FINDINGS];
    case 'database-changed':
      return [...FINDINGS, 'database'];
    case 'waiver-changed':
      return [...FINDINGS, 'waivers', 'events'];
    default:
      event satisfies never;
      return [];
  }
}

/** Puts the progress of a run into what is on the page, which needs no request. */
export function applyEvent(queries: QueryClient, event: StreamEvent): void {
  if (event.kind !== 'run-progress') return;
  const { run: id, finished, images, counts } = event;
  const moved = <T extends RunSummary>(run: T): T => ({
    ...run,
    status: run.status === 'queued' ? 'running' : run.status,
    finished,
    images,
    counts,
  });
  queries.setQueriesData<Run>({ queryKey: ['run', `/runs/${encodeURIComponent(id)}`] }, (run) => run && moved(run));
  queries.setQueriesData<RunList>(
    { queryKey: ['runs'] },
    (list) => list && { ...list, items: list.items.map((run) => (run.id === id ? moved(run) : run)) },
  );
}
