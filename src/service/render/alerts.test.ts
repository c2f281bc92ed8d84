import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { isInstalled } from '../../../test/servers/programs.ts';
import { METRICS } from '../metrics/definitions.ts';
import { type Alert, alerts } from './alert.ts';
import { type AlertsOptions, renderAlerts } from './alerts.ts';
import { metricsOf } from './promql.ts';

const HOUR = 3600;
const thresholds = {
  database: { warning: 24 * HOUR * 1000, critical: 48 * HOUR * 1000 },
  runInterval: 24 * HOUR * 1000,
  waiverWarning: 7 * 24 * HOUR * 1000,
};
const options: AlertsOptions = { format: 'rules', thresholds, name: 'suture', labels: {} };

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'suture-alerts-'));
  writeFileSync(join(directory, 'rules.yaml'), renderAlerts(options));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What is as it should be at minute 0 of Prometheus' time, and stays so for three days. */
const GOOD: Readonly<Record<string, string>> = {
  'patch_build_info{version="1"}': '1x4400',
  patch_store_up: '1x4400',
  patch_db_updated_timestamp_seconds: '0+60x4400',
  'patch_run_last_success_timestamp_seconds{shard="1/1"}': '0+60x4400',
  'patch_image_result{image="a",result="patched"}': '1x4400',
  'patch_image_result{image="a",result="eol"}': '0x4400',
  'patch_image_consecutive_failures{image="a"}': '2x4400',
  'patch_image_sla_deadline_timestamp_seconds{image="a",severity="HIGH"}': '604800x4400',
  'patch_image_sla_window_seconds{image="a",severity="HIGH"}': '604800x4400',
  'patch_waiver_expiry_timestamp_seconds{waiver="w",vulnerability="CVE-1",team="t"}': '2000000x4400',
  patch_images_omitted: '0x4400',
  'patch_notifications_waiting{channel="ops"}': '0x4400',
  'patch_notifications_given_up{channel="ops"}': '0x4400',
};

interface Case {
  readonly name: string;
  /** Series that are other than good; undefined: not there. */
  readonly change: Readonly<Record<string, string | undefined>>;
  /** Minutes: what fires then, by name; `not` there must be none. */
  readonly at: Readonly<Record<string, readonly string[]>>;
}

const IMAGE = 'patch_image_consecutive_failures{image="a"}';
const DEADLINE = 'patch_image_sla_deadline_timestamp_seconds{image="a",severity="HIGH"}';
const WINDOW = 'patch_image_sla_window_seconds{image="a",severity="HIGH"}';
const RUN = 'patch_run_last_success_timestamp_seconds{shard="1/1"}';
const none = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, undefined]));

const CASES: readonly Case[] = [
  { name: 'nothing fires when all is well', change: {}, at: { 0: [], 60: [], 1500: [], 4300: [] } },
  {
    name: 'nothing arrives',
    change: none(Object.keys(GOOD)),
    at: {
      14: [],
      16: ['SutureMetricsAbsent'],
      61: ['SutureMetricsAbsent', 'SutureDatabaseAbsent'],
      1441: ['SutureMetricsAbsent', 'SutureDatabaseAbsent', 'SutureNoImages', 'SutureRunAbsent'],
    },
  },
  {
    name: 'the store is down',
    change: { ...none(Object.keys(GOOD)), 'patch_build_info{version="1"}': '1x4400', patch_store_up: '0x4400' },
    at: { 4: [], 6: ['SutureStoreDown'], 1500: ['SutureStoreDown', 'SutureDatabaseAbsent'] },
  },
  {
    name: 'the database grows old',
    change: { patch_db_updated_timestamp_seconds: '0x4400' },
    at: {
      1440: [],
      1457: ['SutureDatabaseStale'],
      2880: ['SutureDatabaseStale'],
      2900: ['SutureDatabaseStale', 'SutureDatabaseOutdated'],
    },
  },
  {
    name: 'there is no database',
    change: { patch_db_updated_timestamp_seconds: undefined },
    at: { 59: [], 61: ['SutureDatabaseAbsent'] },
  },
  { name: 'runs stay away', change: { [RUN]: '0x4400' }, at: { 2880: [], 2897: ['SutureRunOverdue'] } },
  { name: 'no run was successful', change: { [RUN]: undefined }, at: { 1439: [], 1441: ['SutureRunAbsent'] } },
  {
    name: 'no image has a result',
    change: none(['patch_image_result{image="a",result="patched"}', 'patch_image_result{image="a",result="eol"}']),
    at: { 1439: [], 1441: ['SutureNoImages'] },
  },
  { name: 'an image fails a third time', change: { [IMAGE]: '2x9 3x4400' }, at: { 9: [], 11: ['SutureImageFailing'] } },
  {
    name: 'a system is at its end',
    change: { 'patch_image_result{image="a",result="eol"}': '1x4400' },
    at: { 1: ['SutureEndOfLife'] },
  },
  {
    name: 'images are left out',
    change: { patch_images_omitted: '3x4400' },
    at: { 59: [], 61: ['SutureImagesOmitted'] },
  },
  {
    name: 'a service level ends and is breached',
    change: { [DEADLINE]: '86400x4400', [WINDOW]: '86400x4400' },
    at: { 1150: [], 1155: ['SutureSlaDueSoon'], 1439: ['SutureSlaDueSoon'], 1441: ['SutureSlaBreached'] },
  },
  {
    name: 'a deadline that is not there is none',
    change: { [DEADLINE]: undefined, [WINDOW]: undefined },
    at: { 1441: [] },
  },
  {
    name: 'two replicas say the same',
    change: {
      [`${IMAGE.slice(0, -1)},instance="x"}`]: '3x4400',
      [`${IMAGE.slice(0, -1)},instance="y"}`]: '3x4400',
      [`${DEADLINE.slice(0, -1)},instance="x"}`]: '60x4400',
      [`${DEADLINE.slice(0, -1)},instance="y"}`]: '60x4400',
      [DEADLINE]: undefined,
    },
    at: { 2: ['SutureImageFailing', 'SutureSlaBreached'] },
  },
  {
    name: 'a waiver ends within a week',
    change: { 'patch_waiver_expiry_timestamp_seconds{waiver="w",vulnerability="CVE-1",team="t"}': '608400x4400' },
    at: { 59: [], 61: ['SutureWaiverExpiring'] },
  },
  {
    name: 'nobody takes messages',
    change: { 'patch_notifications_waiting{channel="ops"}': '2x4400' },
    at: { 29: [], 31: ['SutureNotificationsFailing'] },
  },
  {
    name: 'messages were given up',
    change: { 'patch_notifications_given_up{channel="ops"}': '1x4400' },
    at: { 31: ['SutureNotificationsFailing'] },
  },
];

const ALL = alerts(thresholds);

/** promtool compares labels and annotations, so each expected alert is written out. */
function testFile({ change, at, name }: Case): string {
  const series = Object.entries({ ...GOOD, ...change }).flatMap(([metric, values]) =>
    values === undefined ? [] : [{ series: metric, values }],
  );
  const tests = Object.entries(at).flatMap(([minute, fired]) =>
    ALL.map((alert) => ({
      expr: `count(ALERTS{alertname="${alert.name}",alertstate="firing"}) or vector(0)`,
      eval_time: `${minute}m`,
      exp_samples: [{ labels: '{}', value: fired.includes(alert.name) ? 1 : 0 }],
    })),
  );
  const test = { name, interval: '1m', input_series: series, promql_expr_test: tests };
  return stringify({ rule_files: ['rules.yaml'], evaluation_interval: '1m', tests: [test] });
}

function promtool(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: directory, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

describe.skipIf(!isInstalled('promtool'))('alerts (Debian package prometheus)', () => {
  it('are rules that Prometheus reads', () => {
    const { status, text } = promtool('check', 'rules', 'rules.yaml');
    expect(text).toContain(`${ALL.length} rules found`);
    expect(status).toBe(0);
  });

  it.each(CASES)('$name', (each) => {
    const file = `${each.name.replaceAll(' ', '-')}.yaml`;
    writeFileSync(join(directory, file), testFile(each));
    const { status, text } = promtool('test', 'rules', file);
    expect({ status, text }).toMatchObject({ status: 0, text: expect.stringContaining('SUCCESS') as string });
  });

  it('say what to do, with the values of the case', () => {
    const test = {
      interval: '1m',
      input_series: [
        { series: DEADLINE, values: '0x200' },
        { series: WINDOW, values: '86400x200' },
      ],
      alert_rule_test: [
        {
          alertname: 'SutureSlaBreached',
          eval_time: '60m',
          exp_alerts: [
            {
              exp_labels: { severity: 'critical', service: 'suture', image: 'a', vulnerability_severity: 'HIGH' },
              exp_annotations: {
                summary: 'A service level is breached',
                description: 'a, HIGH: late for 1h 0m 0s, although a fix can be had.',
                runbook: ALL.find(({ name }) => name === 'SutureSlaBreached')?.runbook ?? '',
              },
            },
          ],
        },
      ],
    };
    writeFileSync(join(directory, 'text.yaml'), stringify({ rule_files: ['rules.yaml'], tests: [test] }));
    expect(promtool('test', 'rules', 'text.yaml')).toMatchObject({ status: 0 });
  });
});

describe('rendered alerts', () => {
  it('each have a case that fires and one that does not', () => {
    const named = (fires: boolean) => (alert: Alert) =>
      CASES.some(({ at }) => Object.values(at).some((fired) => fired.includes(alert.name) === fires));
    expect(ALL.filter((alert) => !named(true)(alert))).toEqual([]);
    expect(ALL.filter((alert) => !named(false)(alert))).toEqual([]);
  });

  it('are in the documentation, as every metric is', () => {
    const text = readFileSync(new URL('../../../docs/monitoring.md', import.meta.url), 'utf8');
    for (const name of [...ALL.map((alert) => alert.name), ...Object.keys(METRICS)])
      expect(text).toContain(`\`${name}\``);
  });

  it('use only metrics that are exported', () => {
    for (const { expression } of ALL) expect(metricsOf(expression).unknown).toEqual([]);
  });

  it('come as a PrometheusRule with the labels that an operator selects by', () => {
    const rule = parse(
      renderAlerts({
        ...options,
        format: 'prometheusrule',
        namespace: 'monitoring',
        labels: { release: 'stack' },
        runbookUrl: 'https://docs.example.org/alerts',
      }),
    ) as { metadata: unknown; spec: { groups: { rules: { annotations: { runbook_url: string } }[] }[] } };
    expect(rule.metadata).toMatchObject({ name: 'suture', namespace: 'monitoring', labels: { release: 'stack' } });
    expect(rule.spec.groups[0]?.rules[0]?.annotations.runbook_url).toBe(
      'https://docs.example.org/alerts#suturemetricsabsent',
    );
  });
});
