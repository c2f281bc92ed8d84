import type { Outcome } from '../../src/service/api/contract/values.ts';
import { Badge } from '../parts/badge.tsx';
import { outcomeWords } from '../values/outcomes.ts';

export function OutcomeBadge({ outcome }: { readonly outcome: Outcome | undefined }) {
  const { label, meaning, tone, icon } = outcomeWords(outcome);
  return (
    <Badge tone={tone} icon={icon} title={meaning}>
      {label}
    </Badge>
  );
}
