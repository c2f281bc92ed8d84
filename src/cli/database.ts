import { importDatabase, updateDatabase } from '../knowledge/trivy-db/store/fetch.ts';
import { formatAge, requireFresh } from '../knowledge/trivy-db/store/freshness.ts';
import { type DatabaseStatus, VulnerabilityDatabaseStore } from '../knowledge/trivy-db/store/store.ts';
import type { Workspace } from '../patch/workspace.ts';
import type { Invocation } from './definition.ts';
import { duration, positiveNumber, words } from './parse.ts';
import { table } from './render/table.ts';
import { withWorkspace } from './workspace.ts';

/** `suture db update`. */
export function runDatabaseUpdate(invocation: Invocation): Promise<number> {
  return withStore(invocation, async (store, workspace) => {
    const { outcome, database } = await updateDatabase(
      store,
      words(invocation.options['dbRepository']),
      workspace.locations,
    );
    const text = outcome === 'unchanged' ? 'is the newest already' : `came from ${database.source.name}`;
    write(invocation, { kind: 'DatabaseUpdate', outcome, database }, [sentence(database, text)]);
  });
}

/** `suture db import`. */
export function runDatabaseImport(invocation: Invocation): Promise<number> {
  return withStore(invocation, async (store, workspace) => {
    const before = (await store.status()).find(({ active }) => active);
    const database = await importDatabase(store, invocation.args[0] ?? '', workspace.locations);
    if (before && Date.parse(before.updatedAt) > Date.parse(database.updatedAt)) {
      const message = `this database is older than the one before, of ${before.updatedAt}; \`suture db rollback\` returns to that`;
      workspace.progress.emit({ kind: 'note', level: 'warning', message });
    }
    write(invocation, { kind: 'DatabaseImport', database }, [sentence(database, `came from ${database.source.name}`)]);
  });
}

/** `suture db status`. */
export function runDatabaseStatus(invocation: Invocation): Promise<number> {
  return withStore(invocation, async (store, workspace) => {
    const active = await store.active();
    const databases = await store.status();
    const show = () => write(invocation, { kind: 'DatabaseStatus', databases }, rows(invocation, databases));
    const limit = invocation.options['maxDbAge'];
    // A failure is a JSON document of its own, and one is what a reader expects.
    const isTable = invocation.options['output'] !== 'json';
    if (isTable) show();
    if (limit !== undefined) requireFresh(active, duration('max-db-age', limit), workspace.clock);
    if (!isTable) show();
  });
}

/** `suture db rollback`. */
export function runDatabaseRollback(invocation: Invocation): Promise<number> {
  return withStore(invocation, async (store) => {
    const database = await store.rollback();
    write(invocation, { kind: 'DatabaseRollback', database }, [sentence(database, 'is active again')]);
  });
}

/** `suture db prune`. */
export function runDatabasePrune(invocation: Invocation): Promise<number> {
  return withStore(invocation, async (store) => {
    const removed = await store.prune();
    const lines = removed.length === 0 ? ['nothing to remove'] : removed.map((digest) => `removed ${digest}`);
    write(invocation, { kind: 'DatabasePrune', removed }, lines);
  });
}

async function withStore(
  invocation: Invocation,
  work: (store: VulnerabilityDatabaseStore, workspace: Workspace) => Promise<void>,
): Promise<number> {
  const keep = invocation.options['keep'];
  await withWorkspace(invocation, async (workspace) => {
    const { cacheDirectory, clock, progress } = workspace;
    const kept = keep === undefined ? {} : { keep: Math.ceil(positiveNumber('keep', keep)) };
    await work(new VulnerabilityDatabaseStore(cacheDirectory, { clock, progress, ...kept }), workspace);
  });
  return 0;
}

function sentence({ digest, updatedAt, ageMs }: DatabaseStatus, what: string): string {
  return `${digest}, built ${updatedAt} (${formatAge(ageMs)} ago), ${what}`;
}

function rows({ terminal }: Invocation, databases: readonly DatabaseStatus[]): string[] {
  const head = ['active', 'digest', 'built', 'age', 'next due', 'fetched', 'size', 'from'];
  const lines = databases.map((database) => [
    database.active ? '*' : '',
    database.digest.slice(0, 'sha256:'.length + 12),
    seconds(database.updatedAt),
    formatAge(database.ageMs),
    database.nextUpdate === undefined ? '' : seconds(database.nextUpdate),
    seconds(database.downloadedAt),
    `${(database.size / 1e6).toFixed(1)} MB`,
    database.source.name,
  ]);
  const active = databases.find((database) => database.active);
  return [...table(head, lines, terminal.stdout.columns, (text) => text), '', active?.path ?? ''];
}

/** `2026-01-09T00:00:00.123456789Z` → `2026-01-09T00:00:00Z`. */
function seconds(time: string): string {
  return time.replace(/\.\d+/, '');
}

function write({ terminal, options }: Invocation, document: unknown, lines: readonly string[]): void {
  const text = options['output'] === 'json' ? JSON.stringify(document, null, 2) : lines.join('\n');
  terminal.stdout.write(`${text}\n`);
}
