import type { Compliance } from '../../src/service/api/contract/values.ts';
import { Badge } from '../parts/badge.tsx';
import { COMPLIANCE_WORDS } from '../values/states.ts';

export function ComplianceBadge({ compliance }: { readonly compliance: Compliance }) {
  const { label, meaning, tone, icon } = COMPLIANCE_WORDS[compliance];
  return (
    <Badge tone={tone} icon={icon} title={meaning}>
      {label}
    </Badge>
  );
}
