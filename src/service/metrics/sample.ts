import type { MetricName } from './definitions.ts';

/** One series and its value. */
export interface Sample {
  readonly name: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function sample(name: MetricName, value: number, labels: Readonly<Record<string, string>> = {}): Sample {
  return { name, labels, value };
}

/** ISO 8601 as seconds since the epoch. */
export function seconds(time: string): number {
  return Date.parse(time) / 1000;
}
