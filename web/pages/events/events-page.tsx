import { useEvents } from '../../api/queries.ts';
import { Answered } from '../../parts/answered.tsx';
import { FilterText } from '../../parts/filter-text.tsx';
import { Notice } from '../../parts/notice.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { PAGE_SIZE, Pages } from '../../parts/pages.tsx';
import { Select } from '../../parts/select.tsx';
import stack from '../../parts/stack.module.css';
import { Table } from '../../parts/table.tsx';
import { Toolbar } from '../../parts/toolbar.tsx';
import { useAddress } from '../../parts/use-address.ts';
import { EVENT_KINDS } from '../../values/event-kinds.ts';
import { EVENT_COLUMNS } from './event-columns.tsx';

const KINDS = [{ value: '', label: 'any' }, ...Object.entries(EVENT_KINDS).map(([value, label]) => ({ value, label }))];

/** The ledger: who did what, when. */
export function EventsPage() {
  const address = useAddress();
  const kind = address.find('kind');
  const subject = address.find('subject');
  const answer = useEvents({ kind, subject, cursor: address.find('cursor'), limit: PAGE_SIZE });
  return (
    <>
      <PageHeader
        title="Events"
        below="Each event carries the hash of the one before it; suture store verify proves the whole chain."
      />
      <Toolbar label="Filter events">
        <FilterText
          label="Whole name of an image, run or waiver"
          value={subject ?? ''}
          onChange={(text) => address.set({ subject: text }, { replace: true })}
        />
        <Select label="Kind" value={kind ?? ''} choices={KINDS} onChange={(value) => address.set({ kind: value })} />
      </Toolbar>
      <div className={stack['frame']}>
        <Answered answer={answer}>
          {({ items, next, total }) =>
            items.length === 0 ? (
              <Notice
                icon="event"
                title={
                  kind === undefined && subject === undefined
                    ? 'Nothing has happened yet.'
                    : 'No event fits these filters.'
                }
              />
            ) : (
              <>
                <Table
                  caption="Events, newest first"
                  columns={EVENT_COLUMNS}
                  rows={items}
                  keyOf={({ sequence }) => String(sequence)}
                  stale={answer.isPlaceholderData}
                />
                <Pages
                  address={address}
                  list={JSON.stringify(['events', kind, subject])}
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
