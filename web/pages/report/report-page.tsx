import { useLocation } from 'wouter';
import { useImages, useOverview, useTeam, useTeams, useWaivers } from '../../api/queries.ts';
import { paths } from '../../app/paths.ts';
import { absoluteTime, dateOf } from '../../format/time.ts';
import { Answered } from '../../parts/answered.tsx';
import { Button } from '../../parts/button.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { Select } from '../../parts/select.tsx';
import { useAddress } from '../../parts/use-address.ts';
import { ReportBody } from './report-body.tsx';

const DAYS = 30;
/** Most rows of a list in the report; it says when there are more. */
export const ROWS = 500;

/** The state of the fleet, or of a team, on paper. */
export function ReportPage() {
  const address = useAddress();
  const [, navigate] = useLocation();
  const team = address.find('team');
  const teams = useTeams().data?.items.filter(({ name }) => name !== '') ?? [];
  return (
    <>
      <PageHeader
        title={team === undefined ? 'Patch report' : `Patch report: ${team}`}
        actions={
          <>
            <Select
              label="Team"
              value={team ?? ''}
              choices={[
                { value: '', label: 'whole fleet' },
                ...teams.map(({ name }) => ({ value: name, label: name })),
              ]}
              onChange={(name) => navigate(paths.report(name === '' ? undefined : name))}
            />
            <Button kind="primary" icon="print" onClick={() => window.print()}>
              Print or save as PDF
            </Button>
          </>
        }
      />
      {team === undefined ? <FleetReport /> : <TeamReport key={team} name={team} />}
    </>
  );
}

function FleetReport() {
  const answer = useOverview(DAYS);
  const late = useImages({ compliance: 'late', limit: ROWS });
  const waivers = useWaivers({ show: 'current', limit: ROWS });
  return (
    <Answered answer={answer}>
      {({ at, coverage, sla, knowledge }) => (
        <ReportBody
          subtitle={`${dateOf(at)}, as of ${absoluteTime(at)}`}
          coverage={coverage}
          sla={sla}
          database={knowledge.database}
          late={late}
          waivers={waivers.data?.items ?? []}
        />
      )}
    </Answered>
  );
}

function TeamReport({ name }: { readonly name: string }) {
  const answer = useTeam(name, DAYS);
  const overview = useOverview(DAYS);
  const late = useImages({ team: name, compliance: 'late', limit: ROWS });
  return (
    <Answered answer={answer}>
      {({ coverage, sla, waivers }) => (
        <ReportBody
          subtitle={
            overview.data === undefined ? '' : `${dateOf(overview.data.at)}, as of ${absoluteTime(overview.data.at)}`
          }
          coverage={coverage}
          sla={sla}
          database={overview.data?.knowledge.database}
          late={late}
          waivers={waivers}
        />
      )}
    </Answered>
  );
}
