import type { Run, RunImage } from '../../../src/service/api/contract/runs.ts';
import { useRunImages } from '../../api/queries.ts';
import { formatCount } from '../../format/number.ts';
import { Answered } from '../../parts/answered.tsx';
import { classes } from '../../parts/classes.ts';
import { FilterText } from '../../parts/filter-text.tsx';
import { Notice } from '../../parts/notice.tsx';
import { oneOf } from '../../parts/one-of.ts';
import { PAGE_SIZE, Pages } from '../../parts/pages.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RelativeTime } from '../../parts/relative-time.tsx';
import { Select } from '../../parts/select.tsx';
import stack from '../../parts/stack.module.css';
import { type Column, Table } from '../../parts/table.tsx';
import { useAddress } from '../../parts/use-address.ts';
import { ImageLink } from '../../shown/image-link.tsx';
import { OutcomeBadge } from '../../shown/outcome-badge.tsx';
import { OUTCOME_WORDS } from '../../values/outcomes.ts';
import { isLive } from '../../values/runs.ts';

const OUTCOMES = Object.keys(OUTCOME_WORDS) as (keyof typeof OUTCOME_WORDS)[];
const CHOICES = [
  { value: '', label: 'any' },
  ...OUTCOMES.map((value) => ({ value, label: OUTCOME_WORDS[value].label })),
];

const COLUMNS: readonly Column<RunImage>[] = [
  { id: 'image', header: 'Image', primary: true, cell: ({ reference }) => <ImageLink reference={reference} /> },
  { id: 'outcome', header: 'Result', cell: ({ outcome }) => <OutcomeBadge outcome={outcome} /> },
  { id: 'changed', header: 'Changed', numeric: true, cell: ({ changed }) => formatCount(changed) },
  { id: 'fixed', header: 'Fixed', numeric: true, cell: ({ fixed }) => formatCount(fixed) },
  { id: 'pending', header: 'Pending', numeric: true, cell: ({ pending }) => formatCount(pending) },
  {
    id: 'published',
    header: 'May run, or why not',
    cell: ({ publishedReference, error }) =>
      error === undefined ? (
        <span className={classes(stack['soft'], publishedReference !== undefined && stack['long'])}>
          {publishedReference ?? '—'}
        </span>
      ) : (
        <span className={stack['long']}>
          {error.message} <code>{error.code}</code>
        </span>
      ),
  },
  {
    id: 'when',
    header: 'Done',
    numeric: true,
    wideOnly: true,
    cell: ({ finishedAt }) => <RelativeTime time={finishedAt} />,
  },
];

/** What the run worked on. */
export function RunImagesPanel({ run: { id, status, counts } }: { readonly run: Run }) {
  const address = useAddress();
  const outcome = oneOf(OUTCOMES, address.get('outcome'));
  const q = address.find('q');
  const answer = useRunImages(id, { q, outcome, cursor: address.find('cursor'), limit: PAGE_SIZE });
  return (
    <Panel
      title="Images"
      note={counts.unchanged > 0 && 'those that were unchanged are only counted'}
      flush
      actions={
        <>
          <FilterText label="Image" value={q ?? ''} onChange={(text) => address.set({ q: text }, { replace: true })} />
          <Select
            label="Result"
            value={outcome ?? ''}
            choices={CHOICES}
            onChange={(value) => address.set({ outcome: value })}
          />
        </>
      }
    >
      <Answered answer={answer}>
        {({ items, next, total }) =>
          items.length === 0 ? (
            <Notice
              icon="images"
              title={
                q !== undefined || outcome !== undefined
                  ? 'No image fits these filters.'
                  : isLive(status)
                    ? 'No image is done yet.'
                    : 'Nothing had changed, so no image was worked on.'
              }
            />
          ) : (
            <>
              <Table
                caption="Images of the run"
                columns={COLUMNS}
                rows={items}
                keyOf={({ reference }) => reference}
                stale={answer.isPlaceholderData}
              />
              <Pages
                address={address}
                list={JSON.stringify(['run', id, q, outcome])}
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
