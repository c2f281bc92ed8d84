import { formatCount, percent } from '../format/number.ts';
import type { Tone } from './badge.tsx';
import { classes } from './classes.ts';
import styles from './stacked-bar.module.css';

export interface BarPart {
  readonly label: string;
  readonly count: number;
  /** `empty` is what is still to come. */
  readonly tone: Tone | 'empty';
}

/** Widths of the parts in a drawing 100 wide; a part that is there can be seen. */
export function barWidths(counts: readonly number[]): readonly number[] {
  const LEAST = 0.8;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return counts.map(() => 0);
  const raised = counts.map((count) => (count === 0 ? 0 : Math.max(LEAST, (count / total) * 100)));
  const sum = raised.reduce((all, width) => all + width, 0);
  return raised.map((width) => (width / sum) * 100);
}

/** Shares of a whole in one line, with the numbers below or for screen readers only. */
export function StackedBar({
  parts,
  legend = false,
}: {
  readonly parts: readonly BarPart[];
  readonly legend?: boolean;
}) {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const widths = barWidths(parts.map(({ count }) => count));
  const text = parts.map(({ label, count }) => `${label} ${formatCount(count)}`).join(', ');
  let left = 0;
  return (
    <div>
      <svg className={styles['bar']} viewBox="0 0 100 2" preserveAspectRatio="none" role="img" aria-label={text}>
        <rect className={styles['empty']} width="100" height="2" />
        {parts.map(({ label, tone }, index) => {
          const width = widths[index] ?? 0;
          const at = left;
          left += width;
          return width > 0 && <rect key={label} className={styles[tone]} x={at} width={width} height="2" />;
        })}
      </svg>
      {legend && (
        <ul className={styles['legend']}>
          {parts.map(({ label, count, tone }) => (
            <li key={label}>
              <span className={classes(styles['swatch'], styles[tone])} />
              <span>{label}</span>
              <b>{formatCount(count)}</b>
              {count > 0 && <span className={styles['share']}>{percent(count, total)}&nbsp;%</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
