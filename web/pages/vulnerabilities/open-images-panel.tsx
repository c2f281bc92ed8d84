import { useState } from 'react';
import type { Finding } from '../../../src/service/api/contract/findings.ts';
import type { Vulnerability } from '../../../src/service/api/contract/vulnerabilities.ts';
import { useVulnerabilityFindings } from '../../api/queries.ts';
import { formatCount } from '../../format/number.ts';
import { Answered } from '../../parts/answered.tsx';
import { Notice } from '../../parts/notice.tsx';
import { oneOf } from '../../parts/one-of.ts';
import { PAGE_SIZE, Pages } from '../../parts/pages.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Select } from '../../parts/select.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { useAddress } from '../../parts/use-address.ts';
import { findingColumns, findingKey } from '../../shown/findings-columns.tsx';
import { OPEN_STATE_KEYS, STATE_WORDS } from '../../values/states.ts';

/** Without sorting: the service puts the most urgent first. */
const COLUMNS: readonly Column<Finding>[] = [
  findingColumns.image,
  findingColumns.package,
  findingColumns.state,
  findingColumns.fix,
];

export function OpenImagesPanel({ vulnerability: { id, images, states } }: { readonly vulnerability: Vulnerability }) {
  const address = useAddress();
  const [shown, setShown] = useState('');
  const present = OPEN_STATE_KEYS.filter(([, key]) => states[key] > 0).map(([name]) => name);
  const state = oneOf(present, shown);
  const answer = useVulnerabilityFindings({
    id,
    show: 'open',
    state,
    cursor: address.find('cursor'),
    limit: PAGE_SIZE,
  });
  const choices = [
    { value: '', label: 'any' },
    ...present.map((value) => ({ value, label: STATE_WORDS[value].label })),
  ];
  return (
    <Panel
      title="Images that have it"
      note={formatCount(images.open)}
      flush
      actions={
        choices.length > 2 && (
          <Select
            label="Standing"
            value={state ?? ''}
            choices={choices}
            onChange={(value) => {
              setShown(value);
              address.set({ page: undefined, cursor: undefined }, { replace: true });
            }}
          />
        )
      }
    >
      <Answered answer={answer}>
        {({ items, next, total }) =>
          items.length === 0 ? (
            <Notice icon="check" title="No image has it any more." />
          ) : (
            <>
              <Table
                caption="Images that have it"
                columns={COLUMNS}
                rows={items}
                keyOf={findingKey}
                stale={answer.isPlaceholderData}
              />
              <Pages
                address={address}
                list={`open ${id} ${state ?? ''}`}
                shown={items.length}
                total={total}
                next={next}
              />
            </>
          )
        }
      </Answered>
    </Panel>
  );
}
