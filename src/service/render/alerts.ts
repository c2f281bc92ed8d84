import { stringify } from 'yaml';
import { type Alert, type AlertThresholds, alerts } from './alert.ts';

export interface AlertsOptions {
  /** A PrometheusRule for the operator, or a file for Prometheus itself. */
  readonly format: 'prometheusrule' | 'rules';
  readonly thresholds: AlertThresholds;
  readonly name: string;
  readonly namespace?: string;
  /** Labels by which the operator selects rules. */
  readonly labels: Readonly<Record<string, string>>;
  /** Beginning of a page about the alerts; the name of an alert is its anchor. */
  readonly runbookUrl?: string;
}

/** The alerts as YAML. */
export function renderAlerts(options: AlertsOptions): string {
  const { format, thresholds, name, namespace, labels, runbookUrl } = options;
  const groups = [{ name: 'suture', rules: alerts(thresholds).map((alert) => ruleOf(alert, runbookUrl)) }];
  const document =
    format === 'rules'
      ? { groups }
      : {
          apiVersion: 'monitoring.coreos.com/v1',
          kind: 'PrometheusRule',
          metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: { ...LABELS, ...labels } },
          spec: { groups },
        };
  return stringify(document, { lineWidth: 0 });
}

const LABELS = { 'app.kubernetes.io/name': 'suture', 'app.kubernetes.io/component': 'monitoring' };

function ruleOf({ name, expression, for: wait, severity, ...texts }: Alert, runbookUrl: string | undefined) {
  const url = runbookUrl === undefined ? {} : { runbook_url: `${runbookUrl}#${name.toLowerCase()}` };
  return {
    alert: name,
    expr: expression,
    ...(wait === '0m' ? {} : { for: wait }),
    labels: { severity, service: 'suture' },
    annotations: { ...texts, ...url },
  };
}
