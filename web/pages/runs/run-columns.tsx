import { Link } from 'wouter';
import type { RunSummary } from '../../../src/service/api/contract/runs.ts';
import { paths } from '../../app/paths.ts';
import { formatCount, plural } from '../../format/number.ts';
import { duration } from '../../format/time.ts';
import { RelativeTime } from '../../parts/relative-time.tsx';
import stack from '../../parts/stack.module.css';
import type { Column } from '../../parts/table.tsx';
import { RunBar } from '../../shown/run-bar.tsx';
import { RunStatusBadge } from '../../shown/run-status-badge.tsx';
import { TRIGGER_WORDS } from '../../values/runs.ts';
import styles from './runs.module.css';

export const RUN_COLUMNS: readonly Column<RunSummary>[] = [
  {
    id: 'begin',
    header: 'Begun',
    primary: true,
    cell: ({ id, startedAt, requestedAt }) => (
      <Link href={paths.run(id)} className={styles['when'] ?? ''}>
        <RelativeTime time={startedAt ?? requestedAt} />
      </Link>
    ),
  },
  { id: 'status', header: 'Status', cell: ({ status }) => <RunStatusBadge status={status} /> },
  {
    id: 'trigger',
    header: 'Begun by',
    cell: ({ trigger, requestedBy, shard }) => (
      <>
        {TRIGGER_WORDS[trigger]}
        {requestedBy !== undefined && <span className={stack['faint']}> {requestedBy}</span>}
        {shard !== '1/1' && <span className={stack['faint']}> shard {shard}</span>}
      </>
    ),
  },
  {
    id: 'images',
    header: 'Images',
    cell: (run) => (
      <div className={styles['bar']}>
        <RunBar run={run} />
        <span className={stack['faint']}>
          {run.images !== undefined && run.finished < run.images
            ? `${formatCount(run.finished)} of ${plural(run.images, 'image')}`
            : plural(run.finished, 'image')}
        </span>
      </div>
    ),
  },
  {
    id: 'changed',
    header: 'Patched',
    numeric: true,
    cell: ({ counts }) => formatCount(counts.patched + counts.partial),
  },
  {
    id: 'failed',
    header: 'Failed',
    numeric: true,
    cell: ({ counts }) => (counts.failed > 0 ? <b className={styles['bad']}>{formatCount(counts.failed)}</b> : '0'),
  },
  {
    id: 'duration',
    header: 'Took',
    numeric: true,
    cell: ({ durationSeconds }) => (durationSeconds === undefined ? '—' : duration(durationSeconds * 1000)),
  },
];
