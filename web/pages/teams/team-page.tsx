import type { Team } from '../../../src/service/api/contract/teams.ts';
import { useTeam } from '../../api/queries.ts';
import { paths } from '../../app/paths.ts';
import { formatCount } from '../../format/number.ts';
import { Answered } from '../../parts/answered.tsx';
import { LinkButton } from '../../parts/link-button.tsx';
import { Notice } from '../../parts/notice.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Skeleton } from '../../parts/skeleton.tsx';
import stack from '../../parts/stack.module.css';
import { Table } from '../../parts/table.tsx';
import { useAddress } from '../../parts/use-address.ts';
import { BurnDownPanel } from '../../shown/burn-down-panel.tsx';
import { IMAGE_COLUMNS } from '../../shown/image-columns.tsx';
import { ServiceLevelPanel } from '../../shown/service-level-panel.tsx';
import { UrgentPanel } from '../../shown/urgent-panel.tsx';
import { WAIVER_COLUMNS } from '../../shown/waiver-columns.tsx';
import { TeamStats } from './team-stats.tsx';

const DAYS = 30;

/** What a team has to do. */
export function TeamPage() {
  const name = useAddress().get('name');
  const answer = useTeam(name, DAYS);
  return (
    <div key={name}>
      <PageHeader
        title={name === '' ? 'Images without a team' : name}
        above="Team"
        below={
          answer.data !== undefined && answer.data.owners.length > 0 && <>Owners: {answer.data.owners.join(', ')}</>
        }
        actions={
          <LinkButton href={paths.report(name)} icon="report">
            Report
          </LinkButton>
        }
      />
      <Answered
        answer={answer}
        loading={<Skeleton lines={3} tall />}
        missing={
          <Notice
            icon="team"
            title="There is no such team."
            action={<LinkButton href={paths.teams()}>All teams</LinkButton>}
          />
        }
      >
        {(team) => <Content team={team} />}
      </Answered>
    </div>
  );
}

function Content({ team }: { readonly team: Team }) {
  const { name, sla, images, waivers, coverage } = team;
  return (
    <div className={stack['stack']}>
      <TeamStats team={team} />
      <div className={stack['wideNarrow']}>
        <BurnDownPanel days={sla.burnDown} />
        <ServiceLevelPanel tiers={sla.tiers} team={name} />
      </div>
      <UrgentPanel findings={sla.urgent} team={name} />
      <Panel
        title="Images most at risk"
        flush
        actions={<LinkButton href={paths.images({ team: name })}>All {formatCount(coverage.images)} images</LinkButton>}
      >
        <Table
          caption="Images most at risk"
          columns={IMAGE_COLUMNS.filter(({ id }) => id !== 'team')}
          rows={images}
          keyOf={({ reference }) => reference}
        />
      </Panel>
      {waivers.length > 0 && (
        <Panel title="Waivers that hold for its images" flush>
          <Table caption="Waivers" columns={WAIVER_COLUMNS} rows={waivers} keyOf={({ id }) => id} />
        </Panel>
      )}
    </div>
  );
}
