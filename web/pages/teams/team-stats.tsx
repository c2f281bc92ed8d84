import type { Team } from '../../../src/service/api/contract/teams.ts';
import { paths } from '../../app/paths.ts';
import { formatCount, percent } from '../../format/number.ts';
import { duration } from '../../format/time.ts';
import stack from '../../parts/stack.module.css';
import { Stat } from '../../parts/stat.tsx';
import { ComplianceBar } from '../../shown/compliance-bar.tsx';

export function TeamStats({ team: { name, coverage, states, sla } }: { readonly team: Team }) {
  const share = percent(coverage.byCompliance.compliant, coverage.images);
  const { p50Seconds, p95Seconds, resolved } = sla.remediation;
  return (
    <div className={stack['stats']}>
      <Stat
        label="Images in order"
        href={paths.images({ team: name })}
        value={share === undefined ? '—' : `${share} %`}
        unit={`${formatCount(coverage.byCompliance.compliant)} of ${formatCount(coverage.images)}`}
      >
        <ComplianceBar coverage={coverage} legend />
      </Stat>
      <Stat
        label="Late findings"
        href={paths.images({ team: name, compliance: 'late' })}
        value={formatCount(states.late)}
        {...(states.late > 0 ? { tone: 'critical' as const } : {})}
      >
        {formatCount(states.due)} more are due and still in time, {formatCount(states.waived)} are waived
      </Stat>
      <Stat
        label="Time to fix, last 30 days"
        value={p50Seconds === undefined ? '—' : duration(p50Seconds * 1000)}
        unit={p50Seconds === undefined ? 'nothing was fixed' : 'median'}
      >
        {p95Seconds !== undefined && <>95th percentile {duration(p95Seconds * 1000)}. </>}
        {formatCount(resolved)} fixed.
      </Stat>
    </div>
  );
}
