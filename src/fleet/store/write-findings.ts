import type { Transaction } from 'kysely';
import { SEVERITIES } from '../../core/severity.ts';
import type { FindingCountRow, VulnerabilityRow } from './fleet-tables.ts';
import type { FindingRow, Tables } from './schema.ts';

/** Rows of one statement: SQLite takes at most 32766 parameters. */
const BATCH = 500;

/** Title and address of vulnerabilities, by id. */
export type VulnerabilityTexts = ReadonlyMap<string, { readonly title?: string; readonly url?: string }>;

/**
 * Writes findings that changed, and everything that is counted from them. The caller has made writers wait for each other, as
 * counts are read before they are written.
 * @param before findings as they are in the store: of each image and vulnerability all of them
 * @param after the same as they are to be; those of `before` that are missing are removed
 */
export async function writeFindings(
  transaction: Transaction<Tables>,
  before: readonly FindingRow[],
  after: readonly FindingRow[],
  texts: VulnerabilityTexts = new Map(),
): Promise<void> {
  const known = new Map(before.map((row) => [rowKey(row), row]));
  const changed = after.filter((row) => !isSame(known.get(rowKey(row)), row));
  const kept = new Set(after.map(rowKey));
  const removed = before.filter((row) => !kept.has(rowKey(row)));
  if (changed.length === 0 && removed.length === 0) return;
  await upsert(transaction, changed);
  for (const { reference, vulnerability, package: name } of removed)
    await transaction
      .deleteFrom('findings')
      .where('reference', '=', reference)
      .where('vulnerability', '=', vulnerability)
      .where('package', '=', name)
      .execute();
  const fresh = changed.filter((row) => !known.has(rowKey(row)));
  await rememberPackages(
    transaction,
    fresh.map((row) => row.package),
  );
  await countStandings(transaction, before, after);
  await countVulnerabilities(transaction, before, after, texts);
}

function rowKey(row: FindingRow): string {
  return `${row.reference} ${findingKey(row)}`;
}

export function findingKey({ vulnerability, package: name }: { vulnerability: string; package: string }): string {
  return `${vulnerability} ${name}`;
}

function isSame(known: FindingRow | undefined, row: FindingRow): boolean {
  if (known === undefined) return false;
  return (Object.keys(row) as (keyof FindingRow)[]).every((column) => known[column] === row[column]);
}

async function upsert(transaction: Transaction<Tables>, rows: readonly FindingRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += BATCH)
    await transaction
      .insertInto('findings')
      .values(rows.slice(at, at + BATCH))
      .onConflict((conflict) =>
        conflict.columns(['reference', 'vulnerability', 'package']).doUpdateSet(({ ref }) => ({
          severity: ref('excluded.severity'),
          status: ref('excluded.status'),
          installed_version: ref('excluded.installed_version'),
          fixed_version: ref('excluded.fixed_version'),
          blocked_by: ref('excluded.blocked_by'),
          first_detected_at: ref('excluded.first_detected_at'),
          fix_available_at: ref('excluded.fix_available_at'),
          resolved_at: ref('excluded.resolved_at'),
          exploited_since: ref('excluded.exploited_since'),
          tier_rank: ref('excluded.tier_rank'),
          standing: ref('excluded.standing'),
          started_at: ref('excluded.started_at'),
          due_at: ref('excluded.due_at'),
          waiver_id: ref('excluded.waiver_id'),
          waived_until: ref('excluded.waived_until'),
        })),
      )
      .execute();
}

/** So that they are found by a part of their name. */
export async function rememberPackages(transaction: Transaction<Tables>, names: readonly string[]): Promise<void> {
  const rows = [...new Set(names)].map((name) => ({ name }));
  for (let at = 0; at < rows.length; at += BATCH)
    await transaction
      .insertInto('packages')
      .values(rows.slice(at, at + BATCH))
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
}

async function countStandings(
  transaction: Transaction<Tables>,
  before: readonly FindingRow[],
  after: readonly FindingRow[],
): Promise<void> {
  const changes = new Map<string, FindingCountRow>();
  const add = (rows: readonly FindingRow[], sign: 1 | -1) => {
    for (const { reference, tier_rank, standing, resolved_at } of rows) {
      if (resolved_at !== null) continue;
      const key = `${reference} ${tier_rank} ${standing}`;
      const change = changes.get(key) ?? { reference, tier_rank, standing, findings: 0 };
      changes.set(key, { ...change, findings: change.findings + sign });
    }
  };
  add(before, -1);
  add(after, 1);
  const rows = [...changes.values()].filter(({ findings }) => findings !== 0);
  if (rows.length === 0) return;
  for (let at = 0; at < rows.length; at += BATCH)
    await transaction
      .insertInto('finding_counts')
      .values(rows.slice(at, at + BATCH))
      .onConflict((conflict) =>
        conflict.columns(['reference', 'tier_rank', 'standing']).doUpdateSet(({ eb, ref }) => ({
          findings: eb('finding_counts.findings', '+', ref('excluded.findings')),
        })),
      )
      .execute();
  const references = [...new Set(rows.map(({ reference }) => reference))];
  for (let at = 0; at < references.length; at += BATCH)
    await transaction
      .deleteFrom('finding_counts')
      .where('reference', 'in', references.slice(at, at + BATCH))
      .where('findings', '=', 0)
      .execute();
}

/** What images have of a vulnerability, in all their packages. */
interface Presence {
  open: number;
  fixable: number;
  resolved: number;
  rank: number;
  severity: string;
  firstDetectedAt: string;
  exploitedSince: string | null;
}

/** By vulnerability. */
function presences(rows: readonly FindingRow[]): ReadonlyMap<string, Presence> {
  const byImage = new Map<string, { open: number; fixable: number }>();
  const found = new Map<string, Presence>();
  for (const row of rows) {
    const { reference, vulnerability } = row;
    const isOpen = row.resolved_at === null ? 1 : 0;
    const isFixable = isOpen === 1 && row.started_at !== null ? 1 : 0;
    const key = `${vulnerability} ${reference}`;
    const old = byImage.get(key);
    const [open, fixable] = [Math.max(old?.open ?? 0, isOpen), Math.max(old?.fixable ?? 0, isFixable)];
    byImage.set(key, { open, fixable });
    const sum = found.get(vulnerability);
    found.set(vulnerability, {
      open: (sum?.open ?? 0) + open - (old?.open ?? 0),
      fixable: (sum?.fixable ?? 0) + fixable - (old?.fixable ?? 0),
      resolved: (sum?.resolved ?? 0) + (1 - open) - (old === undefined ? 0 : 1 - old.open),
      rank: Math.max(sum?.rank ?? 0, row.tier_rank),
      severity: worse(sum?.severity, row.severity),
      firstDetectedAt: earlier(sum?.firstDetectedAt, row.first_detected_at),
      exploitedSince: row.exploited_since ?? sum?.exploitedSince ?? null,
    });
  }
  return found;
}

async function countVulnerabilities(
  transaction: Transaction<Tables>,
  before: readonly FindingRow[],
  after: readonly FindingRow[],
  texts: VulnerabilityTexts,
): Promise<void> {
  const [old, now] = [presences(before), presences(after)];
  const ids = [...new Set([...old.keys(), ...now.keys()])].filter((id) => !isSamePresence(old.get(id), now.get(id)));
  for (let at = 0; at < ids.length; at += BATCH) {
    const batch = ids.slice(at, at + BATCH);
    const stored = await transaction.selectFrom('vulnerabilities').selectAll().where('id', 'in', batch).execute();
    const byId = new Map(stored.map((row) => [row.id, row]));
    const rows: VulnerabilityRow[] = [];
    for (const id of batch) {
      const row = merged(id, byId.get(id), old.get(id), now.get(id), texts.get(id) ?? {});
      const lowered = row.tier_rank < (byId.get(id)?.tier_rank ?? 0);
      rows.push(lowered ? await atItsWorst(transaction, row, now.has(id) ? undefined : byId.get(id)) : row);
    }
    await replace(transaction, rows);
  }
}

function isSamePresence(a: Presence | undefined, b: Presence | undefined): boolean {
  return a !== undefined && b !== undefined && (Object.keys(a) as (keyof Presence)[]).every((key) => a[key] === b[key]);
}

function merged(
  id: string,
  stored: VulnerabilityRow | undefined,
  old: Presence | undefined,
  now: Presence | undefined,
  { title, url }: { readonly title?: string; readonly url?: string },
): VulnerabilityRow {
  const delta = (field: 'open' | 'fixable' | 'resolved') => (now?.[field] ?? 0) - (old?.[field] ?? 0);
  const rank = now?.rank ?? 0;
  const storedRank = stored?.tier_rank ?? 0;
  // Whether another image says as much is asked only when this one said it until now.
  const isLowered = stored !== undefined && rank < storedRank && old?.rank === storedRank;
  const rules = stored === undefined || rank >= storedRank || isLowered;
  return {
    id,
    severity: (rules ? now?.severity : stored.severity) ?? stored?.severity ?? 'UNKNOWN',
    tier_rank: rules ? rank : storedRank,
    title: title ?? stored?.title ?? null,
    url: url ?? stored?.url ?? null,
    exploited_since: now === undefined ? (stored?.exploited_since ?? null) : now.exploitedSince,
    first_detected_at: earlier(stored?.first_detected_at, now?.firstDetectedAt ?? old?.firstDetectedAt ?? ''),
    open_images: (stored?.open_images ?? 0) + delta('open'),
    fixable_images: (stored?.fixable_images ?? 0) + delta('fixable'),
    resolved_images: (stored?.resolved_images ?? 0) + delta('resolved'),
  };
}

/** What is still said of it elsewhere; where nobody has it any more, what was said last. */
async function atItsWorst(
  transaction: Transaction<Tables>,
  row: VulnerabilityRow,
  last: VulnerabilityRow | undefined,
): Promise<VulnerabilityRow> {
  const worst = await transaction
    .selectFrom('findings')
    .select(['tier_rank', 'severity'])
    .where('vulnerability', '=', row.id)
    .where('resolved_at', 'is', null)
    .orderBy('tier_rank', 'desc')
    .limit(1)
    .executeTakeFirst();
  const { tier_rank, severity } = worst ?? last ?? row;
  return { ...row, tier_rank, severity };
}

async function replace(transaction: Transaction<Tables>, rows: readonly VulnerabilityRow[]): Promise<void> {
  const gone = rows.filter((row) => row.open_images + row.resolved_images === 0).map(({ id }) => id);
  const kept = rows.filter((row) => row.open_images + row.resolved_images > 0);
  if (gone.length > 0) await transaction.deleteFrom('vulnerabilities').where('id', 'in', gone).execute();
  if (kept.length === 0) return;
  await transaction
    .insertInto('vulnerabilities')
    .values(kept)
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet(({ ref }) => ({
        severity: ref('excluded.severity'),
        tier_rank: ref('excluded.tier_rank'),
        title: ref('excluded.title'),
        url: ref('excluded.url'),
        exploited_since: ref('excluded.exploited_since'),
        first_detected_at: ref('excluded.first_detected_at'),
        open_images: ref('excluded.open_images'),
        fixable_images: ref('excluded.fixable_images'),
        resolved_images: ref('excluded.resolved_images'),
      })),
    )
    .execute();
}

function worse(a: string | undefined, b: string): string {
  const ranks: readonly string[] = SEVERITIES;
  const rank = (name: string) => ranks.indexOf(name);
  return a !== undefined && rank(a) >= rank(b) ? a : b;
}

function earlier(a: string | undefined, b: string): string {
  return a !== undefined && a !== '' && (b === '' || a < b) ? a : b;
}
