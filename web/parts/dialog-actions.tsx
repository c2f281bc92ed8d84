import type { ReactNode } from 'react';
import styles from './dialog-actions.module.css';

/** The ways out of a dialog, the one that does something last. */
export function DialogActions({ children }: { readonly children: ReactNode }) {
  return (
    <div className={styles['actions']} data-actions="">
      {children}
    </div>
  );
}
