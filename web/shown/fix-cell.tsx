import type { Finding } from '../../src/service/api/contract/findings.ts';
import { Icon } from '../parts/icon.tsx';
import styles from './fix-cell.module.css';

/** From which version to which, and what stands in the way. */
export function FixCell({ finding }: { readonly finding: Finding }) {
  const { installedVersion, fixedVersion, blockedBy } = finding;
  return (
    <div className={styles['fix']}>
      <span className={styles['versions']}>
        <code>{installedVersion}</code>
        {fixedVersion !== undefined && (
          <>
            <Icon name="arrowRight" size={11} />
            <span className="visually-hidden">fixed in</span>
            <code className={styles['fixed']}>{fixedVersion}</code>
          </>
        )}
      </span>
      {blockedBy !== undefined && (
        <span className={styles['blocked']}>
          <Icon name="lock" size={11} />
          {blockedBy}
        </span>
      )}
    </div>
  );
}
