import type { RunSummary } from '../../src/service/api/contract/runs.ts';
import type { Outcome } from '../../src/service/api/contract/values.ts';
import { StackedBar } from '../parts/stacked-bar.tsx';
import { OUTCOME_WORDS } from '../values/outcomes.ts';

const OUTCOMES = Object.keys(OUTCOME_WORDS) as readonly Outcome[];

/** Images of a run by outcome; what is not done yet stays empty. */
export function RunBar({
  run: { counts, images, finished },
  legend = false,
}: {
  readonly run: RunSummary;
  readonly legend?: boolean;
}) {
  const parts = OUTCOMES.filter((outcome) => counts[outcome] > 0).map((outcome) => ({
    label: OUTCOME_WORDS[outcome].label,
    count: counts[outcome],
    tone: OUTCOME_WORDS[outcome].tone,
  }));
  const left = Math.max(0, (images ?? finished) - finished);
  return (
    <StackedBar
      parts={left === 0 ? parts : [...parts, { label: 'To do', count: left, tone: 'empty' }]}
      legend={legend}
    />
  );
}
