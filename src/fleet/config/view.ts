import { type Fleet, type ImageSet, POLICY_FIELDS } from './fleet.ts';
import type { Schedule } from './schedule.ts';
import type { TagRules } from './tag-rules.ts';

/** The configuration as it counts, with defaults filled in; documents of `suture config view`. */
export function viewFleet(fleet: Fleet) {
  return {
    kind: 'FleetView',
    file: fleet.file,
    sets: fleet.sets.map((set) => ({
      name: set.name,
      origin: set.origin,
      images: describeSelection(set),
      policy: policyRows(set),
    })),
    mirrors: fleet.mirrors,
    keyrings: fleet.keyrings,
    concurrency: fleet.concurrency,
    knownExploited: fleet.knownExploited,
    retentionMs: fleet.retention,
    notifications: (fleet.notifications ?? []).map(({ name, origin, target }) => ({ name, origin, kind: target.kind })),
    notes: fleet.notes,
  };
}

/** What a set selects, in a line. */
export function describeSelection({ selection }: ImageSet): string {
  switch (selection.kind) {
    case 'references':
      return selection.references.map(({ reference }) => reference).join(', ');
    case 'repository':
      return `${selection.repository}, ${describeTags(selection.tags)}`;
    case 'registry': {
      const some = selection.repositories === undefined ? 'every repository' : `repositories ${selection.repositories}`;
      return `${some} of ${selection.registry}, ${describeTags(selection.tags)}`;
    }
  }
}

function describeTags({ list, pattern, exclude, newest }: TagRules): string {
  if (list !== undefined) return `tags ${list.join(', ')}`;
  const parts = [
    newest === undefined ? 'every tag' : `the newest ${newest.count} tags by ${newest.by}`,
    ...(pattern === undefined ? [] : [`of ${pattern}`]),
    ...(exclude.length === 0 ? [] : [`without ${exclude.join(', ')}`]),
  ];
  return parts.join(' ');
}

export interface PolicyRow {
  readonly field: string;
  readonly value: string;
  /** `suture.yaml:12:5`, or `default`. */
  readonly origin: string;
}

/** Every value of a policy and where it comes from; durations in hours. */
export function policyRows({ policy, origins }: ImageSet): readonly PolicyRow[] {
  return POLICY_FIELDS.map((field) => ({
    field,
    value: field === 'schedule' ? formatSchedule(policy.schedule) : formatValue(policy[field]),
    origin: origins[field],
  }));
}

/** `0 3 * * * Europe/Berlin, up to 0.5h later` */
function formatSchedule(schedule: Schedule | undefined): string {
  if (schedule === undefined) return '-';
  const { cron, timeZone, jitterMs } = schedule;
  return `${cron} ${timeZone}${jitterMs === 0 ? '' : `, up to ${hours(jitterMs)} later`}`;
}

function formatValue(value: unknown): string {
  if (value === undefined) return '-';
  if (typeof value === 'number') return hours(value);
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.join(', ') || 'none';
  const levels = Object.entries(value as Record<string, number>).map(([name, ms]) => `${name} ${hours(ms)}`);
  return levels.join(', ') || '-';
}

function hours(ms: number): string {
  return `${Math.round((ms / 3_600_000) * 100) / 100}h`;
}
