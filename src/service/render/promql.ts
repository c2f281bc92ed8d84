import { METRICS, type MetricName } from '../metrics/definitions.ts';

const SUFFIX = /_(?:bucket|sum|count)$/;
/** Names of functions, labels and keywords have none of these beginnings. */
const NAME = /\b(?:patch|trivy|process|suture)_[a-z_]+\b/g;

/**
 * A metric of the fleet once, however many replicas and files say the same; sums over it are then right.
 * @param selector within the braces
 */
export function once(name: MetricName, selector = ''): string {
  const labels: readonly string[] = METRICS[name].labels;
  const by = labels.length === 0 ? '' : ` by (${labels.join(', ')}) `;
  return `max${by}(${name}${selector === '' ? '' : `{${selector}}`})`;
}

/** The metrics that an expression names: those that are exported, and those that are not. */
export function metricsOf(expression: string): {
  readonly known: readonly MetricName[];
  readonly unknown: readonly string[];
} {
  const known = new Set<MetricName>();
  const unknown = new Set<string>();
  for (const [name] of expression.replace(/"(?:[^"\\]|\\.)*"/g, '""').matchAll(NAME)) {
    const found = [name, name.replace(SUFFIX, '')].find((candidate) => isMetric(candidate));
    if (found !== undefined && isMetric(found)) known.add(found);
    else unknown.add(name);
  }
  return { known: [...known], unknown: [...unknown] };
}

function isMetric(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}
