import { useLive } from './live.tsx';
import styles from './live-state.module.css';

/** Whether the page follows what happens by itself. */
export function LiveState() {
  const { connected, connections } = useLive();
  const text = connected ? 'Live' : connections === 0 ? 'Connecting…' : 'Not live; trying again';
  const title = connected ? 'Changes appear by themselves' : 'Changes appear when the page is loaded again';
  return (
    <p className={styles['live']} data-connected={connected || undefined} title={title}>
      <span className={styles['dot']} />
      {text}
    </p>
  );
}
