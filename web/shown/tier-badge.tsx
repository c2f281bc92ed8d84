import type { Tier } from '../../src/service/api/contract/values.ts';
import { Badge } from '../parts/badge.tsx';
import { TIER_WORDS } from '../values/tiers.ts';

export function TierBadge({ tier }: { readonly tier: Tier }) {
  const { label, tone } = TIER_WORDS[tier];
  return (
    <Badge tone={tone} {...(tier === 'KNOWN_EXPLOITED' ? { icon: 'warning' as const } : {})}>
      {label}
    </Badge>
  );
}
