import { useRuns } from '../../api/queries.ts';
import { useMay } from '../../api/session-context.ts';
import { Answered } from '../../parts/answered.tsx';
import { Notice } from '../../parts/notice.tsx';
import { oneOf } from '../../parts/one-of.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { PAGE_SIZE, Pages } from '../../parts/pages.tsx';
import { Select } from '../../parts/select.tsx';
import stack from '../../parts/stack.module.css';
import { Table } from '../../parts/table.tsx';
import { Toolbar } from '../../parts/toolbar.tsx';
import { useAddress } from '../../parts/use-address.ts';
import { RUN_STATUS_WORDS } from '../../values/runs.ts';
import { RUN_COLUMNS } from './run-columns.tsx';
import { RunNowButton } from './run-now-button.tsx';
import { SchedulePanel } from './schedule-panel.tsx';

const STATUSES = Object.keys(RUN_STATUS_WORDS) as (keyof typeof RUN_STATUS_WORDS)[];
const CHOICES = [
  { value: '', label: 'any' },
  ...STATUSES.map((value) => ({ value, label: RUN_STATUS_WORDS[value].label })),
];

/** All runs, the newest first, and when the next ones begin by themselves. */
export function RunsPage() {
  const address = useAddress();
  const mayRun = useMay('operator');
  const status = oneOf(STATUSES, address.get('status'));
  const answer = useRuns({ status, cursor: address.find('cursor'), limit: PAGE_SIZE });
  return (
    <>
      <PageHeader title="Runs" actions={mayRun && <RunNowButton />} />
      <div className={stack['stack']}>
        <SchedulePanel />
        <div>
          <Toolbar label="Filter runs">
            <Select
              label="Status"
              value={status ?? ''}
              choices={CHOICES}
              onChange={(value) => address.set({ status: value })}
            />
          </Toolbar>
          <div className={stack['frame']}>
            <Answered answer={answer}>
              {({ items, next, total }) =>
                items.length === 0 ? (
                  <Notice icon="run" title={status === undefined ? 'No run yet.' : 'No run has this status.'} />
                ) : (
                  <>
                    <Table
                      caption="Runs, newest first"
                      columns={RUN_COLUMNS}
                      rows={items}
                      keyOf={({ id }) => id}
                      stale={answer.isPlaceholderData}
                    />
                    <Pages
                      address={address}
                      list={`runs ${status ?? ''}`}
                      shown={items.length}
                      total={total}
                      next={next}
                    />
                  </>
                )
              }
            </Answered>
          </div>
        </div>
      </div>
    </>
  );
}
