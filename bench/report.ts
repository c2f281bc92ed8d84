import type { Machine } from './machine.ts';
import { median, type Sample } from './measure.ts';
import type { Pulls } from './pulls.ts';
import type { Outcome, Route } from './routes.ts';

export interface Row {
  readonly route: Pick<Route, 'name' | 'includes' | 'group'>;
  readonly samples: readonly Omit<Sample, 'output'>[];
  readonly outcome: Outcome;
}

export interface Results {
  readonly machine: Machine;
  readonly rounds: number;
  /** Load average of a minute before and after: above the number of cores the machine was busy with something else. */
  readonly load: readonly [before: number, after: number];
  readonly rows: readonly Row[];
  readonly pulls: Pulls;
}

/** Figures of a row: seconds (median, smallest), CPU seconds, MB. */
export function figures({ samples }: Row) {
  const of = (pick: (sample: Omit<Sample, 'output'>) => number) => samples.map(pick);
  return {
    wall: median(of(({ wall }) => wall)),
    smallest: Math.min(...of(({ wall }) => wall)),
    cpu: median(of(({ cpu }) => cpu)),
    rss: Math.max(...of(({ rss }) => rss)),
  };
}

/** A Markdown table; ratios are those of the median wall times to the first row. */
export function formatTable({ rows }: Results): string {
  const first = rows[0];
  const reference = first === undefined ? 1 : figures(first).wall;
  const lines = rows.map((row) => {
    const { wall, smallest, cpu, rss } = figures(row);
    const { upgraded, pending, layerBytes } = row.outcome;
    const ratio = row.route.group === 'patch' ? `${(reference / wall).toFixed(1)}×` : '';
    const packages = upgraded === undefined ? '' : `${upgraded}${pending ? ` (${pending} pending)` : ''}`;
    const layer = layerBytes === undefined ? '' : `${(layerBytes / 1e6).toFixed(1)} MB`;
    return `| ${row.route.name} | ${wall.toFixed(2)} s | ${smallest.toFixed(2)} s | ${ratio} | ${cpu.toFixed(1)} s | ${rss.toFixed(0)} MB | ${packages} | ${layer} |`;
  });
  return [
    '| route | median | smallest | speed | CPU | largest process | packages | new layer |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    ...lines,
  ].join('\n');
}
