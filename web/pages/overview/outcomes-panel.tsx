import { Link } from 'wouter';
import type { Coverage } from '../../../src/service/api/contract/overview.ts';
import { paths } from '../../app/paths.ts';
import { formatCount, percent } from '../../format/number.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StackedBar } from '../../parts/stacked-bar.tsx';
import { OUTCOME_ORDER, wordsOfKey } from '../../values/outcomes.ts';
import styles from './outcomes-panel.module.css';

/** What became of the images in their last run; each line leads to those images. */
export function OutcomesPanel({ coverage: { images, byOutcome, checkedLastDay } }: { readonly coverage: Coverage }) {
  const present = OUTCOME_ORDER.filter((key) => byOutcome[key] > 0);
  return (
    <Panel title="Last results" note={`${formatCount(checkedLastDay)} of ${formatCount(images)} checked within 24 h`}>
      <StackedBar
        parts={present.map((key) => ({
          label: wordsOfKey(key).label,
          count: byOutcome[key],
          tone: wordsOfKey(key).tone,
        }))}
      />
      <ul className={styles['list']}>
        {present.map((key) => {
          const { label, meaning, icon, tone } = wordsOfKey(key);
          return (
            <li key={key}>
              <Link href={paths.images({ outcome: key })} className={styles['link'] ?? ''}>
                <span className={styles['icon']} data-tone={tone}>
                  <Icon name={icon} size={13} />
                </span>
                <span className={styles['label']}>{label}</span>
                <span className={styles['meaning']}>{meaning}</span>
                <span className={styles['count']}>{formatCount(byOutcome[key])}</span>
                <span className={styles['share']}>{percent(byOutcome[key], images)}&nbsp;%</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
