import { useOverview } from '../../api/queries.ts';
import { useMay } from '../../api/session-context.ts';
import { paths } from '../../app/paths.ts';
import { Answered } from '../../parts/answered.tsx';
import { LinkButton } from '../../parts/link-button.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { RelativeTime } from '../../parts/relative-time.tsx';
import { Skeleton } from '../../parts/skeleton.tsx';
import { RunNowButton } from '../runs/run-now-button.tsx';
import { EmptyFleet } from './empty-fleet.tsx';
import { OverviewContent } from './overview-content.tsx';

/** Days of the time series. */
export const DAYS = 30;

/** The fleet at a glance: how much is in order, what is not, and what to look at first. */
export function OverviewPage() {
  const answer = useOverview(DAYS);
  const mayRun = useMay('operator');
  return (
    <>
      <PageHeader
        title="Fleet overview"
        below={
          answer.data !== undefined && (
            <>
              As of <RelativeTime time={answer.data.at} />
            </>
          )
        }
        actions={
          <>
            <LinkButton href={paths.report()} icon="report">
              Report
            </LinkButton>
            {mayRun && <RunNowButton />}
          </>
        }
      />
      <Answered answer={answer} loading={<Skeleton lines={4} tall />}>
        {(overview) => (overview.coverage.images === 0 ? <EmptyFleet /> : <OverviewContent overview={overview} />)}
      </Answered>
    </>
  );
}
