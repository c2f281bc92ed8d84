import type { FleetTables } from './fleet-tables.ts';
import type { NotificationTables } from './notification-tables.ts';
import type { ServiceTables } from './service-tables.ts';

/**
 * Tables of the fleet store, the same on SQLite and PostgreSQL: text and integers only, times as ISO 8601 in UTC, documents
 * as JSON text.
 */
export interface Tables extends ServiceTables, NotificationTables, FleetTables {
  images: ImageRow;
  runs: RunRow;
  results: ResultRow;
  findings: FindingRow;
  waivers: WaiverRow;
  events: EventRow;
  ledger: LedgerRow;
  locks: LockRow;
}

/** What is known of one image reference now. */
export interface ImageRow {
  reference: string;
  team: string | null;
  owner: string | null;
  /** Digest of the lowest layer: images that share it go to the same shard. */
  base_layer: string | null;
  /** What the reference named when it was last worked on. */
  digest: string | null;
  /** Id of the last result. */
  result_id: string | null;
  last_checked_at: string;
  /** Name of the image set that it is of. */
  image_set: string | null;
  /** JSON: ServiceLevels, as of the last run. */
  levels: string | null;
  /** When its packages were last compared with a vulnerability database. */
  compared_at: string | null;
  /** Configuration that named it, and since when it names it no more. */
  source: string | null;
  left_at: string | null;
}

export interface RunRow {
  id: string;
  started_at: string;
  ended_at: string | null;
  /** `running`, `done`, `interrupted`. */
  status: string;
  shard: string;
  tool_version: string;
  summary: string;
  /** That it is about. */
  images: number | null;
  /** JSON: RunNotes. */
  report: string | null;
}

export interface ResultRow {
  id: string;
  run_id: string;
  reference: string;
  outcome: string;
  digest: string | null;
  /** Of policy, tool and vulnerability database: with digest and repositories all that the outcome depends on. */
  decision: string | null;
  published_reference: string | null;
  published_digest: string | null;
  plan_digest: string | null;
  /** JSON: RepositoryState[]. */
  repositories: string;
  /** JSON: what is pending, the failure, notes. */
  detail: string;
  finished_at: string;
  /** Of the image that the patch began from, and how it was called. */
  base_digest: string | null;
  base_reference: string | null;
  /** JSON: LayerRecord[]. */
  layers: string | null;
  /** Vulnerabilities that are gone. */
  fixed: number;
}

export interface FindingRow {
  reference: string;
  vulnerability: string;
  package: string;
  severity: string;
  status: string;
  installed_version: string;
  fixed_version: string | null;
  /** Why a fix that exists is not applied; null when nothing stands against it. */
  blocked_by: string | null;
  first_detected_at: string;
  /** When the repositories that the image can reach offered the fix. */
  fix_available_at: string | null;
  resolved_at: string | null;
  /** Since when it is known here that it is exploited. */
  exploited_since: string | null;
  /** What follows depends on what stands above, the service levels of the image and the waivers; see standing.ts. */
  tier_rank: number;
  /** `resolved`, `clock` (due or late by `due_at`), `unmeasured`, `pending-upstream`, `unfixable`, `eol`. */
  standing: string;
  started_at: string | null;
  due_at: string | null;
  /** The waiver that holds longest of those that hold, until then. */
  waiver_id: string | null;
  waived_until: string | null;
}

export interface WaiverRow {
  id: string;
  vulnerability: string;
  /** Glob over image references. */
  image: string;
  /** Binary package; null for all. */
  package: string | null;
  owner: string;
  ticket: string;
  reason: string;
  justification: string;
  created_at: string;
  expires_at: string;
  removed_at: string | null;
}

export interface EventRow {
  sequence: number;
  time: string;
  kind: string;
  subject: string;
  /** Canonical JSON. */
  data: string;
  previous_hash: string;
  hash: string;
}

/** One row: the head of the chain. */
export interface LedgerRow {
  id: number;
  sequence: number;
  hash: string;
}

export interface LockRow {
  name: string;
  /** `host:pid:nonce`. */
  holder: string;
  shard: string;
  heartbeat_at: string;
}
