import { type ReactNode, useEffect, useRef } from 'react';
import styles from './page-header.module.css';

interface PageHeaderProps {
  readonly title: string;
  /** The heading as drawn, where it is more than the title. */
  readonly heading?: ReactNode;
  readonly above?: ReactNode;
  readonly beside?: ReactNode;
  readonly below?: ReactNode;
  readonly actions?: ReactNode;
}

let pagesSeen = 0;

/** Names the page: in the heading, the window, and, after the first page, to who listens, by taking the focus. */
export function PageHeader({ title, heading, above, beside, below, actions }: PageHeaderProps) {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Suture`;
  }, [title]);
  useEffect(() => {
    pagesSeen += 1;
    if (pagesSeen > 1) ref.current?.focus({ preventScroll: true });
  }, []);
  return (
    <header className={styles['header']}>
      <div className={styles['titles']}>
        {above !== undefined && <div className={styles['above']}>{above}</div>}
        <div className={styles['line']}>
          <h1 ref={ref} tabIndex={-1}>
            {heading ?? title}
          </h1>
          {beside}
        </div>
        {below !== undefined && <div className={styles['below']}>{below}</div>}
      </div>
      {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
    </header>
  );
}
