import { Counter, Gauge, type Histogram, Registry } from 'prom-client';
import { REMEDIATION_BUCKETS } from '../../fleet/store/remediation.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { METRICS, type MetricName } from './definitions.ts';
import type { Sample } from './sample.ts';

/** A registry with these samples; metrics without one are left out, so that nothing looks like a zero. */
export function registryOf(samples: readonly Sample[]): Registry {
  const registry = new Registry();
  const gauges = new Map<MetricName, Gauge>();
  for (const { name, labels, value } of samples) {
    const gauge = gauges.get(name) ?? makeGauge(name, registry);
    gauges.set(name, gauge);
    gauge.set({ ...labels }, value);
  }
  return registry;
}

function makeGauge(name: MetricName, registry: Registry, read?: () => number): Gauge {
  const { help, labels } = METRICS[name];
  const collect = read === undefined ? {} : { collect: () => gauge.set(read()) };
  const gauge: Gauge = new Gauge({ name, help, labelNames: [...labels], registers: [registry], ...collect });
  return gauge;
}

/** @param read the count as something else keeps it; asked whenever metrics are */
export function makeCounter(name: MetricName, registry: Registry, read?: () => number): Counter {
  const { help, labels } = METRICS[name];
  const collect =
    read === undefined
      ? {}
      : {
          collect: () => {
            counter.reset();
            counter.inc(read());
          },
        };
  const counter: Counter = new Counter({ name, help, labelNames: [...labels], registers: [registry], ...collect });
  return counter;
}

/** What the process says of itself. */
export function addProcess(registry: Registry): void {
  makeCounter('process_cpu_seconds_total', registry, () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  makeGauge('process_resident_memory_bytes', registry, () => process.memoryUsage.rss());
  const start = Date.now() / 1000 - process.uptime();
  makeGauge('process_start_time_seconds', registry, () => start);
}

interface HistogramValue {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** The histogram that the store counts: every replica and every run says the same. */
export async function addRemediationTimes(registry: Registry, store: FleetStore): Promise<void> {
  const rows = await store.database.selectFrom('remediation_times').selectAll().orderBy('stage').execute();
  if (rows.length === 0) return;
  const name = 'patch_time_to_remediate_seconds';
  const values: HistogramValue[] = [];
  for (const stage of new Set(rows.map((row) => row.stage))) {
    const own = rows.filter((row) => row.stage === stage);
    let count = 0;
    for (const bound of REMEDIATION_BUCKETS) {
      count += Number(own.find(({ bucket }) => bucket === bound)?.findings ?? 0);
      values.push({ metricName: `${name}_bucket`, labels: { stage, le: bound }, value: count });
    }
    count += Number(own.find(({ bucket }) => bucket === 0)?.findings ?? 0);
    const sum = own.reduce((total, row) => total + Number(row.seconds), 0);
    values.push(
      { metricName: `${name}_bucket`, labels: { stage, le: '+Inf' }, value: count },
      { metricName: `${name}_sum`, labels: { stage }, value: sum },
      { metricName: `${name}_count`, labels: { stage }, value: count },
    );
  }
  const { help } = METRICS[name];
  const metric = {
    name,
    help,
    type: 'histogram',
    get: () => Promise.resolve({ name, help, type: 'histogram', values }),
  };
  // The library's own histogram counts one observation at a time; all that a registry asks of a metric is this.
  registry.registerMetric(metric as unknown as Histogram);
}
