import { type ReactNode, useId } from 'react';
import { classes } from './classes.ts';
import styles from './panel.module.css';

interface PanelProps {
  readonly title: string;
  /** Beside the title: what qualifies it. */
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  /** Tables reach the edge; everything else has a margin. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

/** A titled part of a page. */
export function Panel({ title, note, actions, flush = false, children }: PanelProps) {
  const heading = useId();
  return (
    <section className={styles['panel']} aria-labelledby={heading}>
      <header className={styles['header']}>
        <h2 id={heading}>{title}</h2>
        {note !== undefined && <div className={styles['note']}>{note}</div>}
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </header>
      <div className={classes(styles['body'], flush && styles['flush'])}>{children}</div>
    </section>
  );
}
