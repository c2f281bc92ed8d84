import { absoluteTime, relativeTime } from '../format/time.ts';
import styles from './due-time.module.css';
import { useNow } from './use-now.ts';

/** `in 5 h`, or `16 h overdue`. */
export function DueTime({ time }: { readonly time: string | undefined }) {
  const now = useNow();
  if (time === undefined) return <span className={styles['none']}>—</span>;
  const over = Date.parse(time) < now;
  const relative = relativeTime(time, now);
  return (
    <time dateTime={time} title={absoluteTime(time)} className={over ? styles['over'] : undefined}>
      {over ? relative.replace(/ ago$/, ' overdue') : relative.replace('just now', 'now')}
    </time>
  );
}
