import type { TierCounts as Counts } from '../../src/service/api/contract/values.ts';
import { formatCount } from '../format/number.ts';
import { classes } from '../parts/classes.ts';
import { presentTiers, TIER_WORDS } from '../values/tiers.ts';
import styles from './tier-counts.module.css';

/** `C 2  H 14  M 3`: open findings by severity, dense, each with its whole name for screen readers and as a title. */
export function TierCounts({ counts }: { readonly counts: Counts }) {
  const present = presentTiers(counts);
  if (present.length === 0) return <span className={styles['none']}>none open</span>;
  return (
    <ul className={styles['counts']}>
      {present.map(([tier, count]) => {
        const { label, short, tone } = TIER_WORDS[tier];
        return (
          <li key={tier} className={classes(styles['count'], styles[tone])} title={`${label}: ${formatCount(count)}`}>
            <span aria-hidden="true">{short}</span>
            <span className="visually-hidden">{label}</span> {formatCount(count)}
          </li>
        );
      })}
    </ul>
  );
}
