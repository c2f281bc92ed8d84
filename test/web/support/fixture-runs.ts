import type { RunImage, RunLogLine, RunSummary } from '../../../src/service/api/contract/runs.ts';
import { ago, DAY, type FixtureFleet, HOUR, imageSummaryOf, NOW } from './fixture-fleet.ts';
import { countsOf, summaries } from './fixture-views.ts';

/** The runs of the last days: one scheduled each night, one asked for. */
export function addPastRuns(fleet: FixtureFleet): void {
  const counts = countsOf(summaries(fleet));
  const finished = Object.values(counts).reduce((sum, count) => sum + count, 0);
  for (let night = 0; night < 6; night++) {
    const asked = night === 2;
    const status = night === 4 ? 'interrupted' : 'done';
    fleet.runs.push({
      id: `run-${100 - night}`,
      status,
      trigger: asked ? 'manual' : 'schedule',
      ...(asked ? { requestedBy: 'jo' } : {}),
      requestedAt: ago(5 * HOUR + night * DAY),
      startedAt: ago(5 * HOUR + night * DAY),
      endedAt: ago(5 * HOUR + night * DAY - 14 * 60_000),
      durationSeconds: 14 * 60 + night * 17,
      shard: '1/1',
      toolVersion: '0.1.0',
      images: status === 'done' ? finished : finished + 9,
      finished,
      counts: { ...counts, unchanged: night === 0 ? 0 : finished - 8 },
    });
  }
  const [last] = fleet.runs;
  if (last !== undefined) fleet.logs.set(last.id, pastLog(fleet));
}

function pastLog(fleet: FixtureFleet): RunLogLine[] {
  return fleet.references.slice(0, 40).flatMap((reference, index): RunLogLine[] => {
    const line = (offset: number, level: RunLogLine['level'], message: string): RunLogLine => ({
      sequence: index * 3 + offset,
      time: ago(5 * HOUR - index * 4000 - offset * 900),
      level,
      reference,
      message,
    });
    const { outcome } = imageSummaryOf(fleet, index);
    return [
      line(0, 'info', 'scanned: 118 packages'),
      ...(outcome === 'partial'
        ? [line(1, 'warning', 'openssh-client stays as it is: its postinst calls update-alternatives')]
        : []),
      outcome === 'failed'
        ? line(2, 'error', 'registry.example.org answered 503 three times')
        : line(2, 'info', `published ${reference}-patched-20261120110000`),
    ];
  });
}

export function runImagesOf(fleet: FixtureFleet, run: RunSummary): RunImage[] {
  return fleet.references.slice(0, run.finished).flatMap((reference, index) => {
    const { outcome, team, publishedReference } = imageSummaryOf(fleet, index);
    if (outcome === undefined) return [];
    return {
      reference,
      ...(team === undefined ? {} : { team }),
      outcome,
      ...(publishedReference === undefined ? {} : { publishedReference }),
      changed: outcome === 'patched' ? 4 : 0,
      fixed: outcome === 'patched' ? 6 : 0,
      pending: outcome === 'partial' ? 1 : 0,
      finishedAt: run.endedAt ?? new Date(NOW).toISOString(),
      ...(outcome === 'failed'
        ? {
            error: {
              code: 'REGISTRY_UNAVAILABLE',
              message: 'registry.example.org answered 503 three times',
              retryable: true,
            },
          }
        : {}),
    };
  });
}
