import { formatCount } from '../format/number.ts';
import type { Tone } from './badge.tsx';
import { barWidths } from './bar-widths.ts';
import { classes } from './classes.ts';
import styles from './stacked-bar.module.css';

export interface BarPart {
  readonly label: string;
  readonly count: number;
  /** `empty` is what is still to come. */
  readonly tone: Tone | 'empty';
}

/** Shares of a whole in one line, with the numbers below or for screen readers only. */
export function StackedBar({
  parts,
  legend = false,
}: {
  readonly parts: readonly BarPart[];
  readonly legend?: boolean;
}) {
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
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
