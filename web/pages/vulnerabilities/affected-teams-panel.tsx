import { Link } from 'wouter';
import type { Vulnerability } from '../../../src/service/api/contract/vulnerabilities.ts';
import { paths } from '../../app/paths.ts';
import { formatCount } from '../../format/number.ts';
import { Panel } from '../../parts/panel.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import styles from '../../shown/service-level-panel.module.css';

type Affected = Vulnerability['teams'][number];

/** Who has to act. */
export function AffectedTeamsPanel({ id, teams }: { readonly id: string; readonly teams: readonly Affected[] }) {
  const columns: readonly Column<Affected>[] = [
    {
      id: 'name',
      header: 'Team',
      primary: true,
      cell: ({ name }) =>
        name === '' ? 'No team' : <Link href={paths.images({ team: name, vulnerability: id })}>{name}</Link>,
    },
    { id: 'open', header: 'Images with it', numeric: true, cell: ({ open }) => formatCount(open) },
    {
      id: 'late',
      header: 'Late',
      numeric: true,
      cell: ({ late }) => (late > 0 ? <b className={styles['late']}>{formatCount(late)}</b> : '0'),
    },
  ];
  return (
    <Panel title="Teams" flush>
      <Table caption="Teams whose images have it" columns={columns} rows={teams} keyOf={({ name }) => name} />
    </Panel>
  );
}
