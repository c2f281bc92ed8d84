import type { ReactNode } from 'react';
import styles from './toolbar.module.css';

/** Filters of a list, in the order of their use. */
export function Toolbar({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <search className={styles['toolbar']} aria-label={label}>
      {children}
    </search>
  );
}
