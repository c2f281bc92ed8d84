import type { FleetFinding } from '../run/scan.ts';
import type { FindingRow } from './schema.ts';
import type { FleetStore } from './store.ts';

/** What stands between a finding and its fix, and since when the fix could be had. */
export interface FixState {
  /** ISO 8601: date of the signed index of our mirror that offers the fix. */
  readonly availableAt?: string;
  /** Why it is not applied. */
  readonly blockedBy?: string;
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
): Promise<void> {
  const now = store.now();
  const known = new Map((await findingsOf(store, [reference])).map((row) => [key(row), row]));
  const left = new Set(remaining.map(key));
  const rows = before.map((finding): FindingRow => {
    const old = known.get(key(finding));
    const kept = old?.resolved_at === null || !left.has(key(finding)) ? old : undefined;
    const { availableAt, blockedBy } = fixOf(finding);
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
      fix_available_at: kept?.fix_available_at ?? availableAt ?? null,
      resolved_at: left.has(key(finding)) ? null : (kept?.resolved_at ?? now),
    };
  });
  const found = new Set(rows.map(key));
  const gone = [...known.values()]
    .filter((row) => !found.has(key(row)) && row.resolved_at === null)
    .map((row) => ({ ...row, resolved_at: now }));
  await store.database.transaction().execute(async (transaction) => {
    for (const row of [...rows, ...gone])
      await transaction
        .insertInto('findings')
        .values(row)
        .onConflict((conflict) => conflict.columns(['reference', 'vulnerability', 'package']).doUpdateSet(row))
        .execute();
  });
}

function key({ vulnerability, package: name }: { readonly vulnerability: string; readonly package: string }): string {
  return `${vulnerability} ${name}`;
}

/** All findings of these images, resolved ones too. */
export async function findingsOf(store: FleetStore, references: readonly string[]): Promise<readonly FindingRow[]> {
  const rows: FindingRow[] = [];
  for (let at = 0; at < references.length; at += 500)
    rows.push(
      ...(await store.database
        .selectFrom('findings')
        .selectAll()
        .where('reference', 'in', references.slice(at, at + 500))
        .execute()),
    );
  return rows;
}
