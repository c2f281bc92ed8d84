import { sql } from 'kysely';
import type { FleetStore } from '../store/store.ts';
import { stateOf } from './conditions.ts';
import { conditionOf, type FindingFilter } from './findings.ts';
import { type ImageFilter, imageRows, summaries } from './image-rows.ts';

/** Columns of the file of images. */
export const IMAGES_CSV = [
  'reference',
  'team',
  'owner',
  'outcome',
  'compliance',
  'digest',
  'published_reference',
  'published_digest',
  'open',
  'late',
  'due',
  'waived',
  'pending_upstream',
  'unfixable',
  'end_of_life',
  'next_due_at',
  'last_checked_at',
] as const;

/** Columns of the file of findings. */
export const FINDINGS_CSV = [
  'reference',
  'team',
  'vulnerability',
  'package',
  'severity',
  'known_exploited',
  'state',
  'status',
  'installed_version',
  'fixed_version',
  'blocked_by',
  'first_detected_at',
  'fix_available_at',
  'due_at',
  'resolved_at',
  'waiver',
] as const;

/** Rows read at once: the file is written while it is read. */
const BATCH = 500;

type Cell = string | number | null | undefined;

/** Images that a filter lets through, by reference, as pieces of a CSV file (RFC 4180). */
export async function* imagesCsv(store: FleetStore, filter: ImageFilter): AsyncGenerator<string> {
  yield csvLine(IMAGES_CSV);
  for (let offset = 0; ; offset += BATCH) {
    const rows = await imageRows(store, filter, { sort: 'reference', limit: BATCH, offset });
    if (rows.length === 0) return;
    const lines = (await summaries(store, rows)).map((image) => {
      const { late, due, open, waived, pendingUpstream, unfixable, endOfLife } = image.states;
      const head = [image.reference, image.team, image.owner, image.outcome, image.compliance];
      const made = [image.digest, image.publishedReference, image.publishedDigest];
      const counts = [open, late, due, waived, pendingUpstream, unfixable, endOfLife];
      return csvLine([...head, ...made, ...counts, image.nextDueAt, image.lastCheckedAt]);
    });
    yield lines.join('');
    if (rows.length < BATCH) return;
  }
}

interface FindingCsvRow {
  readonly reference: string;
  readonly vulnerability: string;
  readonly package: string;
  readonly cells: readonly Cell[];
}

/** Findings that a filter lets through, by image, as pieces of a CSV file; there may be millions. */
export async function* findingsCsv(store: FleetStore, filter: FindingFilter): AsyncGenerator<string> {
  yield csvLine(FINDINGS_CSV);
  let last: FindingCsvRow | undefined;
  for (;;) {
    const rows = await findingRows(store, filter, last);
    if (rows.length > 0) yield rows.map(({ cells }) => csvLine(cells)).join('');
    if (rows.length < FINDINGS_BATCH) return;
    last = rows.at(-1);
  }
}

const FINDINGS_BATCH = 5000;

/** From one key to the next, as the table is ordered: an offset would read everything before it again. */
async function findingRows(
  store: FleetStore,
  filter: FindingFilter,
  after: FindingCsvRow | undefined,
): Promise<FindingCsvRow[]> {
  const now = store.now();
  const beyond =
    after === undefined
      ? sql`1 = 1`
      : sql`(f.reference, f.vulnerability, f.package) > (${after.reference}, ${after.vulnerability}, ${after.package})`;
  const { rows } = await sql<Readonly<Record<string, string | null>>>`
    select f.*, ${stateOf('f', now)} as state, images.team from findings as f
      left join images on images.reference = f.reference left join vulnerabilities as v on v.id = f.vulnerability
    where ${conditionOf(filter, now)} and ${beyond}
    order by f.reference, f.vulnerability, f.package limit ${FINDINGS_BATCH}`.execute(store.database);
  return rows.map((row) => {
    const value = (name: string) => row[name] ?? null;
    const waiver = row['state'] === 'waived' ? value('waiver_id') : null;
    const exploited = value('exploited_since') === null ? 'no' : 'yes';
    return {
      reference: row['reference'] ?? '',
      vulnerability: row['vulnerability'] ?? '',
      package: row['package'] ?? '',
      cells: [
        ...['reference', 'team', 'vulnerability', 'package', 'severity'].map(value),
        exploited,
        ...['state', 'status', 'installed_version', 'fixed_version', 'blocked_by'].map(value),
        ...['first_detected_at', 'fix_available_at', 'due_at', 'resolved_at'].map(value),
        waiver,
      ],
    };
  });
}

/** A line with CRLF. Names come from images: what a spreadsheet would take for a formula begins with an apostrophe. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: Cell): string {
  if (typeof value === 'number') return String(value);
  const text = value ?? '';
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
