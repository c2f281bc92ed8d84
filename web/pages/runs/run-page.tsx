import type { Run } from '../../../src/service/api/contract/runs.ts';
import { useRun } from '../../api/queries.ts';
import { useMay } from '../../api/session-context.ts';
import { paths } from '../../app/paths.ts';
import { absoluteTime } from '../../format/time.ts';
import { Answered } from '../../parts/answered.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { LinkButton } from '../../parts/link-button.tsx';
import { Notice } from '../../parts/notice.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { Skeleton } from '../../parts/skeleton.tsx';
import stack from '../../parts/stack.module.css';
import { Tabs } from '../../parts/tabs.tsx';
import { useAddress } from '../../parts/use-address.ts';
import { RunStatusBadge } from '../../shown/run-status-badge.tsx';
import { CancelRunButton } from './cancel-run-button.tsx';
import { RunImagesPanel } from './run-images-panel.tsx';
import { RunLogPanel } from './run-log-panel.tsx';
import { RunNotesPanel } from './run-notes-panel.tsx';
import { RunProgressPanel } from './run-progress-panel.tsx';

/** One run, live while it is at work. */
export function RunPage({ id }: { readonly id: string }) {
  const answer = useRun(id);
  const mayRun = useMay('operator');
  const run = answer.data;
  const begun = run?.startedAt ?? run?.requestedAt;
  return (
    <>
      <PageHeader
        title={begun === undefined ? 'Run' : `Run of ${absoluteTime(begun).slice(0, 16)} UTC`}
        above={
          <>
            <code>{id}</code>
            <CopyButton text={id} what="run id" />
          </>
        }
        beside={run !== undefined && <RunStatusBadge status={run.status} />}
        actions={
          mayRun &&
          run !== undefined &&
          (run.status === 'running' || run.status === 'queued') && <CancelRunButton id={id} />
        }
      />
      <Answered
        answer={answer}
        loading={<Skeleton lines={3} tall />}
        missing={
          <Notice
            icon="run"
            title="The service does not know this run."
            action={<LinkButton href={paths.runs()}>All runs</LinkButton>}
          />
        }
      >
        {(data) => <Content run={data} />}
      </Answered>
    </>
  );
}

function Content({ run }: { readonly run: Run }) {
  const address = useAddress();
  const tab = address.get('tab') === 'log' ? 'log' : 'images';
  return (
    <div className={stack['stack']}>
      <RunProgressPanel run={run} />
      <RunNotesPanel run={run} />
      <Tabs
        label="Parts of the run"
        value={tab}
        onChange={(id) => address.set({ tab: id === 'log' ? id : undefined }, { replace: true })}
        tabs={[
          { id: 'images', label: 'Images', content: () => <RunImagesPanel run={run} /> },
          { id: 'log', label: 'Log', content: () => <RunLogPanel run={run} /> },
        ]}
      />
    </div>
  );
}
