import type { Run } from '../../../src/service/api/contract/runs.ts';
import { formatCount, percent, plural } from '../../format/number.ts';
import { duration } from '../../format/time.ts';
import { Facts } from '../../parts/facts.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RelativeTime } from '../../parts/relative-time.tsx';
import { RunBar } from '../../shown/run-bar.tsx';
import { isLive, RUN_STATUS_WORDS, TRIGGER_WORDS } from '../../values/runs.ts';
import styles from './runs.module.css';

/** How far it is, and what became of the images so far. */
export function RunProgressPanel({ run }: { readonly run: Run }) {
  const { status, images, finished, counts, trigger, requestedBy, scope, startedAt, endedAt, durationSeconds } = run;
  const share = images === undefined ? undefined : percent(finished, images);
  return (
    <Panel title={isLive(status) ? 'Progress' : 'Result'} note={RUN_STATUS_WORDS[status].meaning}>
      <p className={styles['progress']}>
        <span className={styles['big']}>
          {formatCount(finished)}
          {images !== undefined && images !== finished && ` of ${formatCount(images)}`}
        </span>
        <span>
          {images === 1 ? 'image' : 'images'}
          {share !== undefined && isLive(status) && `, ${share} %`}
        </span>
        {counts.unchanged > 0 && <span>{plural(counts.unchanged, 'image')} unchanged since an earlier run</span>}
      </p>
      {isLive(status) && images !== undefined && (
        <progress className="visually-hidden" aria-label="Images done" value={finished} max={images} />
      )}
      <RunBar run={run} legend />
      <hr />
      <Facts
        facts={[
          {
            term: 'Begun by',
            value: `${TRIGGER_WORDS[trigger]}${requestedBy === undefined ? '' : `, ${requestedBy}`}`,
          },
          startedAt === undefined ? undefined : { term: 'Begun', value: <RelativeTime time={startedAt} /> },
          endedAt === undefined ? undefined : { term: 'Ended', value: <RelativeTime time={endedAt} /> },
          durationSeconds === undefined ? undefined : { term: 'Took', value: duration(durationSeconds * 1000) },
          scope?.sets === undefined ? undefined : { term: 'Image sets', value: scope.sets.join(', ') },
          scope?.references === undefined
            ? undefined
            : {
                term: 'Asked for',
                value:
                  scope.references.length > 3 ? plural(scope.references.length, 'image') : scope.references.join(', '),
              },
          run.shard === '1/1' ? undefined : { term: 'Shard', value: run.shard },
          run.toolVersion === undefined ? undefined : { term: 'Version', value: run.toolVersion },
        ]}
      />
    </Panel>
  );
}
