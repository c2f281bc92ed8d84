import {
  type DashboardSpec,
  DEADLINE,
  graph,
  IMAGE,
  list,
  NONE,
  ofTeam,
  RESULT,
  stat,
  TEAM,
} from './dashboard-parts.ts';
import { once } from './promql.ts';

export const FLEET: DashboardSpec = {
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

export const IMAGE_DETAIL: DashboardSpec = {
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

export const TEAMS: DashboardSpec = {
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
