import { type ReactNode, useEffect, useRef } from 'react';
import { Icon } from '../parts/icon.tsx';
import { Brand } from './brand.tsx';
import styles from './navigation-drawer.module.css';

interface NavigationDrawerProps {
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** The sections on a narrow screen, from the side. */
export function NavigationDrawer({ onClose, children }: NavigationDrawerProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (dialog !== null && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it is one more way; Escape is the keyboard's
    <dialog
      ref={ref}
      className={styles['drawer']}
      aria-label="Navigation"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <div className={styles['content']}>
        <div className={styles['head']}>
          <Brand />
          <button type="button" aria-label="Close navigation" onClick={onClose}>
            <Icon name="close" size={18} />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
