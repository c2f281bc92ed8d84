import type { ReactNode } from 'react';
import { Icon } from '../parts/icon.tsx';
import { useModal } from '../parts/use-modal.ts';
import { Brand } from './brand.tsx';
import styles from './navigation-drawer.module.css';

interface NavigationDrawerProps {
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** The sections on a narrow screen, from the side. */
export function NavigationDrawer({ onClose, children }: NavigationDrawerProps) {
  const modal = useModal(onClose);
  return (
    <dialog {...modal} className={styles['drawer']} aria-label="Navigation">
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
