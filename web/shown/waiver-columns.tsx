import { Link } from 'wouter';
import type { Waiver } from '../../src/service/api/contract/waivers.ts';
import { paths } from '../app/paths.ts';
import { formatCount } from '../format/number.ts';
import { dateOf } from '../format/time.ts';
import styles from '../pages/waivers/waivers.module.css';
import { Badge } from '../parts/badge.tsx';
import { RelativeTime } from '../parts/relative-time.tsx';
import stack from '../parts/stack.module.css';
import type { Column } from '../parts/table.tsx';
import { WAIVER_STATE_WORDS } from '../values/waivers.ts';

export const WAIVER_COLUMNS: readonly Column<Waiver>[] = [
  {
    id: 'vulnerability',
    header: 'Vulnerability',
    primary: true,
    cell: ({ vulnerability }) => (
      <b>
        <Link href={paths.vulnerability(vulnerability)} className={styles['id'] ?? ''}>
          {vulnerability}
        </Link>
      </b>
    ),
  },
  {
    id: 'state',
    header: 'State',
    cell: ({ state }) => {
      const { label, meaning, tone, icon } = WAIVER_STATE_WORDS[state];
      return (
        <Badge tone={tone} icon={icon} title={meaning}>
          {label}
        </Badge>
      );
    },
  },
  {
    id: 'scope',
    header: 'Holds for',
    cell: ({ image, package: name }) => (
      <span className={styles['scope']}>
        <code>{image}</code>
        {name !== undefined && <span className={stack['faint']}>package {name}</span>}
      </span>
    ),
  },
  { id: 'findings', header: 'Findings', numeric: true, cell: ({ findings }) => formatCount(findings) },
  {
    id: 'owner',
    header: 'Owner',
    cell: ({ owner, ticket }) => (
      <span className={styles['scope']}>
        {owner}
        <span className={stack['faint']}>{ticket}</span>
      </span>
    ),
  },
  {
    id: 'reason',
    header: 'Reason',
    wideOnly: true,
    cell: ({ reason }) => <span className={styles['reason']}>{reason}</span>,
  },
  {
    id: 'ends',
    header: 'Ends',
    numeric: true,
    cell: ({ expiresAt, removedAt }) => (
      <span className={styles['scope']}>
        <RelativeTime time={removedAt ?? expiresAt} />
        <span className={stack['faint']}>{dateOf(removedAt ?? expiresAt)}</span>
      </span>
    ),
  },
];
