import type { RunStatus } from '../../src/service/api/contract/runs.ts';
import { Badge } from '../parts/badge.tsx';
import { RUN_STATUS_WORDS } from '../values/runs.ts';

export function RunStatusBadge({ status }: { readonly status: RunStatus }) {
  const { label, meaning, tone, icon } = RUN_STATUS_WORDS[status];
  return (
    <Badge tone={tone} icon={icon} title={meaning}>
      {label}
    </Badge>
  );
}
