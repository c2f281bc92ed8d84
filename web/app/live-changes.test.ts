import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import type { RunList, RunSummary } from '../../src/service/api/contract/runs.ts';
import { applyEvent, staleAfter } from './live-changes.ts';

const counts = { patched: 0, clean: 0, partial: 0, pending: 0, refused: 0, failed: 0, unchanged: 0 };
const at = '2026-11-20T16:00:00.000Z';
const run: RunSummary = {
  id: 'r',
  status: 'queued',
  trigger: 'manual',
  requestedAt: at,
  shard: '1/1',
  finished: 0,
  counts,
};

it('puts progress in place without reading anything again', () => {
  const queries = new QueryClient();
  queries.setQueryData(['run', '/runs/r', {}], run);
  queries.setQueryData(['run', '/runs/r/images', {}], { items: [] });
  queries.setQueryData(['runs', '/runs', { limit: 50 }], { items: [run, { ...run, id: 'other' }] });
  const event = {
    kind: 'run-progress',
    run: 'r',
    finished: 3,
    images: 9,
    counts: { ...counts, patched: 3 },
    at,
  } as const;
  applyEvent(queries, event);
  expect(staleAfter(event)).toEqual([]);
  expect(queries.getQueryData(['run', '/runs/r', {}])).toMatchObject({ status: 'running', finished: 3, images: 9 });
  expect(queries.getQueryData(['run', '/runs/r/images', {}])).toEqual({ items: [] });
  const list = queries.getQueryData<RunList>(['runs', '/runs', { limit: 50 }]);
  expect(list?.items.map(({ finished }) => finished)).toEqual([3, 0]);
});

it('reads again what an event may have moved', () => {
  expect(staleAfter({ kind: 'waiver-changed', waiver: 'w', change: 'added', at })).toContain('waivers');
  expect(staleAfter({ kind: 'run-finished', run: 'r', status: 'done', counts, at })).toContain('images');
  expect(
    staleAfter({ kind: 'image-finished', run: 'r', reference: 'a', outcome: 'clean', unchanged: true, at }),
  ).toEqual([]);
});
