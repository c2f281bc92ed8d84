import type { Finding } from '../../src/service/api/contract/findings.ts';
import { absoluteTime, relativeTime } from '../format/time.ts';
import { Badge } from '../parts/badge.tsx';
import { useNow } from '../parts/use-now.ts';
import { STATE_WORDS } from '../values/states.ts';

/** Where a finding stands, and since or until when. */
export function StateBadge({
  finding,
}: {
  readonly finding: Pick<Finding, 'state' | 'dueAt' | 'waiver' | 'resolvedAt'>;
}) {
  const now = useNow();
  const { state, dueAt, waiver, resolvedAt } = finding;
  const { label, meaning, tone, icon } = STATE_WORDS[state];
  const time = state === 'late' || state === 'due' ? dueAt : state === 'waived' ? waiver?.expiresAt : resolvedAt;
  if (time === undefined)
    return (
      <Badge tone={tone} icon={icon} title={meaning}>
        {label}
      </Badge>
    );
  const relative = relativeTime(time, now);
  const words =
    state === 'late' ? `since ${relative.replace(/ ago$/, '')}` : state === 'waived' ? `ends ${relative}` : relative;
  return (
    <Badge tone={tone} icon={icon} title={`${meaning}: ${absoluteTime(time)}`}>
      {label} {words}
    </Badge>
  );
}
