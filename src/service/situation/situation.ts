import type { ImageSet } from '../../fleet/config/fleet.ts';
import { type Tier, tierOfRank } from '../../fleet/sla.ts';
import type { ImageResult } from '../../fleet/store/results.ts';
import type { FindingRow, WaiverRow } from '../../fleet/store/schema.ts';
import type { FindingCount } from './read-findings.ts';

/** Where a fleet stands now: what notices and metrics are made from. */
export interface FleetSituation {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of the configuration as it is now, by reference; what only the store still knows is left out. */
  readonly images: readonly ImageSituation[];
  /** References of other configurations with the same store: nothing is said about them. */
  readonly elsewhere: readonly string[];
  /** Those that hold. */
  readonly waivers: readonly WaiverSituation[];
  /** The last of each shard. */
  readonly runs: readonly RunSituation[];
  /** Undefined when there is none. */
  readonly database: DatabaseSituation | undefined;
  readonly needsDatabase: boolean;
}

export interface DatabaseSituation {
  /** ISO 8601: when it was built. */
  readonly updatedAt: string;
  /** When its makers mean to build the next. */
  readonly nextUpdate?: string;
}

export interface ImageSituation {
  readonly reference: string;
  readonly set: ImageSet;
  readonly team?: string;
  readonly owner?: string;
  readonly result?: ImageResult;
  /** ISO 8601: of the last result. */
  readonly finishedAt?: string;
  /** ISO 8601: when it was last found to be as it should be, or made so. */
  readonly verifiedAt?: string;
  /** Runs in a row that failed, up to the last. */
  readonly failures: number;
  readonly endOfLife: boolean;
  /** Of all that are not resolved. */
  readonly counts: readonly FindingCount[];
  /** Findings that are due or late, those that are due first before the others. */
  readonly clocks: readonly FindingRow[];
}

export interface WaiverSituation {
  readonly waiver: WaiverRow;
  /** Of the images that it is about; empty when there are none, or none of them has a team. */
  readonly teams: readonly string[];
}

export interface RunSituation {
  readonly shard: string;
  /** The last that went over its shard to the end; undefined when there is none. */
  readonly last?: EndedRun;
  /** The last of them in which not every image failed. */
  readonly success?: EndedRun;
}

export interface EndedRun {
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** Images by outcome. */
  readonly counts: Readonly<Record<string, number>>;
}

export type RunVerdict = 'done' | 'partly' | 'failed';

/** The same rule as the exit codes of `suture run`. */
export function verdictOf({ counts }: EndedRun): RunVerdict {
  const of = (name: string) => counts[name] ?? 0;
  const total = ['patched', 'clean', 'partial', 'pending', 'refused', 'failed'].reduce(
    (sum, name) => sum + of(name),
    0,
  );
  if (total > 0 && of('failed') === total) return 'failed';
  return of('failed') + of('refused') + of('partial') + of('pending') === 0 ? 'done' : 'partly';
}

/** Of findings of an image that are due or late at the same time. */
export interface Deadline {
  readonly tier: Tier;
  readonly isLate: boolean;
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
  /** Milliseconds from the start of the clock to its end. */
  readonly window: number;
  readonly findings: readonly FindingRow[];
}

/** The clocks that run for an image, the first to end first; findings whose clocks end together are one matter. */
export function deadlinesOf({ clocks }: Pick<ImageSituation, 'clocks'>, now: number): readonly Deadline[] {
  const groups = new Map<string, Deadline & { readonly findings: FindingRow[] }>();
  for (const row of clocks) {
    const { tier_rank: rank, started_at: startedAt, due_at: end } = row;
    if (startedAt === null || end === null) continue;
    const key = `${rank} ${end}`;
    const group = groups.get(key);
    const dueAt = Date.parse(end);
    const window = dueAt - Date.parse(startedAt);
    if (group !== undefined) group.findings.push(row);
    else groups.set(key, { tier: tierOfRank(rank), isLate: dueAt < now, dueAt, window, findings: [row] });
  }
  return [...groups.values()].sort((a, b) => a.dueAt - b.dueAt);
}

/** Of the window of a service level, what is left when people are told that it ends soon. */
export const DUE_SOON = 0.2;

/** Failed runs in a row of which people are told. */
export const FAILURES_TOLD = 3;
