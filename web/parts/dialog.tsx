import { type ReactNode, useEffect, useId, useRef } from 'react';
import { classes } from './classes.ts';
import styles from './dialog.module.css';
import { Icon } from './icon.tsx';

interface DialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly onClose: () => void;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/**
 * A modal dialog while it is mounted. The browser's own: it keeps the focus inside, makes the rest inert, closes on Escape
 * and gives the focus back, all without injecting a style sheet, which the content policy would refuse.
 */
export function Dialog({ title, description, onClose, wide = false, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog !== null && !dialog.open) {
      dialog.showModal();
      // What to fill in; where there is nothing, the way out that changes nothing.
      dialog.querySelector<HTMLElement>('input, textarea, select, [data-actions] button')?.focus();
    }
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click on the backdrop is one more way; Escape is the keyboard's
    <dialog
      ref={ref}
      className={classes(styles['dialog'], wide && styles['wide'])}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
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
