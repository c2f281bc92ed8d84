import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SutureError } from '../core/errors/error.ts';
import type { Fleet } from '../fleet/config/fleet.ts';
import { nearest } from '../fleet/config/messages.ts';
import { renderAlerts } from '../service/render/alerts.ts';
import { DASHBOARDS, type DashboardName } from '../service/render/dashboard-specs.ts';
import { renderDashboard, renderDashboardConfigMaps } from '../service/render/dashboards.ts';
import { databaseAges, runInterval, WAIVER_WARNING } from '../service/situation/thresholds.ts';
import type { Invocation } from './definition.ts';
import { DEFAULT_FILE, fleetOf } from './fleet.ts';
import { duration, words } from './parse.ts';

/** `suture render alerts`. */
export async function runRenderAlerts(invocation: Invocation): Promise<number> {
  const { options, terminal } = invocation;
  const fleet = await fleetIfAny(invocation);
  const { namespace, runbookUrl, runInterval: interval } = options;
  const thresholds = {
    database: databaseAges(fleet),
    runInterval: interval === undefined ? runInterval(fleet) : duration('run-interval', interval),
    waiverWarning: WAIVER_WARNING,
  };
  terminal.stdout.write(
    renderAlerts({
      format: options['output'] === 'rules' ? 'rules' : 'prometheusrule',
      thresholds,
      name: String(options['name'] ?? 'suture'),
      labels: Object.fromEntries(words(options['label']).map(label)),
      ...(typeof namespace === 'string' ? { namespace } : {}),
      ...(typeof runbookUrl === 'string' ? { runbookUrl } : {}),
    }),
  );
  return 0;
}

/** Thresholds have defaults, so alerts need no configuration. */
async function fleetIfAny(invocation: Invocation): Promise<Fleet | undefined> {
  return invocation.options['config'] === undefined && !existsSync(DEFAULT_FILE) ? undefined : fleetOf(invocation);
}

function label(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1)
    throw new SutureError('USAGE', `--label: "${text}" is not NAME=VALUE`, { fix: 'Write for example release=stack.' });
  return [text.slice(0, at), text.slice(at + 1)];
}

/** `suture render dashboards`. */
export async function runRenderDashboards({ args, options, terminal }: Invocation): Promise<number> {
  const [name] = args;
  const { namespace, directory } = options;
  const names = name === undefined ? (Object.keys(DASHBOARDS) as DashboardName[]) : [dashboardName(name)];
  if (options['output'] === 'configmap') {
    terminal.stdout.write(renderDashboardConfigMaps(names, typeof namespace === 'string' ? namespace : undefined));
    return 0;
  }
  if (typeof directory === 'string') {
    await writeAll(directory, names);
    return 0;
  }
  const [only, ...others] = names;
  if (only === undefined || others.length > 0)
    throw new SutureError('USAGE', 'seven dashboards are seven files', {
      fix: `Give --directory, --output configmap, or one of ${names.join(', ')}.`,
    });
  terminal.stdout.write(renderDashboard(only));
  return 0;
}

function dashboardName(name: string): DashboardName {
  const names = Object.keys(DASHBOARDS) as DashboardName[];
  const found = names.find((candidate) => candidate === name);
  if (found !== undefined) return found;
  const near = nearest(name, names);
  throw new SutureError(
    'USAGE',
    `there is no dashboard "${name}"${near === undefined ? '' : `; did you mean ${near}?`}`,
    {
      fix: `Name one of ${names.join(', ')}.`,
    },
  );
}

async function writeAll(directory: string, names: readonly DashboardName[]): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    for (const name of names) await writeFile(join(directory, `suture-${name}.json`), renderDashboard(name));
  } catch (cause) {
    throw new SutureError('FILE_UNWRITABLE', `the dashboards cannot be written to ${directory}`, { cause });
  }
}
