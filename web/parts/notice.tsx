import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import type { IconName } from './icon-paths.ts';
import styles from './notice.module.css';

interface NoticeProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  /** Read out at once: something went wrong. */
  readonly alert?: boolean;
}

/** In place of content: nothing there, nothing found, or it failed, with the way on. */
export function Notice({ icon, title, children, action, alert = false }: NoticeProps) {
  return (
    <div className={styles['notice']} role={alert ? 'alert' : undefined}>
      <span className={styles['icon']}>
        <Icon name={icon} size={20} />
      </span>
      <p className={styles['title']}>{title}</p>
      {children !== undefined && <div className={styles['text']}>{children}</div>}
      {action}
    </div>
  );
}
