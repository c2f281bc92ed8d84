import { useVulnerabilities } from '../../api/queries.ts';
import { Answered } from '../../parts/answered.tsx';
import { Notice } from '../../parts/notice.tsx';
import { oneOf } from '../../parts/one-of.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { PAGE_SIZE, Pages } from '../../parts/pages.tsx';
import stack from '../../parts/stack.module.css';
import { Table } from '../../parts/table.tsx';
import { useAddress } from '../../parts/use-address.ts';
import { ExportLink } from '../../shown/export-link.tsx';
import { OPEN_STATE_KEYS } from '../../values/states.ts';
import { TIER_ORDER } from '../../values/tiers.ts';
import { VULNERABILITY_COLUMNS } from './vulnerability-columns.tsx';
import { VulnerabilityFilters } from './vulnerability-filters.tsx';

const SORTS = ['severity', 'images', 'id', 'detected', 'due'] as const;
export const LIST_STATES = ['open', 'resolved', ...OPEN_STATE_KEYS.map(([state]) => state)] as const;

/** Every vulnerability of the fleet, whether it has a fix or not. */
export function VulnerabilitiesPage() {
  const address = useAddress();
  const filter = {
    q: address.find('q'),
    severity: oneOf(TIER_ORDER, address.get('severity')),
    state: oneOf(LIST_STATES, address.get('state')) ?? 'open',
    package: address.find('package'),
    team: address.find('team'),
  };
  const by = oneOf(SORTS, address.get('sort')) ?? 'severity';
  const order = oneOf(['asc', 'desc'] as const, address.get('order'));
  const answer = useVulnerabilities({ ...filter, sort: by, order, cursor: address.find('cursor'), limit: PAGE_SIZE });
  const { state, ...exported } = filter;
  const openState = OPEN_STATE_KEYS.find(([name]) => name === state)?.[0];
  return (
    <>
      <PageHeader
        title="Vulnerabilities"
        actions={
          <ExportLink
            path="/export/findings.csv"
            query={{ ...exported, state: openState, show: state === 'resolved' ? 'resolved' : 'open' }}
            name="findings.csv"
          />
        }
      />
      <VulnerabilityFilters address={address} />
      <div className={stack['frame']}>
        <Answered answer={answer}>
          {({ items, next, total }) =>
            items.length === 0 ? (
              <Notice icon="vulnerability" title="No vulnerability fits these filters.">
                Findings need a vulnerability database: <code>suture db update</code>.
              </Notice>
            ) : (
              <>
                <Table
                  caption="Vulnerabilities"
                  columns={VULNERABILITY_COLUMNS}
                  rows={items}
                  keyOf={({ id }) => id}
                  stale={answer.isPlaceholderData}
                  sort={{
                    by,
                    order: order ?? 'desc',
                    onSort: (sort, direction) => address.set({ sort, order: direction }),
                  }}
                />
                <Pages
                  address={address}
                  list={JSON.stringify(['vulnerabilities', filter, by, order])}
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
