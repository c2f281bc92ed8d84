import { Link } from 'wouter';
import type { TierStanding } from '../../src/service/api/contract/overview.ts';
import { paths } from '../app/paths.ts';
import { formatCount } from '../format/number.ts';
import { duration } from '../format/time.ts';
import { DueTime } from '../parts/due-time.tsx';
import { Panel } from '../parts/panel.tsx';

import { type Column, Table } from '../parts/table.tsx';
import styles from './service-level-panel.module.css';
import { TierBadge } from './tier-badge.tsx';

/** Per tier: what is promised, what is late, what is next. */
export function ServiceLevelPanel({
  tiers,
  team,
}: {
  readonly tiers: readonly TierStanding[];
  readonly team?: string;
}) {
  const columns: readonly Column<TierStanding>[] = [
    {
      id: 'tier',
      header: 'Severity',
      primary: true,
      cell: ({ tier }) => (
        <Link href={paths.vulnerabilities({ severity: tier, team })}>
          <TierBadge tier={tier} />
        </Link>
      ),
    },
    { id: 'level', header: 'Level', numeric: true, cell: (tier) => <Level tier={tier} /> },
    {
      id: 'late',
      header: 'Late',
      numeric: true,
      cell: ({ late }) => (late > 0 ? <b className={styles['late']}>{formatCount(late)}</b> : '0'),
    },
    { id: 'due', header: 'Due', numeric: true, cell: ({ due }) => formatCount(due) },
    {
      id: 'next',
      header: 'Next',
      numeric: true,
      cell: ({ nextDueAt }) => <DueTime time={nextDueAt} />,
    },
  ];
  return (
    <Panel title="Service levels" flush>
      <Table
        caption="Service levels by severity"
        columns={columns}
        rows={tiers.filter(({ levelSeconds, open }) => levelSeconds !== undefined || open > 0)}
        keyOf={({ tier }) => tier}
      />
    </Panel>
  );
}

function Level({ tier: { levelSeconds } }: { readonly tier: TierStanding }) {
  if (levelSeconds === undefined) return <span title="No service level is set">none</span>;
  const { min, max } = levelSeconds;
  return min === max ? duration(min * 1000) : `${duration(min * 1000)}–${duration(max * 1000)}`;
}
