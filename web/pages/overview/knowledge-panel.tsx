import type { Database, Repository } from '../../../src/service/api/contract/database.ts';
import { plural } from '../../format/number.ts';
import { absoluteTime, duration } from '../../format/time.ts';
import { Badge } from '../../parts/badge.tsx';
import { Digest } from '../../parts/digest.tsx';
import { Panel } from '../../parts/panel.tsx';
import styles from './panel-list.module.css';

interface KnowledgePanelProps {
  readonly database: Database;
  /** Oldest first. */
  readonly repositories: readonly Repository[];
}

const SHOWN = 6;

/** Where the knowledge is from: the database, and the package repositories that have waited longest for news. */
export function KnowledgePanel({ database, repositories }: KnowledgePanelProps) {
  const { present, stale, source, digest, knownExploited } = database;
  return (
    <Panel title="Knowledge" note={`${plural(repositories.length, 'repository', 'repositories')}, the oldest first`}>
      <ul className={styles['list']}>
        <li className={styles['row']}>
          <span className={styles['name']}>
            Vulnerability database{source !== undefined && <span className={styles['note']}> {source}</span>}
          </span>
          {digest !== undefined && <Digest digest={digest} />}
          {present ? (
            <Badge tone={stale ? 'critical' : 'good'} icon={stale ? 'warning' : 'check'}>
              {stale ? 'Too old' : 'Fresh'}
            </Badge>
          ) : (
            <Badge tone="critical" icon="warning">
              Missing
            </Badge>
          )}
        </li>
        {knownExploited !== undefined && (
          <li className={styles['row']}>
            <span className={styles['name']}>Known exploited vulnerabilities</span>
            <span className={styles['note']}>{plural(knownExploited.entries, 'entry', 'entries')}</span>
          </li>
        )}
        {repositories.slice(0, SHOWN).map(({ id, date, ageSeconds, images }) => (
          <li key={id} className={styles['row']}>
            <span className={styles['name']}>{id}</span>
            <span className={styles['note']} title={`Signed index of ${absoluteTime(date)}`}>
              {duration(ageSeconds * 1000)} old, {plural(images, 'image')}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
