import type { Finding } from '../../../src/service/api/contract/findings.ts';
import type { Image } from '../../../src/service/api/contract/images.ts';
import { useImageFindings } from '../../api/queries.ts';
import { useMay } from '../../api/session-context.ts';
import { Answered } from '../../parts/answered.tsx';
import { FilterText } from '../../parts/filter-text.tsx';
import { Notice } from '../../parts/notice.tsx';
import { oneOf } from '../../parts/one-of.ts';
import { PAGE_SIZE, Pages } from '../../parts/pages.tsx';
import { Select } from '../../parts/select.tsx';
import stack from '../../parts/stack.module.css';
import { type Column, Table } from '../../parts/table.tsx';
import { Toolbar } from '../../parts/toolbar.tsx';
import { useAddress } from '../../parts/use-address.ts';
import { ExportLink } from '../../shown/export-link.tsx';
import { findingColumns, findingKey } from '../../shown/findings-columns.tsx';
import { TIER_ORDER, TIER_WORDS } from '../../values/tiers.ts';
import { WaiveButton } from '../waivers/waive-button.tsx';

const SORTS = ['urgency', 'severity', 'package', 'vulnerability'] as const;

const COLUMNS: readonly Column<Finding>[] = [
  findingColumns.vulnerability,
  findingColumns.severity,
  findingColumns.package,
  findingColumns.state,
  findingColumns.fix,
];

const WAIVE: Column<Finding> = {
  id: 'waive',
  header: 'Waive',
  action: true,
  numeric: true,
  cell: ({ vulnerability, reference, package: name, resolvedAt, waiver }) =>
    resolvedAt === undefined &&
    waiver === undefined && <WaiveButton draft={{ vulnerability, image: reference, package: name }} />,
};

/** The findings of an image; operators waive them here. */
export function FindingsTab({ image: { reference, states } }: { readonly image: Image }) {
  const address = useAddress();
  const mayWaive = useMay('operator');
  const show = oneOf(['open', 'resolved', 'all'] as const, address.get('show')) ?? 'open';
  const by = oneOf(SORTS, address.get('sort')) ?? 'urgency';
  const order = oneOf(['asc', 'desc'] as const, address.get('order'));
  const filter = { q: address.find('q'), show, severity: oneOf(TIER_ORDER, address.get('severity')) };
  const answer = useImageFindings({
    reference,
    ...filter,
    sort: by,
    order,
    cursor: address.find('cursor'),
    limit: PAGE_SIZE,
  });
  return (
    <>
      <Toolbar label="Filter findings">
        <FilterText
          label="Vulnerability or package"
          value={address.get('q')}
          onChange={(q) => address.set({ q }, { replace: true })}
        />
        <Select
          label="Show"
          value={show === 'open' ? '' : show}
          choices={[
            { value: '', label: 'open' },
            { value: 'resolved', label: 'fixed' },
            { value: 'all', label: 'all' },
          ]}
          onChange={(value) => address.set({ show: value })}
        />
        <Select
          label="Severity"
          value={address.get('severity')}
          choices={[
            { value: '', label: 'any' },
            ...TIER_ORDER.map((value) => ({ value, label: `${TIER_WORDS[value].label} or worse` })),
          ]}
          onChange={(severity) => address.set({ severity })}
        />
        <ExportLink path="/export/findings.csv" query={{ reference, ...filter }} name="findings.csv" />
      </Toolbar>
      <div className={stack['frame']}>
        <Answered answer={answer}>
          {({ items, next, total }) =>
            items.length === 0 ? (
              <Notice
                icon={states.open === 0 ? 'check' : 'search'}
                title={states.open === 0 && show === 'open' ? 'No finding is open.' : 'No finding fits these filters.'}
              />
            ) : (
              <>
                <Table
                  caption="Findings of the image"
                  columns={mayWaive ? [...COLUMNS, WAIVE] : COLUMNS}
                  rows={items}
                  keyOf={findingKey}
                  stale={answer.isPlaceholderData}
                  sort={{
                    by,
                    order: order ?? 'asc',
                    onSort: (sort, direction) => address.set({ sort, order: direction }),
                  }}
                />
                <Pages
                  address={address}
                  list={JSON.stringify([reference, filter, by, order])}
                  shown={items.length}
                  total={total}
                  next={next}
                />
              </>
            )
          }
        </Answered>
      </div>
    </>
  );
}
