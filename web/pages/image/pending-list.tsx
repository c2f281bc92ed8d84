import type { PendingPackage } from '../../../src/service/api/contract/images.ts';
import { plural } from '../../format/number.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { VulnerabilityLinks } from '../../shown/vulnerability-links.tsx';
import { pendingReason } from '../../values/pending-reasons.ts';
import styles from './image-page.module.css';

/** Why each package that should change does not. */
export function PendingList({ pending }: { readonly pending: readonly PendingPackage[] }) {
  return (
    <Panel title="Pending" note={`${plural(pending.length, 'package')} should change but cannot yet`} flush>
      <ul className={styles['pending']}>
        {pending.map(({ package: name, from, to, reason, detail, vulnerabilities }) => (
          <li key={`${name} ${from ?? ''} ${reason} ${detail}`}>
            <span className={styles['versions']}>
              <b>{name}</b>
              {from !== undefined && <code className={styles['from']}>{from}</code>}
              {to !== undefined && (
                <>
                  <Icon name="arrowRight" size={11} />
                  <span className="visually-hidden">should become</span>
                  <code className={styles['to']}>{to}</code>
                </>
              )}
            </span>
            <span className={styles['reason']}>{pendingReason(reason)}</span>
            {detail !== '' && <span className={styles['detail']}>{detail}</span>}
            {vulnerabilities.length > 0 && <VulnerabilityLinks ids={vulnerabilities} />}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
