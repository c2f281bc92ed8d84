import type { PanelSpec, Target } from './panel.ts';
import { once } from './promql.ts';

export interface DashboardVariable {
  readonly name: string;
  readonly label: string;
  /** That has the label. */
  readonly metric: string;
  /** Several or all may be chosen. */
  readonly all: boolean;
}

export interface DashboardSpec {
  readonly title: string;
  readonly description: string;
  readonly variables: readonly DashboardVariable[];
  readonly panels: readonly PanelSpec[];
  /** Shown at first. */
  readonly range: string;
}

const TEAM: DashboardVariable = { name: 'team', label: 'Team', metric: 'patch_images', all: true };
const IMAGE: DashboardVariable = { name: 'image', label: 'Image', metric: 'patch_image_info', all: false };
const DEADLINE = 'patch_image_sla_deadline_timestamp_seconds';
const RESULT = 'patch_image_result';

function stat(title: string, expr: string, more: Partial<PanelSpec> = {}): PanelSpec {
  return { kind: 'stat', title, width: 4, height: 4, targets: [{ expr, instant: true }], ...more };
}

function graph(title: string, targets: readonly Target[], more: Partial<PanelSpec> = {}): PanelSpec {
  return { kind: 'timeseries', title, width: 12, height: 8, targets, ...more };
}

function list(title: string, expr: string, more: Partial<PanelSpec> = {}): PanelSpec {
  return { kind: 'table', title, width: 24, height: 9, targets: [{ expr }], ...more };
}

const NONE = { warning: 1, critical: 1 };
/** Of images only those of the teams that are chosen. */
const ofTeam = (expr: string) => `(${expr}) * on(image) group_left(team) ${once('patch_image_info', `team=~"$team"`)}`;

const FLEET: DashboardSpec = {
  title: 'fleet',
  description: 'What the images of the fleet are now, and whether the work on them goes on.',
  variables: [TEAM],
  range: '7d',
  panels: [
    stat('Images', `sum(${once('patch_images', `team=~"$team"`)})`),
    stat(
      'As they should be',
      `sum(${once('patch_images', `team=~"$team",result=~"patched|clean|unfixable"`)}) / sum(${once('patch_images', `team=~"$team"`)})`,
      { unit: 'percentunit', thresholds: { warning: 0.99, critical: 0.9 }, inverted: true },
    ),
    stat('Failed', `sum(${once('patch_images', `team=~"$team",result="failed"`)})`, { thresholds: NONE }),
    stat(
      'Late findings',
      `sum(${once('patch_findings', `team=~"$team",state="late"`)}) or vector(0) and on() patch_store_up == 1`,
      {
        thresholds: NONE,
      },
    ),
    stat('Age of the database', 'time() - min(patch_db_updated_timestamp_seconds)', {
      unit: 's',
      thresholds: { warning: 86_400, critical: 172_800 },
    }),
    stat('Since the last run', `time() - min(${once('patch_run_last_success_timestamp_seconds')})`, {
      unit: 's',
      thresholds: { warning: 90_000, critical: 172_800 },
    }),
    graph(
      'Images by what they are',
      [{ expr: `sum by (result) (${once('patch_images', `team=~"$team"`)})`, legend: '{{result}}' }],
      {
        stacked: true,
      },
    ),
    graph(
      'Open findings by severity',
      [{ expr: `sum by (severity) (${once('patch_findings', `team=~"$team"`)})`, legend: '{{severity}}' }],
      { stacked: true },
    ),
    list('Images that need somebody', ofTeam(`${once(RESULT, 'result=~"failed|refused|eol|pending|partial"')} == 1`)),
  ],
};

const IMAGE_DETAIL: DashboardSpec = {
  title: 'image',
  description: 'One image: what it is, what is left in it and until when.',
  variables: [IMAGE],
  range: '30d',
  panels: [
    {
      ...stat('Is', `${once(RESULT, 'image="$image"')} == 1`, { width: 6 }),
      targets: [{ expr: `${once(RESULT, 'image="$image"')} == 1`, legend: '{{result}}', instant: true }],
    },
    stat('Verified', `time() - ${once('patch_image_last_verified_timestamp_seconds', `image="$image"`)}`, {
      unit: 's',
      width: 6,
      thresholds: { warning: 90_000, critical: 172_800 },
    }),
    stat('Failures in a row', once('patch_image_consecutive_failures', 'image="$image"'), {
      width: 6,
      thresholds: { warning: 1, critical: 3 },
    }),
    stat('Next deadline', `min(${once(DEADLINE, 'image="$image"')}) - time()`, {
      unit: 's',
      width: 6,
      thresholds: { warning: 86_400, critical: 0 },
      inverted: true,
    }),
    graph(
      'With a fix',
      [{ expr: once('patch_image_fixable_vulnerabilities', 'image="$image"'), legend: '{{severity}}' }],
      {
        stacked: true,
      },
    ),
    graph(
      'Without a fix',
      [{ expr: once('patch_image_unfixable_vulnerabilities', 'image="$image"'), legend: '{{severity}}' }],
      { stacked: true },
    ),
    graph('What it was', [{ expr: `${once(RESULT, 'image="$image"')} == 1`, legend: '{{result}}' }], { width: 24 }),
  ],
};

const TEAMS: DashboardSpec = {
  title: 'teams',
  description: 'What each team has to do.',
  variables: [TEAM],
  range: '30d',
  panels: [
    list('Teams', `sum by (team) (${once('patch_images', `team=~"$team"`)})`, {
      height: 8,
      targets: [
        { expr: `sum by (team) (${once('patch_images', `team=~"$team"`)})` },
        { expr: `sum by (team) (${once('patch_images', `team=~"$team",result="failed"`)})` },
        { expr: `sum by (team) (${once('patch_findings', `team=~"$team",state="late"`)})` },
        { expr: `sum by (team) (${once('patch_findings', `team=~"$team",state="due"`)})` },
        { expr: `sum by (team) (${once('patch_waivers_active', `team=~"$team"`)})` },
      ],
    }),
    graph('Late findings', [
      { expr: `sum by (team) (${once('patch_findings', `team=~"$team",state="late"`)})`, legend: '{{team}}' },
    ]),
    graph('Images that failed', [
      { expr: `sum by (team) (${once('patch_images', `team=~"$team",result="failed"`)})`, legend: '{{team}}' },
    ]),
    graph(
      'As they should be',
      [
        {
          expr: `sum by (team) (${once('patch_images', `team=~"$team",result=~"patched|clean|unfixable"`)}) / sum by (team) (${once('patch_images', `team=~"$team"`)})`,
          legend: '{{team}}',
        },
      ],
      { unit: 'percentunit', width: 24 },
    ),
  ],
};

const quantile = (q: number) =>
  `histogram_quantile(${q}, sum by (le) (increase(patch_time_to_remediate_seconds_bucket{stage="patched"}[$__range])))`;

const SLA: DashboardSpec = {
  title: 'service levels',
  description: 'What is due and what is late, and how long findings take.',
  variables: [TEAM],
  range: '30d',
  panels: [
    stat(
      'Late',
      `sum(${once('patch_findings', `team=~"$team",state="late"`)}) or vector(0) and on() patch_store_up == 1`,
      {
        width: 6,
        thresholds: NONE,
      },
    ),
    stat(
      'Due',
      `sum(${once('patch_findings', `team=~"$team",state="due"`)}) or vector(0) and on() patch_store_up == 1`,
      {
        width: 6,
      },
    ),
    stat('Half were fixed within', quantile(0.5), { unit: 's', width: 6 }),
    stat('19 of 20 were fixed within', quantile(0.95), { unit: 's', width: 6 }),
    graph(
      'Burn-down: findings with a fix',
      [
        {
          expr: `sum by (state) (${once('patch_findings', `team=~"$team",state=~"due|late|waived"`)})`,
          legend: '{{state}}',
        },
      ],
      { stacked: true },
    ),
    graph(
      'Late, by severity',
      [{ expr: `sum by (severity) (${once('patch_findings', `team=~"$team",state="late"`)})`, legend: '{{severity}}' }],
      { stacked: true },
    ),
    list('Next and missed deadlines (seconds left)', ofTeam(`sort(${once(DEADLINE)} - time())`)),
    graph(
      'Findings that were fixed',
      [
        {
          expr: 'max(increase(patch_time_to_remediate_seconds_count{stage="patched"}[$__rate_interval]))',
          legend: 'fixed',
        },
      ],
      { width: 24 },
    ),
  ],
};

const KNOWLEDGE: DashboardSpec = {
  title: 'knowledge',
  description: 'How old what is known is: the vulnerability database and the package repositories.',
  variables: [],
  range: '7d',
  panels: [
    stat('Age of the database', 'time() - min(patch_db_updated_timestamp_seconds)', {
      unit: 's',
      width: 8,
      thresholds: { warning: 86_400, critical: 172_800 },
    }),
    stat('Until the next database', 'min(patch_db_next_update_timestamp_seconds) - time()', { unit: 's', width: 8 }),
    stat('Oldest repository', `time() - min(${once('patch_repository_release_timestamp_seconds')})`, {
      unit: 's',
      width: 8,
    }),
    graph('Age of the database', [{ expr: 'time() - min(patch_db_updated_timestamp_seconds)', legend: 'age' }], {
      unit: 's',
      width: 24,
    }),
    list(
      'Age of the repositories (seconds)',
      `sort_desc(time() - ${once('patch_repository_release_timestamp_seconds')})`,
    ),
  ],
};

const WAIVERS: DashboardSpec = {
  title: 'waivers',
  description: 'What was accepted for a time, and when that ends.',
  variables: [TEAM],
  range: '30d',
  panels: [
    stat(
      'Waivers',
      `count(${once('patch_waiver_expiry_timestamp_seconds')}) or vector(0) and on() patch_store_up == 1`,
      {
        width: 8,
      },
    ),
    stat(
      'End within a week',
      `count(${once('patch_waiver_expiry_timestamp_seconds')} - time() < 604800) or vector(0) and on() patch_store_up == 1`,
      { width: 8, thresholds: NONE },
    ),
    stat(
      'Waived findings',
      `sum(${once('patch_findings', `team=~"$team",state="waived"`)}) or vector(0) and on() patch_store_up == 1`,
      {
        width: 8,
      },
    ),
    list('By expiry (seconds left)', `sort(${once('patch_waiver_expiry_timestamp_seconds')} - time())`),
    graph('By team', [{ expr: once('patch_waivers_active', 'team=~"$team"'), legend: '{{team}}' }], {
      width: 24,
      stacked: true,
    }),
  ],
};

const RUNS: DashboardSpec = {
  title: 'runs',
  description: 'Runs over the fleet, the requests that they make, and messages about them.',
  variables: [],
  range: '7d',
  panels: [
    stat('Since the last success', `time() - ${once('patch_run_last_success_timestamp_seconds')}`, {
      unit: 's',
      width: 8,
      thresholds: { warning: 90_000, critical: 172_800 },
    }),
    stat('The last took', `max(${once('patch_run_duration_seconds')})`, { unit: 's', width: 8 }),
    stat('Messages that nobody took', `sum(${once('patch_notifications_given_up')})`, { width: 8, thresholds: NONE }),
    graph(
      'Images of the last run',
      [{ expr: `sum by (outcome) (${once('patch_run_images')})`, legend: '{{outcome}}' }],
      {
        stacked: true,
      },
    ),
    graph('Duration', [{ expr: once('patch_run_duration_seconds'), legend: 'shard {{shard}}' }], { unit: 's' }),
    graph('Requests to registries', [
      { expr: 'sum by (code) (rate(patch_registry_requests_total[$__rate_interval]))', legend: '{{code}}' },
    ]),
    graph(
      'Memory and processor',
      [{ expr: 'process_resident_memory_bytes and on(instance, job) patch_store_up', legend: 'memory {{instance}}' }],
      { unit: 'bytes' },
    ),
  ],
};

/** Every dashboard by the name that it is asked for by. */
export const DASHBOARDS = {
  fleet: FLEET,
  image: IMAGE_DETAIL,
  teams: TEAMS,
  sla: SLA,
  knowledge: KNOWLEDGE,
  waivers: WAIVERS,
  runs: RUNS,
} as const satisfies Readonly<Record<string, DashboardSpec>>;

export type DashboardName = keyof typeof DASHBOARDS;
