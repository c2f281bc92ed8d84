import type { ReactNode } from 'react';
import { Link } from 'wouter';
import styles from './button.module.css';
import { classes } from './classes.ts';
import { Icon } from './icon.tsx';
import type { IconName } from './icon-paths.ts';

interface LinkButtonProps {
  readonly href: string;
  readonly kind?: 'primary' | 'secondary' | 'quiet';
  readonly icon?: IconName;
  readonly children: ReactNode;
}

/** Goes somewhere, so it is a link: middle click and copying its address work. */
export function LinkButton({ href, kind = 'secondary', icon, children }: LinkButtonProps) {
  return (
    <Link href={href} className={classes(styles['button'], styles[kind])}>
      {icon !== undefined && <Icon name={icon} size={14} />}
      {children}
    </Link>
  );
}
