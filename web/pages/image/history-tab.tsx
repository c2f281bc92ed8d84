import { Link } from 'wouter';
import type { Image, ImageResult } from '../../../src/service/api/contract/images.ts';
import { useImageHistory } from '../../api/queries.ts';
import { paths } from '../../app/paths.ts';
import { formatCount, plural } from '../../format/number.ts';
import { Answered } from '../../parts/answered.tsx';
import { classes } from '../../parts/classes.ts';
import { Digest } from '../../parts/digest.tsx';
import { Notice } from '../../parts/notice.tsx';
import { PAGE_SIZE, Pages } from '../../parts/pages.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RelativeTime } from '../../parts/relative-time.tsx';
import stack from '../../parts/stack.module.css';
import { type Column, Table } from '../../parts/table.tsx';
import { useAddress } from '../../parts/use-address.ts';
import { OutcomeBadge } from '../../shown/outcome-badge.tsx';
import { LineagePanel } from './lineage-panel.tsx';

const COLUMNS: readonly Column<ImageResult>[] = [
  {
    id: 'when',
    header: 'When',
    primary: true,
    cell: ({ run, finishedAt }) => (
      <Link href={paths.run(run)}>
        <RelativeTime time={finishedAt} />
      </Link>
    ),
  },
  { id: 'outcome', header: 'Result', cell: ({ outcome }) => <OutcomeBadge outcome={outcome} /> },
  { id: 'changed', header: 'Changed', numeric: true, cell: ({ changed }) => formatCount(changed) },
  { id: 'fixed', header: 'Fixed', numeric: true, cell: ({ fixed }) => formatCount(fixed) },
  { id: 'pending', header: 'Pending', numeric: true, cell: ({ pending }) => formatCount(pending) },
  {
    id: 'published',
    header: 'May run',
    cell: ({ publishedReference, publishedDigest, error }) => (
      <div>
        {error !== undefined && (
          <span>
            {error.message} <code>{error.code}</code>
          </span>
        )}
        {publishedReference !== undefined && (
          <div className={classes(stack['soft'], stack['long'])}>{publishedReference}</div>
        )}
        {publishedDigest !== undefined && <Digest digest={publishedDigest} />}
      </div>
    ),
  },
];

/** Where the image comes from, and what every run made of it. */
export function HistoryTab({ image }: { readonly image: Image }) {
  const address = useAddress();
  const { reference } = image;
  const answer = useImageHistory({ reference, cursor: address.find('cursor'), limit: PAGE_SIZE });
  return (
    <div className={stack['stack']}>
      <LineagePanel image={image} />
      <Panel title="Results" note={`${plural(image.lineage.results.length, 'last result')}, newest first`} flush>
        <Answered answer={answer}>
          {({ items, next, total }) =>
            items.length === 0 ? (
              <Notice icon="clock" title="No run has worked on this image yet." />
            ) : (
              <>
                <Table
                  caption="Results, newest first"
                  columns={COLUMNS}
                  rows={items}
                  keyOf={({ run, finishedAt }) => `${run} ${finishedAt}`}
                />
                <Pages address={address} list={`history ${reference}`} shown={items.length} total={total} next={next} />
              </>
            )
          }
        </Answered>
      </Panel>
    </div>
  );
}
