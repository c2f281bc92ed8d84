import { type ReactNode, useId } from 'react';
import { classes } from './classes.ts';
import styles from './dialog.module.css';
import { Icon } from './icon.tsx';
import { useModal } from './use-modal.ts';

interface DialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly onClose: () => void;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** A modal dialog while it is mounted. */
export function Dialog({ title, description, onClose, wide = false, children }: DialogProps) {
  const modal = useModal(onClose);
  const heading = useId();
  return (
    <dialog {...modal} className={classes(styles['dialog'], wide && styles['wide'])} aria-labelledby={heading}>
      <div className={styles['content']}>
        <header className={styles['header']}>
          <h2 id={heading}>{title}</h2>
          <button type="button" className={styles['close']} aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {description !== undefined && <div className={styles['description']}>{description}</div>}
        {children}
      </div>
    </dialog>
  );
}
