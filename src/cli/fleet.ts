import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SutureError } from '../core/errors/error.ts';
import { systemClock } from '../core/ports.ts';
import type { Fleet } from '../fleet/config/fleet.ts';
import { loadFleet } from '../fleet/config/load.ts';
import { policyRows, viewFleet } from '../fleet/config/view.ts';
import { exitCodeOf, type RunReport } from '../fleet/run/report.ts';
import { WHOLE_FLEET } from '../fleet/store/lock.ts';
import { FleetStore } from '../fleet/store/store.ts';
import type { Workspace } from '../patch/workspace.ts';
import { afterRun } from './after-run.ts';
import type { Invocation } from './definition.ts';
import { renderRun } from './render/fleet.ts';
import { table } from './render/table.ts';
import { useColor } from './terminal/color.ts';
import { withWorkspace } from './workspace.ts';

export const DEFAULT_FILE = 'suture.yaml';

/** `suture run`. */
export async function runRun(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const { runFleet } = await import('../fleet/run/run.ts');
  const { parseShard } = await import('../fleet/run/shard.ts');
  const shard = typeof options['shard'] === 'string' ? parseShard(options['shard']) : WHOLE_FLEET;
  const fleet = await fleetOf(invocation);
  return withStore(invocation, (store) =>
    withWorkspace(invocation, async (workspace) => {
      const dryRun = options['dryRun'] === true;
      const finish = () => (dryRun ? Promise.resolve() : afterRun(invocation, workspace, store, fleet));
      let report: RunReport;
      try {
        report = await runFleet(withRepositories(workspace, fleet), store, fleet, { shard, dryRun });
      } catch (error) {
        // Why there was no run comes first; that a channel or file failed as well does not hide it.
        await finish().catch(() => {});
        throw error;
      }
      write(invocation, report, () => renderRun(report, view(invocation)));
      await finish();
      return exitCodeOf(report);
    }),
  );
}

/** Options of the command line come first: they are the closer word. */
export function withRepositories(workspace: Workspace, { mirrors, keyrings }: Fleet): Workspace {
  const { repositories } = workspace;
  return {
    ...workspace,
    repositories: {
      ...repositories,
      redirects: [...repositories.redirects, ...mirrors],
      keyrings: [...repositories.keyrings, ...keyrings],
    },
  };
}

/** `suture config validate`. */
export async function runConfigValidate(invocation: Invocation): Promise<number> {
  const fleet = await fleetOf(invocation);
  const document = { kind: 'ConfigValidation', file: fleet.file, sets: fleet.sets.length, notes: fleet.notes };
  write(invocation, document, () =>
    [`${fleet.file} is valid: ${fleet.sets.length} image sets`, ...fleet.notes, ''].join('\n'),
  );
  return 0;
}

/** `suture config view`. */
export async function runConfigView(invocation: Invocation): Promise<number> {
  const fleet = await fleetOf(invocation);
  const document = viewFleet(fleet);
  const showOrigin = invocation.options['showOrigin'] === true;
  write(invocation, document, () =>
    document.sets
      .flatMap(({ name, images, origin }, at) => {
        const set = fleet.sets[at];
        const rows = set === undefined ? [] : policyRows(set);
        const head = ['field', 'value', ...(showOrigin ? ['origin'] : [])];
        const lines = rows.map((row) => [row.field, row.value, ...(showOrigin ? [row.origin] : [])]);
        const { columns } = invocation.terminal.stdout;
        return [`${name}  (${origin})`, `  ${images}`, ...table(head, lines, columns, (text) => text), ''];
      })
      .join('\n'),
  );
  return 0;
}

/** The fleet that --images, --config, an argument, or suture.yaml of this directory names. @throws SutureError USAGE */
export async function fleetOf(invocation: Invocation): Promise<Fleet> {
  return loadFleet(fleetFile(invocation));
}

/** The file that names the fleet. @throws SutureError USAGE */
export function fleetFile({ args, options }: Invocation): string {
  const [given] = args;
  const { images, config } = options;
  if (typeof images === 'string' && typeof config === 'string')
    throw new SutureError('USAGE', '--images does not go with --config', {
      fix: 'Name the list in the configuration.',
    });
  const file = given ?? images ?? config;
  if (typeof file === 'string') return file;
  if (existsSync(DEFAULT_FILE)) return DEFAULT_FILE;
  throw new SutureError('USAGE', `there is no ${DEFAULT_FILE} here, and neither --config nor --images is given`, {
    fix: 'Write a list with one image per line and name it with --images.',
  });
}

/** Opens the store that an invocation names, and closes it whatever happens. */
export async function withStore<T>(invocation: Invocation, work: (store: FleetStore) => Promise<T>): Promise<T> {
  const store = await FleetStore.open(storePlace(invocation), systemClock);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** XDG: what cannot be fetched again lies below $XDG_STATE_HOME. */
function storePlace({ options, environment }: Invocation): string {
  if (typeof options['store'] === 'string' && options['store'] !== '') return options['store'];
  const state = environment['XDG_STATE_HOME'] || join(environment['HOME'] || homedir(), '.local', 'state');
  return join(state, 'suture', 'fleet.db');
}

export function view({ terminal, options, environment }: Invocation) {
  return { columns: terminal.stdout.columns, color: useColor(terminal.stdout, options, environment) };
}

export function write({ terminal, options }: Invocation, document: unknown, text: () => string): void {
  terminal.stdout.write(options['output'] === 'json' ? `${JSON.stringify(document, null, 2)}\n` : text());
}
