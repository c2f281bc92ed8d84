import { type DashboardSpec, DEADLINE, graph, list, NONE, ofTeam, stat, TEAM } from './dashboard-parts.ts';
import { once } from './promql.ts';

const quantile = (q: number) =>
  `histogram_quantile(${q}, sum by (le) (increase(patch_time_to_remediate_seconds_bucket{stage="patched"}[$__range])))`;

export const SLA: DashboardSpec = {
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

export const KNOWLEDGE: DashboardSpec = {
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

export const WAIVERS: DashboardSpec = {
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

export const RUNS: DashboardSpec = {
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
