import type { Tier, TierCounts } from '../../src/service/api/contract/values.ts';
import type { Tone } from '../parts/badge.tsx';

export interface TierWords {
  readonly label: string;
  /** One or two letters for dense tables; the label goes with it for screen readers and as a title. */
  readonly short: string;
  readonly tone: Tone;
}

/** Worst first. */
export const TIER_WORDS: Readonly<Record<Tier, TierWords>> = {
  KNOWN_EXPLOITED: { label: 'Known exploited', short: 'KEV', tone: 'critical' },
  CRITICAL: { label: 'Critical', short: 'C', tone: 'critical' },
  HIGH: { label: 'High', short: 'H', tone: 'high' },
  MEDIUM: { label: 'Medium', short: 'M', tone: 'medium' },
  LOW: { label: 'Low', short: 'L', tone: 'low' },
  UNKNOWN: { label: 'Unknown', short: 'U', tone: 'unknown' },
};

export const TIER_ORDER = Object.keys(TIER_WORDS) as readonly Tier[];

/** Tiers that have a finding, worst first. */
export function presentTiers(counts: TierCounts): readonly (readonly [Tier, number])[] {
  return TIER_ORDER.map((tier) => [tier, counts[tier]] as const).filter(([, count]) => count > 0);
}
