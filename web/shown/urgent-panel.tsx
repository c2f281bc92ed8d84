import type { Finding } from '../../src/service/api/contract/findings.ts';
import { paths } from '../app/paths.ts';
import { LinkButton } from '../parts/link-button.tsx';
import { Notice } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { findingColumns, findingKey } from './findings-columns.tsx';

const COLUMNS: readonly Column<Finding>[] = [
  findingColumns.vulnerability,
  findingColumns.severity,
  { ...findingColumns.image, primary: false },
  findingColumns.package,
  findingColumns.state,
  { ...findingColumns.fix, wideOnly: true },
];

/** What to look at first. */
export function UrgentPanel({ findings, team }: { readonly findings: readonly Finding[]; readonly team?: string }) {
  return (
    <Panel
      title="Needs attention first"
      note="longest overdue first"
      flush
      actions={
        findings.length > 0 && <LinkButton href={paths.images({ team, state: 'late' })}>All late images</LinkButton>
      }
    >
      {findings.length === 0 ? (
        <Notice icon="check" title="Nothing is late or due.">
          Every finding that has a fix is fixed or waived.
        </Notice>
      ) : (
        <Table caption="Most urgent findings" columns={COLUMNS} rows={findings} keyOf={findingKey} />
      )}
    </Panel>
  );
}
