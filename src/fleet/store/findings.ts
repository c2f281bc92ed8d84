import type { Transaction } from 'kysely';
import type { ServiceLevels } from '../config/fleet.ts';
import type { FleetFinding } from '../run/scan.ts';
import { countRemediations } from './remediation.ts';
import type { FindingRow, Tables, WaiverRow } from './schema.ts';
import { withStanding } from './standing.ts';
import type { FleetStore } from './store.ts';
import { findingKey, type VulnerabilityTexts, writeFindings } from './write-findings.ts';

/** What stands between a finding and its fix, and since when the fix could be had. */
export interface FixState {
  /** ISO 8601: date of the signed index of our mirror that offers the fix. */
  readonly availableAt?: string;
  /** Why it is not applied. */
  readonly blockedBy?: string;
}

/** What findings are judged by. */
export interface FindingContext {
  /** Service levels of the image; those of the last run when absent. */
  readonly levels?: ServiceLevels;
  /** Ids that are known to be exploited; what the store knows of it when absent. */
  readonly exploited?: ReadonlySet<string>;
}

/**
 * Brings the findings of an image up to date. The first detection and the first availability of a fix never move, as clocks
 * run from them; what is not found any more is resolved, and counts anew if it comes back.
 * @param before of the image as it was found
 * @param remaining of what may run now
 * @param fixOf by package
 */
export async function recordFindings(
  store: FleetStore,
  reference: string,
  before: readonly FleetFinding[],
  remaining: readonly FleetFinding[],
  fixOf: (finding: FleetFinding) => FixState,
  context: FindingContext = {},
): Promise<void> {
  await inOrder(store, async (transaction) => {
    const now = store.now();
    const known = await rowsOf(transaction, reference);
    const levels = context.levels ?? (await levelsOf(transaction, reference));
    const exploited = await exploitedSince(transaction, before, context.exploited, now);
    const waivers = await waiversAbout(transaction, before);
    const byKey = new Map(known.map((row) => [findingKey(row), row]));
    const left = new Set(remaining.map(findingKey));
    const rows = before.map((finding): FindingRow => {
      const old = byKey.get(findingKey(finding));
      const isGone = !left.has(findingKey(finding));
      // What was resolved stays as it was judged.
      if (old !== undefined && old.resolved_at !== null && isGone) return old;
      const kept = old?.resolved_at === null || isGone ? old : undefined;
      const facts = {
        ...factsOf(reference, finding, fixOf(finding), kept, now),
        resolved_at: isGone ? now : null,
        exploited_since: exploited.get(finding.vulnerability) ?? null,
      };
      const about = waivers.get(finding.vulnerability) ?? [];
      return withStanding(facts, { levels, waivers: about, now: store.clock.now() });
    });
    const found = new Set(rows.map(findingKey));
    const gone = known.filter((row) => !found.has(findingKey(row))).map((row) => resolvedNow(row, now));
    await writeFindings(transaction, known, [...rows, ...gone], textsOf(before));
    const isNew = (row: FindingRow) => (byKey.get(findingKey(row))?.resolved_at ?? null) === null;
    await countRemediations(
      transaction,
      [...rows, ...gone].filter((row) => row.resolved_at !== null && isNew(row)),
    );
    await markCompared(transaction, reference, now, levels);
  });
}

function factsOf(
  reference: string,
  finding: FleetFinding,
  { availableAt, blockedBy }: FixState,
  kept: FindingRow | undefined,
  now: string,
) {
  return {
    reference,
    vulnerability: finding.vulnerability,
    package: finding.package,
    severity: finding.severity,
    status: finding.status,
    installed_version: finding.installedVersion,
    fixed_version: finding.fixedVersion ?? null,
    blocked_by: blockedBy ?? null,
    first_detected_at: kept?.first_detected_at ?? now,
    fix_available_at: kept?.fix_available_at ?? (availableAt === undefined ? null : isoTime(availableAt)),
  };
}

/** Gone with the image that had it: a new one was pushed under its name. */
function resolvedNow(row: FindingRow, now: string): FindingRow {
  if (row.resolved_at !== null) return row;
  return { ...row, resolved_at: now, standing: 'resolved', waiver_id: null, waived_until: null };
}

/** Index dates come with and without milliseconds; texts are compared in the database. */
function isoTime(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : new Date(time).toISOString();
}

function textsOf(findings: readonly FleetFinding[]): VulnerabilityTexts {
  return new Map(
    findings.map(({ vulnerability, title, url }) => [
      vulnerability,
      { ...(title === undefined ? {} : { title }), ...(url === undefined ? {} : { url }) },
    ]),
  );
}

async function markCompared(
  transaction: Transaction<Tables>,
  reference: string,
  now: string,
  levels: ServiceLevels,
): Promise<void> {
  const compared = { compared_at: now, levels: JSON.stringify(levels) };
  await transaction
    .insertInto('images')
    .values({ reference, ...compared, last_checked_at: now })
    .onConflict((conflict) => conflict.column('reference').doUpdateSet(compared))
    .execute();
}

/** Writers come one after the other: what is counted is read first, then written. */
export async function inOrder(
  store: FleetStore,
  work: (transaction: Transaction<Tables>) => Promise<void>,
): Promise<void> {
  await store.database.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('ledger')
      .set((expression) => ({ sequence: expression.ref('sequence') }))
      .where('id', '=', 1)
      .execute();
    await work(transaction);
  });
}

export async function rowsOf(transaction: Transaction<Tables>, reference: string): Promise<FindingRow[]> {
  return transaction.selectFrom('findings').selectAll().where('reference', '=', reference).execute();
}

async function levelsOf(transaction: Transaction<Tables>, reference: string): Promise<ServiceLevels> {
  const row = await transaction
    .selectFrom('images')
    .select('levels')
    .where('reference', '=', reference)
    .executeTakeFirst();
  return readLevels(row?.levels ?? null);
}

/** Written by `markCompared` and `restateLevels`. */
export function readLevels(text: string | null): ServiceLevels {
  return text === null ? {} : (JSON.parse(text) as ServiceLevels);
}

/** Since when each is known here to be exploited, which is now for what is new. */
async function exploitedSince(
  transaction: Transaction<Tables>,
  findings: readonly FleetFinding[],
  exploited: ReadonlySet<string> | undefined,
  now: string,
): Promise<ReadonlyMap<string, string>> {
  const since = new Map<string, string>();
  const ids = [...new Set(findings.map(({ vulnerability }) => vulnerability))];
  for (const id of ids) if (exploited?.has(id) === true) since.set(id, now);
  for (let at = 0; at < ids.length; at += BATCH) {
    const rows = await transaction
      .selectFrom('vulnerabilities')
      .select(['id', 'exploited_since'])
      .where('id', 'in', ids.slice(at, at + BATCH))
      .where('exploited_since', 'is not', null)
      .execute();
    for (const { id, exploited_since: known } of rows)
      if (known !== null && (exploited?.has(id) ?? true)) since.set(id, known);
  }
  return since;
}

const BATCH = 500;

/** All waivers that ever were about one of these vulnerabilities. */
async function waiversAbout(
  transaction: Transaction<Tables>,
  findings: readonly FleetFinding[],
): Promise<ReadonlyMap<string, readonly WaiverRow[]>> {
  const wanted = new Set(findings.map(({ vulnerability }) => vulnerability));
  const rows = await transaction.selectFrom('waivers').selectAll().execute();
  const byVulnerability = new Map<string, WaiverRow[]>();
  for (const row of rows)
    if (wanted.has(row.vulnerability))
      byVulnerability.set(row.vulnerability, [...(byVulnerability.get(row.vulnerability) ?? []), row]);
  return byVulnerability;
}

/** All findings of these images, resolved ones too. */
export async function findingsOf(store: FleetStore, references: readonly string[]): Promise<readonly FindingRow[]> {
  const rows: FindingRow[] = [];
  for (let at = 0; at < references.length; at += BATCH)
    rows.push(
      ...(await store.database
        .selectFrom('findings')
        .selectAll()
        .where('reference', 'in', references.slice(at, at + BATCH))
        .execute()),
    );
  return rows;
}
