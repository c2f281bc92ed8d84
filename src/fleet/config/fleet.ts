import type { Severity } from '../../core/severity.ts';
import type { NotificationChannel } from './notifications.ts';
import type { Schedule } from './schedule.ts';
import type { TagRules } from './tag-rules.ts';

/** Milliseconds by severity, and for what is known to be exploited. */
export type ServiceLevels = Readonly<Partial<Record<Severity | 'KNOWN_EXPLOITED', number>>>;

/** What holds for an image. */
export interface Policy {
  readonly scope: 'security' | 'all';
  /** Only findings of this severity and above; everything that has a fix when absent. */
  readonly severity?: Severity;
  readonly sla: ServiceLevels;
  /** Milliseconds. */
  readonly maxDatabaseAge?: number;
  readonly endOfLife: 'patch' | 'refuse';
  /** How packages are applied; `auto` when absent. */
  readonly engine?: 'auto' | 'native';
  /** `{tag}`, `{date}`. */
  readonly tag: string;
  /** Registry, or registry with a path. */
  readonly target?: string;
  readonly platform?: string;
  readonly schedule?: Schedule;
  readonly team?: string;
  readonly owner?: string;
  /** Names of channels; all of them when absent. */
  readonly notify?: readonly string[];
}

export type PolicyField = keyof Policy;

export const POLICY_FIELDS = [
  'scope',
  'severity',
  'sla',
  'maxDatabaseAge',
  'endOfLife',
  'engine',
  'tag',
  'target',
  'platform',
  'schedule',
  'team',
  'owner',
  'notify',
] as const satisfies readonly PolicyField[];

/** Which images a set is about. */
export type Selection =
  | {
      readonly kind: 'references';
      readonly references: readonly { readonly reference: string; readonly origin: string }[];
    }
  | { readonly kind: 'repository'; readonly repository: string; readonly tags: TagRules }
  | {
      readonly kind: 'registry';
      readonly registry: string;
      readonly repositories: RegExp | undefined;
      readonly tags: TagRules;
    };

export interface ImageSet {
  readonly name: string;
  /** Where it is written: `suture.yaml:12:5`. */
  readonly origin: string;
  readonly selection: Selection;
  readonly policy: Policy;
  /** Where each value of the policy comes from: a place in a file, or `default`. */
  readonly origins: Readonly<Record<PolicyField, string>>;
  /** Copa's rule: the last part of the repository's name is what it is called at the target, unless two are called so. */
  readonly targetNames?: 'whole' | 'last';
}

/** A fleet, from whichever format it was read. */
export interface Fleet {
  readonly file: string;
  readonly sets: readonly ImageSet[];
  readonly mirrors: readonly { readonly from: string; readonly to: string }[];
  readonly keyrings: readonly string[];
  readonly concurrency: { readonly images: number; readonly perRegistry: number };
  /** File: CISA's catalogue of known exploited vulnerabilities. */
  readonly knownExploited?: string;
  /** Milliseconds. */
  readonly retention?: number;
  readonly notifications?: readonly NotificationChannel[];
  /** What a reader of the file should know. */
  readonly notes: readonly string[];
}

export const DEFAULT_TAG = '{tag}-patched-{date}';

export const DEFAULT_POLICY: Policy = { scope: 'security', sla: {}, endOfLife: 'patch', tag: DEFAULT_TAG };

export const DEFAULT_CONCURRENCY = { images: 4, perRegistry: 4 } as const;

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `36h` in milliseconds; the schema has checked the shape. */
export function durationMs(text: string): number {
  return Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? 0);
}
