import { Link } from 'wouter';
import type { RunSummary } from '../../../src/service/api/contract/runs.ts';
import type { ScheduleEntry } from '../../../src/service/api/contract/schedule.ts';
import { paths } from '../../app/paths.ts';
import { duration } from '../../format/time.ts';
import { LinkButton } from '../../parts/link-button.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RelativeTime } from '../../parts/relative-time.tsx';
import { RunBar } from '../../shown/run-bar.tsx';
import { RunStatusBadge } from '../../shown/run-status-badge.tsx';
import { TRIGGER_WORDS } from '../../values/runs.ts';
import styles from './panel-list.module.css';

interface LastRunsPanelProps {
  readonly runs: readonly RunSummary[];
  readonly nextRun: ScheduleEntry | undefined;
}

export function LastRunsPanel({ runs, nextRun }: LastRunsPanelProps) {
  return (
    <Panel
      title="Last runs"
      note={
        nextRun?.nextAt !== undefined && (
          <>
            next <RelativeTime time={nextRun.nextAt} />
          </>
        )
      }
      actions={<LinkButton href={paths.runs()}>All runs</LinkButton>}
    >
      {runs.length === 0 ? (
        <Notice icon="run" title="No run yet." />
      ) : (
        <ul className={styles['list']}>
          {runs.map((run) => (
            <li key={run.id} className={styles['row']}>
              <Link href={paths.run(run.id)} className={styles['title'] ?? ''}>
                <RelativeTime time={run.startedAt ?? run.requestedAt} />
              </Link>
              <RunStatusBadge status={run.status} />
              <span className={styles['note']}>
                {TRIGGER_WORDS[run.trigger]}
                {run.durationSeconds !== undefined && `, ${duration(run.durationSeconds * 1000)}`}
              </span>
              <div className={styles['wide']}>
                <RunBar run={run} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
