import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { isInstalled } from '../../../test/servers/programs.ts';
import { METRICS } from '../metrics/definitions.ts';
import { DASHBOARDS, type DashboardName } from './dashboard-specs.ts';
import { renderDashboard, renderDashboardConfigMaps } from './dashboards.ts';
import { metricsOf } from './promql.ts';

const NAMES = Object.keys(DASHBOARDS) as DashboardName[];

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
}

const read = (name: DashboardName) => JSON.parse(renderDashboard(name)) as Dashboard;
const expressions = NAMES.flatMap((name) =>
  read(name).panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ name, title, expr }))),
);

describe('dashboards', () => {
  it('are for the fleet, an image, teams, service levels, knowledge, waivers and runs', () => {
    expect(NAMES).toEqual(['fleet', 'image', 'teams', 'sla', 'knowledge', 'waivers', 'runs']);
    expect(new Set(NAMES.map((name) => read(name).uid)).size).toBe(NAMES.length);
  });

  it('use only metrics that are exported, with the labels that these have', () => {
    for (const { name, title, expr } of expressions) {
      const { known, unknown } = metricsOf(expr);
      expect({ name, title, unknown }).toEqual({ name, title, unknown: [] });
      expect(known.length).toBeGreaterThan(0);
      const allowed = new Set(['le', ...known.flatMap((metric): readonly string[] => METRICS[metric].labels)]);
      for (const [, label] of expr.matchAll(/[{,]\s*([a-z_]+)\s*(?:=~|!=|!~|=)/g))
        expect([...allowed]).toContain(label);
    }
  });

  it('ask for no variable that they do not have', () => {
    for (const name of NAMES) {
      const { templating, panels } = read(name);
      const variables = ['__range', '__rate_interval', ...templating.list.map((variable) => variable.name)];
      const used = JSON.stringify(panels).matchAll(/\$\{?([a-z_]+)/g);
      for (const [, variable] of used) expect(variables).toContain(variable);
      for (const { query } of templating.list.slice(1)) expect(metricsOf(JSON.stringify(query)).unknown).toEqual([]);
    }
  });

  it('have panels that do not overlap', () => {
    for (const name of NAMES) {
      const taken = new Set<string>();
      for (const { gridPos } of read(name).panels) {
        expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            expect(taken.has(`${x},${y}`)).toBe(false);
            taken.add(`${x},${y}`);
          }
      }
    }
  });

  it.skipIf(!isInstalled('promtool'))('ask what Prometheus understands (Debian package prometheus)', () => {
    const directory = mkdtempSync(join(tmpdir(), 'suture-dashboards-'));
    const rules = expressions.map(({ expr }, at) => ({
      record: `expression:${at}`,
      expr: expr
        .replaceAll('$__range', '1h')
        .replaceAll('$__rate_interval', '5m')
        .replaceAll(/\$(?:team|image)/g, 'x'),
    }));
    writeFileSync(join(directory, 'rules.yaml'), stringify({ groups: [{ name: 'dashboards', rules }] }));
    const { status, stderr } = spawnSync('promtool', ['check', 'rules', join(directory, 'rules.yaml')], {
      encoding: 'utf8',
    });
    rmSync(directory, { recursive: true, force: true });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('come as ConfigMaps for the sidecar too', () => {
    const documents = parseAllDocuments(renderDashboardConfigMaps(NAMES, 'monitoring')) as { toJS(): unknown }[];
    expect(documents).toHaveLength(NAMES.length);
    const first = documents[0]?.toJS() as { metadata: unknown; data: Record<string, string> };
    expect(first.metadata).toMatchObject({ namespace: 'monitoring', labels: { grafana_dashboard: '1' } });
    expect(first.data['suture-fleet.json']).toBe(renderDashboard('fleet'));
  });
});
