import type { Vulnerability } from '../../../src/service/api/contract/vulnerabilities.ts';
import { formatCount } from '../../format/number.ts';
import { Panel } from '../../parts/panel.tsx';
import stack from '../../parts/stack.module.css';
import { type Column, Table } from '../../parts/table.tsx';

type Affected = Vulnerability['packages'][number];

const COLUMNS: readonly Column<Affected>[] = [
  { id: 'name', header: 'Package', primary: true, cell: ({ name }) => <b>{name}</b> },
  { id: 'images', header: 'Images', numeric: true, cell: ({ images }) => formatCount(images) },
  {
    id: 'fixed',
    header: 'Fixed in',
    cell: ({ fixedVersions }) =>
      fixedVersions.length === 0 ? (
        <span className={stack['faint']}>no fix yet</span>
      ) : (
        <span className={stack['inline']}>
          {fixedVersions.map((version) => (
            <code key={version}>{version}</code>
          ))}
        </span>
      ),
  },
];

export function AffectedPackagesPanel({ packages }: { readonly packages: readonly Affected[] }) {
  return (
    <Panel title="Packages" flush>
      <Table caption="Affected packages" columns={COLUMNS} rows={packages} keyOf={({ name }) => name} />
    </Panel>
  );
}
