import { Link } from 'wouter';
import type { Waiver } from '../../../src/service/api/contract/waivers.ts';
import { paths } from '../../app/paths.ts';
import { plural } from '../../format/number.ts';
import { LinkButton } from '../../parts/link-button.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RelativeTime } from '../../parts/relative-time.tsx';
import styles from './panel-list.module.css';

/** Waivers that end within a week. */
export function ExpiringPanel({ active, expiring }: { readonly active: number; readonly expiring: readonly Waiver[] }) {
  return (
    <Panel
      title="Waivers that end soon"
      note={`of ${plural(active, 'active one')}`}
      actions={<LinkButton href={paths.waivers()}>All waivers</LinkButton>}
    >
      {expiring.length === 0 ? (
        <Notice icon="waiver" title="None ends within a week." />
      ) : (
        <ul className={styles['list']}>
          {expiring.map(({ id, vulnerability, image, owner, expiresAt, findings }) => (
            <li key={id} className={styles['row']}>
              <Link href={paths.vulnerability(vulnerability)} className={styles['title'] ?? ''}>
                {vulnerability}
              </Link>
              <code>{image}</code>
              <span className={styles['note']}>
                <RelativeTime time={expiresAt} />, {plural(findings, 'finding')}, {owner}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
