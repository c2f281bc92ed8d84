import type { ImagesFilter } from '../../../src/service/api/contract/images.ts';
import { useImages } from '../../api/queries.ts';
import { Answered } from '../../parts/answered.tsx';
import { Button } from '../../parts/button.tsx';
import { Notice } from '../../parts/notice.tsx';
import { oneOf } from '../../parts/one-of.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { PAGE_SIZE, Pages } from '../../parts/pages.tsx';
import stack from '../../parts/stack.module.css';
import { Table } from '../../parts/table.tsx';
import { type Address, useAddress } from '../../parts/use-address.ts';
import { ExportLink } from '../../shown/export-link.tsx';
import { IMAGE_COLUMNS } from '../../shown/image-columns.tsx';
import { OUTCOME_ORDER } from '../../values/outcomes.ts';
import { COMPLIANCE_WORDS, OPEN_STATE_KEYS } from '../../values/states.ts';
import { TIER_ORDER } from '../../values/tiers.ts';
import { FILTER_NAMES, ImageFilters } from './image-filters.tsx';

const SORTS = ['risk', 'reference', 'team', 'outcome', 'due', 'findings', 'checked'] as const;
const COMPLIANCES = Object.keys(COMPLIANCE_WORDS) as (keyof typeof COMPLIANCE_WORDS)[];

/** What the address filters by; what it does not say, or says wrongly, is left out. */
function filterOf(address: Address): { readonly [K in keyof ImagesFilter]: ImagesFilter[K] | undefined } {
  return {
    q: address.find('q'),
    team: address.find('team'),
    outcome: oneOf(OUTCOME_ORDER, address.get('outcome')),
    compliance: oneOf(COMPLIANCES, address.get('compliance')),
    state: oneOf(
      OPEN_STATE_KEYS.map(([state]) => state),
      address.get('state'),
    ),
    severity: oneOf(TIER_ORDER, address.get('severity')),
    vulnerability: address.find('vulnerability'),
    package: address.find('package'),
  };
}

/** All images, filtered and sorted as the address says. */
export function ImagesPage() {
  const address = useAddress();
  const filter = filterOf(address);
  const by = oneOf(SORTS, address.get('sort')) ?? 'risk';
  const order = oneOf(['asc', 'desc'] as const, address.get('order')) ?? 'asc';
  const answer = useImages({
    ...filter,
    sort: by,
    order: address.get('order') === '' ? undefined : order,
    cursor: address.find('cursor'),
    limit: PAGE_SIZE,
  });
  const filtered = FILTER_NAMES.some((name) => address.get(name) !== '');
  return (
    <>
      <PageHeader title="Images" actions={<ExportLink path="/export/images.csv" query={filter} name="images.csv" />} />
      <ImageFilters address={address} />
      <div className={stack['frame']}>
        <Answered answer={answer}>
          {({ items, next, total }) =>
            items.length === 0 ? (
              <NoImages
                filtered={filtered}
                onClear={() => address.set(Object.fromEntries(FILTER_NAMES.map((name) => [name, undefined])))}
              />
            ) : (
              <>
                <Table
                  caption="Images"
                  columns={IMAGE_COLUMNS}
                  rows={items}
                  keyOf={({ reference }) => reference}
                  stale={answer.isPlaceholderData}
                  sort={{ by, order, onSort: (sort, direction) => address.set({ sort, order: direction }) }}
                />
                <Pages
                  address={address}
                  list={JSON.stringify([filter, by, order])}
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

function NoImages({ filtered, onClear }: { readonly filtered: boolean; readonly onClear: () => void }) {
  if (!filtered)
    return (
      <Notice icon="images" title="There are no images yet.">
        The first run brings those that the configuration names.
      </Notice>
    );
  return (
    <Notice
      icon="search"
      title="No image fits all of these filters."
      action={<Button onClick={onClear}>Clear filters</Button>}
    />
  );
}
