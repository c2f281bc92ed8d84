import { Link } from 'wouter';
import type { ScheduleEntry } from '../../../src/service/api/contract/schedule.ts';
import { useSchedule } from '../../api/queries.ts';
import { paths } from '../../app/paths.ts';
import { Panel } from '../../parts/panel.tsx';
import { RelativeTime } from '../../parts/relative-time.tsx';
import stack from '../../parts/stack.module.css';
import { type Column, Table } from '../../parts/table.tsx';

const COLUMNS: readonly Column<ScheduleEntry>[] = [
  { id: 'name', header: 'Schedule', primary: true, cell: ({ name }) => <b>{name}</b> },
  {
    id: 'cron',
    header: 'Expression',
    cell: ({ cron, timeZone }) => (
      <span className={stack['inline']}>
        <code>{cron}</code>
        <span className={stack['faint']}>{timeZone}</span>
      </span>
    ),
  },
  { id: 'sets', header: 'Image sets', cell: ({ sets }) => sets?.join(', ') ?? 'all' },
  {
    id: 'last',
    header: 'Last',
    numeric: true,
    cell: ({ lastAt, lastRun }) => {
      if (lastAt === undefined) return '—';
      const when = <RelativeTime time={lastAt} />;
      return lastRun === undefined ? when : <Link href={paths.run(lastRun)}>{when}</Link>;
    },
  },
  {
    id: 'next',
    header: 'Next',
    numeric: true,
    cell: ({ nextAt }) => (nextAt === undefined ? '—' : <RelativeTime time={nextAt} />),
  },
];

/** When runs begin by themselves; nothing where no schedule is configured. */
export function SchedulePanel() {
  const entries = useSchedule().data?.items ?? [];
  if (entries.length === 0) return null;
  return (
    <Panel title="Schedule" flush>
      <Table caption="Schedule" columns={COLUMNS} rows={entries} keyOf={({ name }) => name} />
    </Panel>
  );
}
