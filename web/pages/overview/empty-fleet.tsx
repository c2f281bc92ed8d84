import { Notice } from '../../parts/notice.tsx';
import styles from '../../parts/stack.module.css';

/** Before the first run. */
export function EmptyFleet() {
  return (
    <div className={styles['frame']}>
      <Notice icon="images" title="No run has looked at an image yet.">
        Name the images in <code>suture.yaml</code>, then start a run here or with <code>suture run</code>. What it
        finds appears on this page by itself.
      </Notice>
    </div>
  );
}
