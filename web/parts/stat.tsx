import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Tone } from './badge.tsx';
import styles from './stat.module.css';

interface StatProps {
  readonly label: string;
  readonly value: ReactNode;
  readonly unit?: string;
  readonly tone?: Tone;
  readonly href?: string;
  readonly children?: ReactNode;
}

/** One number that matters, with what it means below it. */
export function Stat({ label, value, unit, tone, href, children }: StatProps) {
  return (
    <div className={styles['stat']} data-tone={tone}>
      <p className={styles['label']}>{href === undefined ? label : <Link href={href}>{label}</Link>}</p>
      <p className={styles['value']}>
        {value}
        {unit !== undefined && <span className={styles['unit']}>{unit}</span>}
      </p>
      {children !== undefined && <div className={styles['more']}>{children}</div>}
    </div>
  );
}
