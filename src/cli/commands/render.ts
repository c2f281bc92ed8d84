import type { CommandDefinition, OptionDefinition } from '../definition.ts';
import { CONFIG_OPTION } from './fleet-options.ts';

const NAMESPACE: OptionDefinition = {
  flags: '--namespace <name>',
  description: 'of the Kubernetes object',
  noEnvironment: true,
};

const DIRECTORY: OptionDefinition = {
  flags: '--directory <directory>',
  description: 'write each dashboard into a file of its own there',
  noEnvironment: true,
};

function output(choices: readonly string[], description: string): OptionDefinition {
  return {
    flags: '-o, --output <format>',
    description,
    choices,
    default: choices[0] ?? '',
    noEnvironment: true,
  };
}

export const renderAlerts: CommandDefinition = {
  name: 'render alerts',
  summary: 'write alerting rules for Prometheus',
  description:
    'Writes alerts about everything that needs somebody, with thresholds from the configuration (maxDatabaseAge, schedule) and a runbook each. What could be silent because it is not there has an alert for its absence.',
  arguments: [],
  options: [
    CONFIG_OPTION,
    output(['prometheusrule', 'rules'], 'an object for the Prometheus operator, or a rule file for Prometheus'),
    { flags: '--name <name>', description: 'of the object', default: 'suture', noEnvironment: true },
    NAMESPACE,
    {
      flags: '--label <name=value>',
      description: 'by which the operator selects rules',
      repeatable: true,
      noEnvironment: true,
    },
    {
      flags: '--run-interval <duration>',
      description: 'from one run to the next (default: by the schedule of the configuration, else 24h)',
      noEnvironment: true,
    },
    { flags: '--runbook-url <url>', description: 'a page of yours; #name-of-the-alert is added', noEnvironment: true },
  ],
  examples: [
    {
      command: 'suture render alerts --namespace monitoring --label release=stack | kubectl apply -f -',
      comment: 'with the operator',
    },
    { command: 'suture render alerts --output rules > /etc/prometheus/suture.rules.yml', comment: 'without' },
  ],
  async run(invocation) {
    const { runRenderAlerts } = await import('../rendering.ts');
    return runRenderAlerts(invocation);
  },
};

export const renderDashboards: CommandDefinition = {
  name: 'render dashboards',
  summary: 'write dashboards for Grafana',
  description:
    'Dashboards: fleet, image, teams, sla, knowledge, waivers, runs. Each asks for its Prometheus data source when it is imported.',
  arguments: [{ name: 'name', description: 'of one dashboard (default: all)', optional: true }],
  options: [
    output(['grafana', 'configmap'], "Grafana's JSON, or ConfigMaps that Grafana's sidecar finds by their label"),
    DIRECTORY,
    NAMESPACE,
  ],
  examples: [
    { command: 'suture render dashboards --directory dashboards', comment: 'all of them, a file each' },
    { command: 'suture render dashboards fleet > fleet.json', comment: 'one' },
    {
      command: 'suture render dashboards --output configmap --namespace monitoring | kubectl apply -f -',
      comment: 'for the sidecar',
    },
  ],
  async run(invocation) {
    const { runRenderDashboards } = await import('../rendering.ts');
    return runRenderDashboards(invocation);
  },
};
