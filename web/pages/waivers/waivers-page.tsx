import type { Waiver } from '../../../src/service/api/contract/waivers.ts';
import { useWaivers } from '../../api/queries.ts';
import { useMay } from '../../api/session-context.ts';
import { Answered } from '../../parts/answered.tsx';
import { FilterText } from '../../parts/filter-text.tsx';
import { Notice } from '../../parts/notice.tsx';
import { oneOf } from '../../parts/one-of.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { PAGE_SIZE, Pages } from '../../parts/pages.tsx';
import { Select } from '../../parts/select.tsx';
import stack from '../../parts/stack.module.css';
import { type Column, Table } from '../../parts/table.tsx';
import { Toolbar } from '../../parts/toolbar.tsx';
import { useAddress } from '../../parts/use-address.ts';
import { WAIVER_COLUMNS } from '../../shown/waiver-columns.tsx';
import { EndWaiverButton } from './end-waiver-button.tsx';
import { WaiveButton } from './waive-button.tsx';

const SHOWS = [
  { value: '', label: 'current' },
  { value: 'ended', label: 'ended' },
  { value: 'all', label: 'all' },
];

const END: Column<Waiver> = {
  id: 'end',
  header: 'End',
  action: true,
  numeric: true,
  cell: (waiver) => (waiver.state === 'active' || waiver.state === 'expiring') && <EndWaiverButton waiver={waiver} />,
};

/** What is accepted, by whom, why, and until when. */
export function WaiversPage() {
  const address = useAddress();
  const mayWaive = useMay('operator');
  const q = address.find('q');
  const show = oneOf(['ended', 'all'] as const, address.get('show')) ?? 'current';
  const answer = useWaivers({ q, show, cursor: address.find('cursor'), limit: PAGE_SIZE });
  return (
    <>
      <PageHeader title="Waivers" actions={mayWaive && <WaiveButton label="New waiver" draft={{}} />} />
      <Toolbar label="Filter waivers">
        <FilterText
          label="Vulnerability, image, owner or ticket"
          value={q ?? ''}
          onChange={(text) => address.set({ q: text }, { replace: true })}
        />
        <Select
          label="Show"
          value={show === 'current' ? '' : show}
          choices={SHOWS}
          onChange={(value) => address.set({ show: value })}
        />
      </Toolbar>
      <div className={stack['frame']}>
        <Answered answer={answer}>
          {({ items, next, total }) =>
            items.length === 0 ? (
              <Notice
                icon="waiver"
                title={q === undefined && show === 'current' ? 'Nothing is waived.' : 'No waiver fits these filters.'}
              >
                A waiver accepts a vulnerability for a time, with an owner, a ticket, a reason and an end.
              </Notice>
            ) : (
              <>
                <Table
                  caption="Waivers"
                  columns={mayWaive ? [...WAIVER_COLUMNS, END] : WAIVER_COLUMNS}
                  rows={items}
                  keyOf={({ id }) => id}
                  stale={answer.isPlaceholderData}
                />
                <Pages
                  address={address}
                  list={JSON.stringify(['waivers', q, show])}
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
