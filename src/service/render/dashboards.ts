import { stringify } from 'yaml';
import type { DashboardSpec } from './dashboard-parts.ts';
import { DASHBOARDS, type DashboardName } from './dashboard-specs.ts';
import { layOut } from './panel.ts';

/** A dashboard as the JSON that Grafana imports. The data source is chosen there. */
export function renderDashboard(name: DashboardName): string {
  return `${JSON.stringify(dashboardJson(DASHBOARDS[name], name), null, 2)}\n`;
}

function dashboardJson({ title, description, variables, panels, range }: DashboardSpec, name: string): object {
  const datasource = { type: 'prometheus', uid: '${datasource}' };
  return {
    uid: `suture-${name}`,
    title: `Suture: ${title}`,
    description,
    tags: ['suture'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '1m',
    time: { from: `now-${range}`, to: 'now' },
    timezone: 'browser',
    annotations: { list: [] },
    links: [
      { type: 'dashboards', tags: ['suture'], title: 'Suture', asDropdown: true, keepTime: true, includeVars: true },
    ],
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', refresh: 1 },
        ...variables.map(({ name: variable, label, metric, all }) => ({
          name: variable,
          label,
          type: 'query',
          datasource,
          query: { query: `label_values(${metric}, ${variable})`, refId: 'variable' },
          refresh: 2,
          sort: 1,
          multi: all,
          includeAll: all,
          ...(all ? { allValue: '.*', current: { text: ['All'], value: ['$__all'] } } : {}),
        })),
      ],
    },
    panels: layOut(panels),
  };
}

/** A ConfigMap for each dashboard, which Grafana's sidecar finds by the label. */
export function renderDashboardConfigMaps(names: readonly DashboardName[], namespace: string | undefined): string {
  const documents = names.map((name) =>
    stringify(
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: `suture-dashboard-${name}`,
          ...(namespace === undefined ? {} : { namespace }),
          labels: {
            grafana_dashboard: '1',
            'app.kubernetes.io/name': 'suture',
            'app.kubernetes.io/component': 'monitoring',
          },
        },
        data: { [`suture-${name}.json`]: renderDashboard(name) },
      },
      { lineWidth: 0 },
    ),
  );
  return documents.join('---\n');
}
