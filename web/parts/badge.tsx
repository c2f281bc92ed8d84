import type { ReactNode } from 'react';
import styles from './badge.module.css';
import { classes } from './classes.ts';
import { Icon } from './icon.tsx';
import type { IconName } from './icon-paths.ts';

export type Tone = 'critical' | 'high' | 'medium' | 'low' | 'unknown' | 'good' | 'waived' | 'accent';

interface BadgeProps {
  readonly tone: Tone;
  readonly icon?: IconName;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}

/** A state in a word; the colour only repeats it. */
export function Badge({ tone, icon, title, children }: BadgeProps) {
  return (
    <span className={classes(styles['badge'], styles[tone])} title={title}>
      {icon !== undefined && <Icon name={icon} size={12} />}
      {children}
    </span>
  );
}
