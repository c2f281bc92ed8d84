import type { Severity } from '../../core/severity.ts';

/** What people can be told of. */
export const NOTICE_EVENTS = [
  'run-failed',
  'run-partly',
  'image-failing',
  'image-patched',
  'sla-due',
  'sla-breached',
  'waiver-expiring',
  'database-stale',
  'end-of-life',
] as const;
export type NoticeEvent = (typeof NOTICE_EVENTS)[number];

/** In rising order. */
export const IMPORTANCES = ['info', 'warning', 'critical'] as const;
export type Importance = (typeof IMPORTANCES)[number];

export function isAtLeast(importance: Importance, minimum: Importance): boolean {
  return IMPORTANCES.indexOf(importance) >= IMPORTANCES.indexOf(minimum);
}

/** Something that is so now: told once, until it is over and comes again. */
export interface Notice {
  /** The same as long as it is the same matter. */
  readonly key: string;
  /** `test`: of `suture notify test`. */
  readonly event: NoticeEvent | 'test';
  readonly importance: Importance;
  /** One line. */
  readonly title: string;
  /** One paragraph: what it means and what to do. */
  readonly text: string;
  /** Image, waiver, run or database. */
  readonly subject: string;
  /** ISO 8601: since when. */
  readonly at: string;
  readonly image?: string;
  readonly team?: string;
  readonly owner?: string;
  /** Of the findings it is about. */
  readonly severity?: Severity;
  /** ISO 8601. */
  readonly dueAt?: string;
  /** Vulnerabilities, errors: at most MOST_DETAILS, then how many more. */
  readonly details: readonly string[];
  /** Names of the channels that the image's policy wants; absent: those of no policy's choosing. */
  readonly channels?: readonly string[];
}

export const MOST_DETAILS = 20;

/** The first ones, and how many are left out. */
export function shortenDetails(details: readonly string[]): readonly string[] {
  if (details.length <= MOST_DETAILS) return details;
  return [...details.slice(0, MOST_DETAILS), `and ${details.length - MOST_DETAILS} more`];
}

/** What a template can name: of the message as a whole, and within `{{#notices}}` of each notice. */
export const MESSAGE_FIELDS = ['title', 'channel', 'id', 'count', 'critical', 'warning', 'info', 'digest', 'notices'];
export const NOTICE_FIELDS = [
  'event',
  'importance',
  'title',
  'text',
  'subject',
  'at',
  'image',
  'team',
  'owner',
  'severity',
  'dueAt',
  'details',
  'over',
];
