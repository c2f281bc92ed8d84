import { useState } from 'react';
import type { BurnDownDay } from '../../src/service/api/contract/overview.ts';
import type { Tier } from '../../src/service/api/contract/values.ts';
import { BurnDown } from '../charts/burn-down.tsx';
import { Notice } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { Select } from '../parts/select.tsx';
import { TIER_ORDER, TIER_WORDS } from '../values/tiers.ts';

/** The burn-down of all tiers, or of one. */
export function BurnDownPanel({ days }: { readonly days: readonly BurnDownDay[] }) {
  const [tier, setTier] = useState<Tier | ''>('');
  const present = TIER_ORDER.filter((name) => days.some(({ tiers }) => tiers.some((entry) => entry.tier === name)));
  const points = days.map((day) => {
    const of = tier === '' ? day : day.tiers.find((entry) => entry.tier === tier);
    return { day: day.day, open: of?.open ?? 0, late: of?.late ?? 0, waived: of?.waived ?? 0 };
  });
  return (
    <Panel
      title="Burn-down"
      note="findings with a fix, at the end of each day"
      actions={
        present.length > 1 && (
          <Select
            label="Severity"
            value={tier}
            choices={[
              { value: '', label: 'all' },
              ...present.map((name) => ({ value: name, label: TIER_WORDS[name].label })),
            ]}
            onChange={(value) => setTier(TIER_ORDER.find((name) => name === value) ?? '')}
          />
        )
      }
    >
      {points.length < 2 ? (
        <Notice icon="clock" title="The line begins with the second day of runs." />
      ) : (
        <BurnDown days={points} />
      )}
    </Panel>
  );
}
