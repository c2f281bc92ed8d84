import { Link } from 'wouter';
import { Icon } from '../parts/icon.tsx';
import styles from './navigation.module.css';
import { SECTIONS } from './sections.ts';

/** @param location path of the page that is shown */
export function Navigation({ location }: { readonly location: string }) {
  return (
    <nav aria-label="Sections">
      <ul className={styles['list']}>
        {SECTIONS.map(({ label, href, icon, owns }) => (
          <li key={href}>
            <Link href={href} className={styles['link'] ?? ''} aria-current={owns.test(location) ? 'page' : undefined}>
              <Icon name={icon} />
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
