import { Link } from 'wouter';
import type { TeamSummary } from '../../../src/service/api/contract/teams.ts';
import { useTeams } from '../../api/queries.ts';
import { paths } from '../../app/paths.ts';
import { formatCount, percent } from '../../format/number.ts';
import { Answered } from '../../parts/answered.tsx';
import { Notice } from '../../parts/notice.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import stack from '../../parts/stack.module.css';
import { type Column, Table } from '../../parts/table.tsx';
import { ComplianceBar } from '../../shown/compliance-bar.tsx';
import styles from '../../shown/service-level-panel.module.css';

const COLUMNS: readonly Column<TeamSummary>[] = [
  {
    id: 'name',
    header: 'Team',
    primary: true,
    cell: ({ name }) => (
      <b>
        <Link href={paths.team(name)}>{name === '' ? 'No team' : name}</Link>
      </b>
    ),
  },
  { id: 'images', header: 'Images', numeric: true, cell: ({ coverage }) => formatCount(coverage.images) },
  {
    id: 'share',
    header: 'In order',
    numeric: true,
    cell: ({ coverage }) => `${percent(coverage.byCompliance.compliant, coverage.images) ?? '—'} %`,
  },
  { id: 'bar', header: 'Standing', cell: ({ coverage }) => <ComplianceBar coverage={coverage} /> },
  {
    id: 'late',
    header: 'Late',
    numeric: true,
    cell: ({ states }) => (states.late > 0 ? <b className={styles['late']}>{formatCount(states.late)}</b> : '0'),
  },
  { id: 'due', header: 'Due', numeric: true, cell: ({ states }) => formatCount(states.due) },
  { id: 'waived', header: 'Waived', numeric: true, cell: ({ states }) => formatCount(states.waived) },
  { id: 'open', header: 'Open', numeric: true, wideOnly: true, cell: ({ states }) => formatCount(states.open) },
];

/** Teams, those with the most late findings first. */
export function TeamsPage() {
  const answer = useTeams();
  return (
    <>
      <PageHeader title="Teams" />
      <div className={stack['frame']}>
        <Answered answer={answer}>
          {({ items }) =>
            items.length === 0 ? (
              <Notice icon="team" title="No image has a team yet.">
                Give image sets a <code>team</code> in <code>suture.yaml</code>.
              </Notice>
            ) : (
              <Table
                caption="Teams, those with the most late findings first"
                columns={COLUMNS}
                rows={[...items].sort((a, b) => b.states.late - a.states.late)}
                keyOf={({ name }) => name}
              />
            )
          }
        </Answered>
      </div>
    </>
  );
}
